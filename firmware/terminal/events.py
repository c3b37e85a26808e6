"""What happens to a terminal: past tense, plain data.

Touches are events too: a widget carries the event that a touch on it stands for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from firmware.terminal.model import BalanceView
from loyalty.rules import RulesBundle
from loyalty.wire.messages import CouponRight

# --- devices and link -------------------------------------------------------------------------


@dataclass(frozen=True)
class CardLaid:
    """A card was laid on; `card` is its pseudonymous token, `trust` what it has proved."""

    card: str
    trust: str


@dataclass(frozen=True)
class CardTaken:
    """The card was taken off."""


@dataclass(frozen=True)
class CodeRead:
    """The camera read a code."""

    text: str


@dataclass(frozen=True)
class ReaderFailed:
    """The card reader does not answer."""


@dataclass(frozen=True)
class ReaderWorks:
    """The card reader answers."""


@dataclass(frozen=True)
class CameraFailed:
    """The camera gives no picture."""


@dataclass(frozen=True)
class CameraWorks:
    """The camera gives pictures."""


@dataclass(frozen=True)
class LinkCameUp:
    """The central system can be reached."""


@dataclass(frozen=True)
class LinkWentDown:
    """The central system cannot be reached."""


@dataclass(frozen=True)
class RulesChanged:
    """A rules bundle came into force."""

    rules: RulesBundle


# --- answers ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class BalanceKnown:
    """The balance of the visit's card: from the central system (`request` is its question's) or,
    with `request` None, what was known here before."""

    request: str | None
    card: str
    balance: BalanceView


@dataclass(frozen=True)
class BalanceUnknown:
    """Nothing is known here about the card."""

    card: str


@dataclass(frozen=True)
class RequestRefused:
    """The central system does not give what `request` wanted."""

    request: str
    reason: str
    at_ms: int | None = None
    points: int | None = None


@dataclass(frozen=True)
class RightsArrived:
    """A grant for `request` is in the journal; `balance` counts it in."""

    request: str
    member: str
    balance: BalanceView
    coupon: CouponRight | None = None


# --- what was recorded ------------------------------------------------------------------------


@dataclass(frozen=True)
class SpendRecorded:
    """The redemption is on disk."""

    code: str
    balance: BalanceView


@dataclass(frozen=True)
class RegistrationRecorded:
    """The coupon's registration is on disk."""

    pool: str
    points: int
    balance: BalanceView


@dataclass(frozen=True)
class NoteRecorded:
    """The coupon's note is on disk."""

    points: int


@dataclass(frozen=True)
class RecordRefused:
    """Nothing was recorded, and so nothing was done; `reason` is a `Reason`'s name."""

    reason: str


# --- touches ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class RewardPressed:
    """A reward was chosen."""

    reward: str


@dataclass(frozen=True)
class ConfirmPressed:
    """The chosen reward is to be paid."""


@dataclass(frozen=True)
class BackPressed:
    """Back to the balance."""


@dataclass(frozen=True)
class CancelPressed:
    """What is being asked for is not wanted any more."""


@dataclass(frozen=True)
class ScanPressed:
    """A coupon is to be scanned."""


@dataclass(frozen=True)
class DonePressed:
    """The customer is done."""


@dataclass(frozen=True)
class LanguagePressed:
    """Another language was chosen."""

    language: str


# --- time -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class AnswerOverdue:
    """No answer came in time."""


@dataclass(frozen=True)
class AnswerSlow:
    """No answer came at once: whoever waits is told so."""


@dataclass(frozen=True)
class VisitExpired:
    """The visit's time is over."""


TOUCHES = (RewardPressed, ConfirmPressed, BackPressed, CancelPressed, ScanPressed, DonePressed, LanguagePressed)

Event = (
    CardLaid
    | CardTaken
    | CodeRead
    | ReaderFailed
    | ReaderWorks
    | CameraFailed
    | CameraWorks
    | LinkCameUp
    | LinkWentDown
    | RulesChanged
    | BalanceKnown
    | BalanceUnknown
    | RequestRefused
    | RightsArrived
    | SpendRecorded
    | RegistrationRecorded
    | NoteRecorded
    | RecordRefused
    | RewardPressed
    | ConfirmPressed
    | BackPressed
    | CancelPressed
    | ScanPressed
    | DonePressed
    | LanguagePressed
    | AnswerOverdue
    | AnswerSlow
    | VisitExpired
)

#: Every kind of event, for the test that walks all pairs of state and event.
KINDS: tuple[type[Any], ...] = Event.__args__
