"""What the machine wants done. The runtime does it, and tells the machine by an event."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from loyalty.wire.messages import CouponRight


class Timer(enum.Enum):
    """The machine's timers; setting one again starts it anew."""

    ANSWER = "answer"
    SLOW = "slow"
    VISIT = "visit"


@dataclass(frozen=True)
class SetTimer:
    """Tell me in `after_ms`: `AnswerOverdue`, `AnswerSlow` or `VisitExpired`."""

    timer: Timer
    after_ms: int


@dataclass(frozen=True)
class ClearTimer:
    """No longer."""

    timer: Timer


@dataclass(frozen=True)
class WakeScanner:
    """A code is wanted."""


@dataclass(frozen=True)
class SleepScanner:
    """No code is wanted."""


@dataclass(frozen=True)
class AskBalance:
    """Ask the central system what the card's bearer has."""

    request: str
    card: str


@dataclass(frozen=True)
class LoadBalance:
    """Look up what is known here: `BalanceKnown` with no request, or `BalanceUnknown`."""

    card: str


@dataclass(frozen=True, kw_only=True)
class AskPoints:
    """Ask the central system for rights to `points` more."""

    request: str
    card: str
    member: str
    pool: str
    points: int


@dataclass(frozen=True, kw_only=True)
class AskCoupon:
    """Ask the central system to make this terminal the coupon's home."""

    request: str
    card: str
    member: str
    coupon: str


@dataclass(frozen=True, kw_only=True)
class RecordSpend:
    """Journal the spend of rights held here: `SpendRecorded` or `RecordRefused`.

    `offline`: the central system has said nothing of this customer in this visit, or cannot be reached.
    """

    member: str
    pool: str
    points: int
    reward: str
    offline: bool = False


@dataclass(frozen=True, kw_only=True)
class RecordRegistration:
    """Journal that the coupon ended and its points are a lot: `RegistrationRecorded` or `RecordRefused`."""

    member: str
    right: CouponRight


@dataclass(frozen=True, kw_only=True)
class RecordNote:
    """Journal that a coupon was shown offline: `NoteRecorded` or `RecordRefused`."""

    member: str
    coupon: str
    points: int


@dataclass(frozen=True)
class ReturnRights:
    """`member` is not being served: give back what this terminal does not keep for them."""

    member: str


Effect = (
    SetTimer
    | ClearTimer
    | WakeScanner
    | SleepScanner
    | AskBalance
    | LoadBalance
    | AskPoints
    | AskCoupon
    | RecordSpend
    | RecordRegistration
    | RecordNote
    | ReturnRights
)
