"""The terminal's state machine, all of it: which event does what in which state.

`handle` takes the terminal as it is and an event, and gives the terminal as it is then and the
effects that are to be carried out. What the transitions do stands in `visits` and `redeeming`; which
of them apply stands here, in one table. A pair that is not in the table raises `IllegalEvent`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from firmware.terminal import events as ev
from firmware.terminal import redeeming, visits
from firmware.terminal.errors import IllegalEvent
from firmware.terminal.model import RESTING, State, Terminal
from firmware.terminal.step import Moment, Step

Transition = Callable[[Terminal, Any, Moment], Step]

ALL = frozenset(State)
SERVING = ALL - RESTING
#: The balance is known, or was refused: the customer is looking at something that is theirs.
LOOKING = frozenset({State.BALANCE, State.CONFIRMING, State.SCANNING, State.DONE, State.REFUSED})
#: Where a coupon that is held to the camera is taken: also right after the one before.
SCANNABLE = LOOKING - {State.CONFIRMING}
WAITING = frozenset({State.REDEEMING, State.REGISTERING})

#: (states, event, transition). A pair may stand in one row only.
_ROWS: tuple[tuple[Iterable[State], type[Any], Transition], ...] = (
    # Cards
    (ALL, ev.CardLaid, visits.card_laid),
    (RESTING, ev.CardTaken, visits.forgotten_card_taken),
    (SERVING - {State.DONE}, ev.CardTaken, visits.card_taken),
    ({State.DONE}, ev.CardTaken, visits.card_taken_when_done),
    # Devices and link
    (ALL, ev.ReaderFailed, visits.reader_failed),
    (ALL, ev.ReaderWorks, visits.reader_works),
    (ALL - {State.SCANNING}, ev.CameraFailed, visits.camera_failed),
    ({State.SCANNING}, ev.CameraFailed, redeeming.camera_failed_while_scanning),
    (ALL, ev.CameraWorks, visits.camera_works),
    (ALL - WAITING - {State.CARD_PRESENT}, ev.LinkWentDown, visits.link_went_down),
    (WAITING, ev.LinkWentDown, redeeming.link_went_down_while_waiting),
    ({State.CARD_PRESENT}, ev.LinkWentDown, visits.link_went_down_while_reading),
    (ALL, ev.LinkCameUp, visits.link_came_up),
    (ALL, ev.RulesChanged, visits.rules_changed),
    # Balance
    (RESTING, ev.BalanceKnown, visits.nothing),
    ({State.CARD_PRESENT}, ev.BalanceKnown, visits.balance_known),
    (SERVING - {State.CARD_PRESENT}, ev.BalanceKnown, visits.balance_refreshed),
    (ALL - {State.CARD_PRESENT}, ev.BalanceUnknown, visits.nothing),
    ({State.CARD_PRESENT}, ev.BalanceUnknown, visits.balance_unknown),
    # Answers to what was asked
    (ALL - WAITING, ev.RequestRefused, visits.balance_refused),
    (WAITING, ev.RequestRefused, redeeming.request_refused),
    (ALL - WAITING, ev.RightsArrived, redeeming.rights_arrived_late),
    ({State.REDEEMING}, ev.RightsArrived, redeeming.points_arrived),
    ({State.REGISTERING}, ev.RightsArrived, redeeming.coupon_arrived),
    (RESTING, ev.AnswerOverdue, visits.nothing),
    ({State.CARD_PRESENT}, ev.AnswerOverdue, visits.balance_overdue),
    (LOOKING, ev.AnswerOverdue, visits.nothing),
    (WAITING, ev.AnswerOverdue, redeeming.answer_overdue),
    (WAITING, ev.AnswerSlow, redeeming.answer_slow),
    (ALL - WAITING, ev.AnswerSlow, visits.nothing),
    # What was recorded
    ({State.REDEEMING}, ev.SpendRecorded, redeeming.spend_recorded),
    ({State.REGISTERING}, ev.RegistrationRecorded, redeeming.registration_recorded),
    ({State.REGISTERING}, ev.NoteRecorded, redeeming.note_recorded),
    (WAITING, ev.RecordRefused, redeeming.record_refused),
    # Touches and the camera
    ({State.BALANCE}, ev.RewardPressed, redeeming.reward_pressed),
    ({State.CONFIRMING}, ev.ConfirmPressed, redeeming.confirm_pressed),
    (WAITING, ev.CancelPressed, redeeming.cancel_pressed),
    # The answer was quicker than the finger.
    (ALL - WAITING, ev.CancelPressed, visits.nothing),
    ({State.BALANCE}, ev.ScanPressed, redeeming.scan_pressed),
    (SCANNABLE, ev.CodeRead, redeeming.code_read),
    (ALL - SCANNABLE, ev.CodeRead, visits.nothing),
    (LOOKING, ev.BackPressed, visits.back_pressed),
    (SERVING, ev.DonePressed, visits.done_pressed),
    (ALL, ev.LanguagePressed, visits.language_pressed),
    # Time
    (RESTING, ev.VisitExpired, visits.language_expired),
    (SERVING - {State.SCANNING}, ev.VisitExpired, visits.visit_expired),
    ({State.SCANNING}, ev.VisitExpired, redeeming.nothing_scanned),
)


def _table() -> dict[tuple[State, type[Any]], Transition]:
    table: dict[tuple[State, type[Any]], Transition] = {}
    for states, kind, transition in _ROWS:
        for state in states:
            if (state, kind) in table:
                raise ValueError(f"{kind.__name__} in {state.name} stands in two rows")
            table[state, kind] = transition
    return table


TABLE = _table()


def handle(terminal: Terminal, event: ev.Event, moment: Moment) -> Step:
    """What `event` makes of `terminal` at `moment`, and what is to be done.

    Raises `IllegalEvent` where the table has no transition; `terminal` is unchanged then, as always.
    """
    transition = TABLE.get((terminal.state, type(event)))
    if transition is None:
        raise IllegalEvent(f"{type(event).__name__} cannot happen in state {terminal.state.name}")
    return transition(terminal, event, moment)
