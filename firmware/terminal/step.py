"""What a transition takes and gives, and the few steps that all of them share."""

from __future__ import annotations

from dataclasses import dataclass, replace

from firmware.terminal.effects import ClearTimer, Effect, ReturnRights, SetTimer, SleepScanner, Timer, WakeScanner
from firmware.terminal.model import Refusal, State, Terminal

#: A card taken off within this time was a tap (design, "Cards").
TAP_MS = 2_000
#: How long a visit stays after a tap, without a touch.
TAP_VISIT_MS = 20_000
#: How long a visit stays without a touch while the card lies on the reader.
VISIT_MS = 60_000
#: How long a hand-in code stays when the card was taken.
CODE_MS = 15_000
#: How long a customer waits for the central system.
ANSWER_MS = 4_000
#: After this time a customer who waits is told that it is still being asked.
SLOW_MS = 1_000
#: How long the balance of a card may take before what is known here is shown.
BALANCE_MS = 2_000


@dataclass(frozen=True)
class Moment:
    """When an event happened, and an id that was never used, for a question that it may start.

    `at_ms` is for what is shown; `monotonic_ms` measures how long something took, whatever is done to the wall
    clock; it is surely not earlier than `earliest_ms` (0 where the time is not known).
    """

    at_ms: int
    fresh_id: str
    monotonic_ms: int
    earliest_ms: int


@dataclass(frozen=True)
class Step:
    """The terminal after an event, and what is to be done now, in this order."""

    terminal: Terminal
    effects: tuple[Effect, ...] = ()


def resting_state(terminal: Terminal) -> State:
    """Where a terminal rests when nobody is being served."""
    if terminal.rules is None or not terminal.devices.reader:
        return State.OUT_OF_ORDER
    return State.IDLE if terminal.devices.link else State.OFFLINE


def rest(terminal: Terminal) -> Step:
    """End the visit: nothing personal stays, and what is not kept for the customer goes back."""
    visit = terminal.visit
    member = visit.balance.member if visit is not None and visit.balance is not None else None
    rested = replace(terminal, visit=None, pending=None, outcome=None, language=terminal.home_language)
    effects: tuple[Effect, ...] = (SleepScanner(), ClearTimer(Timer.ANSWER), ClearTimer(Timer.VISIT))
    if member is not None:
        effects += (ReturnRights(member),)
    return Step(replace(rested, state=resting_state(rested)), effects)


def answer_timers() -> tuple[SetTimer, SetTimer]:
    """The timers of a question that a customer waits for."""
    return SetTimer(Timer.ANSWER, ANSWER_MS), SetTimer(Timer.SLOW, SLOW_MS)


def visit_timer(terminal: Terminal) -> SetTimer:
    """The timer of the visit, begun anew: by the card if it lies there, else as after a tap."""
    lies = terminal.visit is not None and terminal.visit.card_in_field
    return SetTimer(Timer.VISIT, VISIT_MS if lies else TAP_VISIT_MS)


def to_balance(terminal: Terminal) -> Step:
    """Show the balance; a coupon may be held to the camera at once."""
    shown = replace(terminal, state=State.BALANCE, pending=None, outcome=None)
    # Also with a camera in trouble: a scanner that is awake tries to get it back.
    return Step(shown, (WakeScanner(), ClearTimer(Timer.ANSWER), visit_timer(shown)))


def refuse(terminal: Terminal, refusal: Refusal) -> Step:
    """Say why something was not done. The camera stays awake: another coupon may be held to it."""
    refused = replace(terminal, state=State.REFUSED, pending=None, outcome=refusal)
    return Step(refused, (ClearTimer(Timer.ANSWER), visit_timer(refused)))
