"""Messages that move value, as frozen structs (design, "On the wire").

Each carries its version. Unknown fields of a newer peer are ignored on decoding; signed bytes are
kept as they came. No personal data: members and cards have pseudonymous ids.
"""

from __future__ import annotations

import msgspec

from loyalty.rights import LotRight
from loyalty.signing import Signed

VERSION = 1


class JournalBatch(msgspec.Struct, frozen=True, tag="journal", kw_only=True):
    """`up/journal`: signed entries of one epoch, in order.

    `generation` is the newest of the central system that the terminal knows, `head_seq` where its journal
    ended on sending (-1: it does not say). A batch without entries says just that. `acked_seq` is up to where
    this journal was acknowledged: a central system that knows less was put back without a word.
    `greeting` is an id made anew for each connection; the acknowledgement repeats it, and is known to be newer by that.
    """

    v: int = VERSION
    epoch: int
    entries: tuple[Signed, ...]
    generation: int = 0
    head_seq: int = -1
    acked_seq: int = -1
    greeting: str = ""


class BalanceWanted(msgspec.Struct, frozen=True, tag="balance"):
    """What can the bearer of this card see and spend?"""

    card: str


class PointsWanted(msgspec.Struct, frozen=True, tag="points", kw_only=True):
    """Rights to `points` more of `pool` for the bearer of `card`, to be spent with this company."""

    card: str
    member: str
    pool: str
    points: int


class CouponWanted(msgspec.Struct, frozen=True, tag="coupon", kw_only=True):
    """The home of this coupon, so that it can be registered to the bearer of `card`."""

    card: str
    member: str
    coupon: str


class TimeWanted(msgspec.Struct, frozen=True, tag="time"):
    """What is the time, and which rules are in force? Asked on connecting, and now and then. The deadline
    does not count: whoever asks may not know the time."""


class Ask(msgspec.Struct, frozen=True, tag="ask", kw_only=True):
    """`up/ask`: what is wanted, and until when (by the central clock) an answer is of use."""

    v: int = VERSION
    request: str
    epoch: int
    deadline_ms: int
    want: BalanceWanted | PointsWanted | CouponWanted | TimeWanted


class PoolBalance(msgspec.Struct, frozen=True, kw_only=True):
    """A member's points in one pool: `total` = main account + all escrows; `held_here` the part of
    it that the central system has in this terminal's escrow; `keep` what may stay there after the
    visit (None: what the rules say for all)."""

    pool: str
    total: int
    held_here: int = 0
    keep: int | None = None


class Balance(msgspec.Struct, frozen=True, tag="balance_is", kw_only=True):
    """The answer to `BalanceWanted`, true when the entries up to `applied_seq` had been applied."""

    card: str
    member: str
    pools: tuple[PoolBalance, ...]
    at_ms: int
    applied_seq: int


class TimeIs(msgspec.Struct, frozen=True, tag="time_is", kw_only=True):
    """The answer to `TimeWanted`: `central_ms` of the answer is the time, and `rules` is the version of the
    bundle that is in force then. A terminal that has it knows its list of blocked cards to be the newest."""

    rules: str


class Refused(msgspec.Struct, frozen=True, tag="refused", kw_only=True):
    """What was wanted is not given. `reason` is one of `REFUSALS`; `at_ms` says since when (a
    coupon's use, a card's block), `points` how many there are instead."""

    reason: str
    at_ms: int | None = None
    points: int | None = None


#: Why the central system refuses. A terminal that does not know a reason shows a general one.
REFUSALS = (
    "late",
    "card_unknown",
    "card_blocked",
    "not_enough_points",
    "below_minimum",
    "pool_not_accepted",
    "trust_too_low",
    "coupon_unknown",
    "coupon_used",
    "coupon_expired",
    "coupon_cancelled",
    "coupon_elsewhere",
    "elsewhere",
    "catching_up",
)


class Answer(msgspec.Struct, frozen=True, tag="answer", kw_only=True):
    """`down/answer`: to the request of this id. `central_ms` is the central clock on sending."""

    v: int = VERSION
    request: str
    central_ms: int
    result: Balance | Refused | TimeIs


class CouponRight(msgspec.Struct, frozen=True, kw_only=True):
    """This terminal is the home of `coupon`: it may register it, giving a lot like this."""

    coupon: str
    pool: str
    points: int
    issuer: str
    lot_expires_ms: int | None = None


class Grant(msgspec.Struct, frozen=True, tag="grant", kw_only=True):
    """`down/grant`: rights given to one terminal and epoch; repeated until it is journaled.

    `unlocked` says that the member's whole balance reaches the minimum for spending. A terminal that knows
    a newer `generation` of the central system does not take it.
    """

    v: int = VERSION
    grant: str
    request: str
    terminal: str
    epoch: int
    member: str
    central_ms: int
    lots: tuple[LotRight, ...] = ()
    coupon: CouponRight | None = None
    unlocked: bool = True
    generation: int = 0


class Recall(msgspec.Struct, frozen=True, tag="recall", kw_only=True):
    """`down/recall`: rights that are wanted elsewhere, if they are not needed here at this moment.

    `receipt` is the number of one whose reversal is wanted elsewhere; `member` is empty then.
    """

    v: int = VERSION
    recall: str
    terminal: str
    epoch: int
    member: str
    pool: str | None = None
    points: int = 0
    coupon: str | None = None
    receipt: str | None = None


class Ack(msgspec.Struct, frozen=True, tag="ack", kw_only=True):
    """`down/ack`: entries up to `seq` are applied and committed; `head` is the hash of entry `seq`.

    `seq` -1 says that nothing of this epoch is known yet. A newer `generation` than the terminal knows
    says that the central system was restored: everything after `seq` is to be sent again. `closed`: the rights of
    this journal went back to the members, so the terminal sets it aside, spends nothing of it, and begins a new epoch.
    `greeting` is that of the batch that this answers, "" where it answers none.
    """

    v: int = VERSION
    terminal: str
    epoch: int
    seq: int
    head: bytes
    central_ms: int
    generation: int = 0
    closed: bool = False
    greeting: str = ""


class RulesAnnounced(msgspec.Struct, frozen=True, tag="rules", kw_only=True):
    """`down/rules`, retained: which bundle is in force, to be fetched by its hash over HTTPS."""

    v: int = VERSION
    terminal: str
    version: str
    sha256: str
    size: int


UpMessage = JournalBatch | Ask
DownMessage = Answer | Grant | Recall | Ack | RulesAnnounced
