"""Small true things that the tests of the core share: keys, rights, entries and a bundle of rules."""

from __future__ import annotations

from loyalty.entries import ENTRY_VERSION, GENESIS, Body, ClockEvidence, Entry, EpochBegun
from loyalty.rights import LotRight
from loyalty.rules import Branding, CouponKey, PoolRule, Reward, RulesBundle, TrustRule
from loyalty.signing import SigningKey

TERMINAL = "kiosk-7"
MEMBER = "m-anna"
POOL = "bakery"
#: A Saturday in June 2025, at noon in Amsterdam.
NOON_MS = 1_750_500_000_000

KEY = SigningKey(bytes(range(32)))
OTHER_KEY = SigningKey(bytes(range(1, 33)))
COMPANY_KEY = SigningKey(b"company key of 32 bytes, for QRs")
COMPANY = 4711

CLOCK = ClockEvidence(wall_ms=NOON_MS, monotonic_ms=5_000, boot_id="boot-1")

ANY_CARD_SPENDS = {"uid": TrustRule(spend_online=True, spend_offline=True)}


REWARDS = {
    "coffee": Reward(reward="coffee", names={"en": "Coffee"}, pool=POOL, points=100),
    "cake": Reward(reward="cake", names={"en": "Cake"}, pool=POOL, points=300),
    "bus": Reward(reward="bus", names={"en": "Bus ticket"}, pool="town", points=50),
}


def lot(
    name: str,
    points: int,
    *,
    member: str = MEMBER,
    pool: str = POOL,
    expires_ms: int | None = None,
    created_ms: int = 0,
) -> LotRight:
    """A right to `points` of the lot `name`."""
    return LotRight(
        lot=name,
        member=member,
        pool=pool,
        points=points,
        issuer="bakery-ltd",
        expires_ms=expires_ms,
        created_ms=created_ms,
    )


def entry(*, seq: int = 0, prev: bytes = GENESIS, body: Body | None = None) -> Entry:
    """One entry of `KEY`'s terminal."""
    return Entry(
        v=ENTRY_VERSION,
        terminal=TERMINAL,
        epoch=1,
        seq=seq,
        key_id=KEY.key_id,
        prev=prev,
        clock=CLOCK,
        rules="rules-1",
        body=body if body is not None else EpochBegun(software="1.0"),
    )


def bundle(
    *,
    trust: dict[str, TrustRule] | None = None,
    minimum: int = 0,
    keep_points: int = 0,
    blocked: tuple[str, ...] = (),
    version: str = "rules-1",
    rewards: tuple[str, ...] = ("coffee", "cake", "bus"),
) -> RulesBundle:
    """Rules with two pools (`bakery`, `town`), a coffee for 100 and a cake for 300 points."""
    return RulesBundle(
        version=version,
        company="bakery-ltd",
        branch="market-square",
        timezone="Europe/Amsterdam",
        languages=("en", "nl"),
        branding=Branding(company_name="Bakery"),
        pools=(
            PoolRule(pool=POOL, names={"en": "Bakery"}, network=False, currency="EUR", minimum_balance=minimum),
            PoolRule(pool="town", names={"en": "Town"}, network=True, currency="EUR"),
        ),
        rewards=tuple(REWARDS[reward] for reward in rewards),
        coupon_keys=(CouponKey(company_number=COMPANY, key=1, public=COMPANY_KEY.public),),
        trust=ANY_CARD_SPENDS if trust is None else trust,
        keep_points=keep_points,
        blocked_cards=blocked,
    )
