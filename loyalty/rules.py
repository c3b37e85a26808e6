"""The rules bundle: what a terminal must know to judge by itself, published by the central system.

Immutable, named by its version and by the hash of its bytes. It holds no customer data.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Mapping

import msgspec

from loyalty.calendar import is_timezone
from loyalty.campaigns.campaign import Campaign
from loyalty.errors import WireError
from loyalty.evaluation.case import PoolTerms, RuleSet
from loyalty.receipts.receipt import Branch

VERSION = 1


class PoolRule(msgspec.Struct, frozen=True, kw_only=True):
    """A pool that this branch's company accepts.

    `network` pools are shared by companies; `point_value_minor` is a point's worth in minor units
    (P7); below `minimum_balance` nothing can be spent here (P8).
    """

    pool: str
    names: dict[str, str]
    network: bool
    currency: str
    point_value_minor: int = 1
    minimum_balance: int = 0


class Reward(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is paid with `points` of `pool`. `icon` names a picture of the kiosk."""

    reward: str
    names: dict[str, str]
    pool: str
    points: int
    icon: str = "gift"


class CouponKey(msgspec.Struct, frozen=True, kw_only=True):
    """A company's public key for coupon codes."""

    company_number: int
    key: int
    public: bytes


class TrustRule(msgspec.Struct, frozen=True, kw_only=True):
    """What cards of one trust level may do without a PIN and without staff (design, "Cards")."""

    spend_online: bool
    spend_offline: bool


#: The default is the careful one: a number that anyone can copy spends nothing by itself.
CAREFUL_TRUST = {
    "uid": TrustRule(spend_online=False, spend_offline=False),
    "sun": TrustRule(spend_online=True, spend_offline=False),
    "ev2": TrustRule(spend_online=True, spend_offline=True),
}


class Branding(msgspec.Struct, frozen=True, kw_only=True):
    """How the company shows itself on the screen: its name and one colour (`#rrggbb`)."""

    company_name: str
    colour: str = "#9a3412"


class Till(msgspec.Struct, frozen=True, kw_only=True):
    """What the branch charges in, and how it rounds cash (D2): `country` (ISO 3166) where the currency
    alone does not decide it, `cash_step_minor` over both."""

    currency: str
    country: str = ""
    cash_step_minor: int | None = None


class RulesBundle(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that one branch's terminals judge by.

    `unread_campaigns` is how many campaigns of a newer program were left out while reading: whoever
    does not know all of a campaign's conditions must not grant it.
    """

    v: int = VERSION
    version: str
    company: str
    branch: str
    timezone: str
    languages: tuple[str, ...]
    branding: Branding
    pools: tuple[PoolRule, ...]
    rewards: tuple[Reward, ...]
    coupon_keys: tuple[CouponKey, ...]
    trust: dict[str, TrustRule] = msgspec.field(default_factory=lambda: dict(CAREFUL_TRUST))
    #: How many points of one member a terminal keeps after they left, so that it can serve them offline.
    keep_points: int = 0
    blocked_cards: tuple[str, ...] = ()
    till: Till | None = None
    campaigns: tuple[Campaign, ...] = ()
    unread_campaigns: int = 0

    def pool(self, pool: str) -> PoolRule | None:
        """The rule of one pool, or None where the company does not accept it."""
        return next((rule for rule in self.pools if rule.pool == pool), None)

    def reward(self, reward: str) -> Reward | None:
        """One reward by its id."""
        return next((one for one in self.rewards if one.reward == reward), None)

    def public_keys(self) -> dict[tuple[int, int], bytes]:
        """The coupon keys as `loyalty.coupon.read` wants them."""
        return {(key.company_number, key.key): key.public for key in self.coupon_keys}

    def trust_of(self, level: str) -> TrustRule:
        """What a trust level may do; an unknown level may do nothing."""
        return self.trust.get(level, TrustRule(spend_online=False, spend_offline=False))


class _Received(RulesBundle, frozen=True, kw_only=True):
    """A bundle whose campaigns are not read yet."""

    campaigns: tuple[msgspec.Raw, ...] = ()  # type: ignore[assignment]


_decoder = msgspec.msgpack.Decoder(_Received)
_campaign_decoder = msgspec.msgpack.Decoder(Campaign)


def encode(bundle: RulesBundle) -> bytes:
    """The bytes of a bundle, the same for equal bundles."""
    return msgspec.msgpack.encode(bundle, order="deterministic")


def decode(data: bytes, *, sha256: str) -> RulesBundle:
    """The bundle in `data`; raises `WireError` where the hash or the form is not right, or where it
    names a time zone that is not known here: a window or a last day could never be judged by it."""
    if hashlib.sha256(data).hexdigest() != sha256:
        raise WireError("the rules' hash is not the one that was announced")
    try:
        bundle = _with_campaigns(_decoder.decode(data))
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise WireError(f"not a rules bundle: {error}") from error
    if bundle.v != VERSION:
        raise WireError(f"rules of version {bundle.v}, this program knows {VERSION}")
    if not is_timezone(bundle.timezone):
        raise WireError(f"{bundle.timezone!r} is no time zone that is known here")
    return bundle


def ruleset_of(bundle: RulesBundle) -> RuleSet:
    """The rules by which receipts are evaluated at the bundle's branch. Raises `WireError` for a bundle
    that does not say what its branch charges in."""
    if bundle.till is None:
        raise WireError("these rules do not say in which currency the branch charges")
    branch = Branch(
        branch=bundle.branch,
        company=bundle.company,
        currency=bundle.till.currency,
        timezone=bundle.timezone,
        country=bundle.till.country,
        cash_step_minor=bundle.till.cash_step_minor,
    )
    return RuleSet(branch=branch, pools=tuple(map(_pool_terms, bundle.pools)), campaigns=bundle.campaigns)


def _pool_terms(rule: PoolRule) -> PoolTerms:
    return PoolTerms(
        pool=rule.pool,
        currency=rule.currency,
        point_value_minor=rule.point_value_minor,
        minimum_balance=rule.minimum_balance,
    )


def _with_campaigns(received: _Received) -> RulesBundle:
    """The bundle with the campaigns that this program understands in full."""
    campaigns = []
    for raw in received.campaigns:
        with contextlib.suppress(msgspec.ValidationError):
            campaigns.append(_campaign_decoder.decode(raw))
    fields = {name: getattr(received, name) for name in RulesBundle.__struct_fields__}
    unread = len(received.campaigns) - len(campaigns)
    return RulesBundle(**fields | {"campaigns": tuple(campaigns), "unread_campaigns": unread})


def localised(names: Mapping[str, str], language: str) -> str:
    """The name in `language`, else in English, else whichever there is, else nothing."""
    return names.get(language) or names.get("en") or next(iter(names.values()), "")
