"""What the terminal knows at one moment: everything that a screen shows is derived from this.

Immutable. The machine makes the next one from an event; nobody else does.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

from loyalty.rules import RulesBundle


class State(enum.Enum):
    """Where a visit to the terminal stands."""

    IDLE = "idle"
    OFFLINE = "offline"
    CARD_PRESENT = "card_present"
    BALANCE = "balance"
    CONFIRMING = "confirming"
    REDEEMING = "redeeming"
    SCANNING = "scanning"
    REGISTERING = "registering"
    DONE = "done"
    REFUSED = "refused"
    OUT_OF_ORDER = "out_of_order"


#: The states in which nobody is being served.
RESTING = frozenset({State.IDLE, State.OFFLINE, State.OUT_OF_ORDER})


@dataclass(frozen=True)
class Devices:
    """What works at this moment."""

    reader: bool = False
    camera: bool = True
    link: bool = False


@dataclass(frozen=True, kw_only=True)
class PoolView:
    """A customer's points in one pool as this terminal knows them.

    `total` counts what this terminal has journaled since the central system last told;
    `provisional` is that part of it. `held` is in this terminal's hands, `spendable_here` the part
    of it that can be spent without a network (0 below a minimum that is not known to be reached).
    """

    pool: str
    total: int
    held: int = 0
    spendable_here: int = 0
    provisional: int = 0


@dataclass(frozen=True, kw_only=True)
class RecentSpend:
    """A redemption of the last minutes, so that a code that was not seen can be seen again."""

    reward: str
    code: str
    at_ms: int


@dataclass(frozen=True, kw_only=True)
class BalanceView:
    """A customer's balance. `as_of_ms` is the instant of the central system's word, `fresh` says
    that it was given in this visit; `hindrance` is the `Reason`'s name why nothing that is held may be
    spent while it was not, or without a connection."""

    member: str
    pools: tuple[PoolView, ...]
    as_of_ms: int
    fresh: bool
    recent: RecentSpend | None = None
    hindrance: str | None = None

    def pool(self, pool: str) -> PoolView:
        """One pool; a pool of which nothing is known is empty."""
        return next((view for view in self.pools if view.pool == pool), PoolView(pool=pool, total=0))


@dataclass(frozen=True, kw_only=True)
class Visit:
    """A customer at the terminal since `arrived_ms` of the monotonic clock. `request` is the unanswered
    question about their balance."""

    card: str
    trust: str
    arrived_ms: int
    card_in_field: bool = True
    request: str | None = None
    balance: BalanceView | None = None


@dataclass(frozen=True, kw_only=True)
class RewardPending:
    """The reward that was chosen; `request` names the question for rights, once there is one, and `slow`
    says that it was not answered at once."""

    reward: str
    request: str | None = None
    slow: bool = False


@dataclass(frozen=True, kw_only=True)
class CouponPending:
    """The coupon that is being registered; `request` and `slow` as for a reward."""

    coupon: str
    points: int
    request: str | None = None
    slow: bool = False


@dataclass(frozen=True, kw_only=True)
class Redeemed:
    """A reward was paid: `code` is to be handed in."""

    reward: str
    pool: str
    points: int
    code: str
    at_ms: int


@dataclass(frozen=True, kw_only=True)
class Registered:
    """A coupon's points are on the account."""

    pool: str
    points: int


@dataclass(frozen=True, kw_only=True)
class Noted:
    """A genuine coupon was noted offline; its points come when the central system confirms it."""

    points: int


class Reason(enum.Enum):
    """Why something was refused, as the customer is told. What the central system says has the
    same names; a name that is not known here becomes `OTHER`."""

    CARD_UNKNOWN = "card_unknown"
    CARD_BLOCKED = "card_blocked"
    NOT_ENOUGH_POINTS = "not_enough_points"
    BELOW_MINIMUM = "below_minimum"
    POOL_NOT_ACCEPTED = "pool_not_accepted"
    TRUST_TOO_LOW = "trust_too_low"
    ELSEWHERE = "elsewhere"
    NEEDS_CONNECTION = "needs_connection"
    NO_ANSWER = "no_answer"
    NO_BALANCE_OFFLINE = "no_balance_offline"
    CLOCK_UNKNOWN = "clock_unknown"
    LIST_TOO_OLD = "list_too_old"
    NOT_CONFIRMED = "not_confirmed"
    CATCHING_UP = "catching_up"
    COUPON_FOREIGN = "coupon_foreign"
    COUPON_DAMAGED = "coupon_damaged"
    COUPON_FORGED = "coupon_forged"
    COUPON_UNKNOWN_KEY = "coupon_unknown_key"
    COUPON_UNKNOWN = "coupon_unknown"
    COUPON_USED = "coupon_used"
    COUPON_EXPIRED = "coupon_expired"
    COUPON_CANCELLED = "coupon_cancelled"
    COUPON_ELSEWHERE = "coupon_elsewhere"
    COUPON_NOTED_ALREADY = "coupon_noted_already"
    NO_COUPON_SEEN = "no_coupon_seen"
    CAMERA_TROUBLE = "camera_trouble"
    CANNOT_RECORD = "cannot_record"
    OTHER = "other"

    @classmethod
    def named(cls, name: str) -> Reason:
        """The reason of this name, or `OTHER`."""
        try:
            return cls(name)
        except ValueError:
            return cls.OTHER


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """Something was not done. `at_ms`: when a coupon was used or a card blocked; `points`: how many
    are needed; `available`: how many the central system says there are; `here` and `online`: what
    can be spent now, and with a connection, as far as is known here."""

    reason: Reason
    at_ms: int | None = None
    points: int | None = None
    available: int | None = None
    pool: str | None = None
    here: int | None = None
    online: int | None = None


Pending = RewardPending | CouponPending
Outcome = Redeemed | Registered | Noted | Refusal


@dataclass(frozen=True, kw_only=True)
class Terminal:
    """The whole of it."""

    state: State = State.OUT_OF_ORDER
    devices: Devices = field(default_factory=Devices)
    rules: RulesBundle | None = None
    #: The language that is spoken now, and the one that the next customer finds.
    language: str = "en"
    home_language: str = "en"
    #: The last customer's time ran out while their card lay on the reader, and it still lies there.
    card_forgotten: bool = False
    visit: Visit | None = None
    pending: Pending | None = None
    outcome: Outcome | None = None
