"""Every pair of state and event: it has a step, or it is illegal and changes nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from firmware.terminal import events as ev
from firmware.terminal.errors import IllegalEvent
from firmware.terminal.machine import TABLE, handle
from firmware.terminal.model import (
    State,
)
from firmware.terminal.step import Moment, Step
from loyalty.coupon import issue
from tests.unit.loyalty.samples import COMPANY_KEY, MEMBER, NOON_MS, POOL, bundle
from tests.unit.terminal.stage import ANNAS_CARD, BERTS_CARD, COUPON, balance, coupon_right, terminal_in

MOMENT = Moment(NOON_MS + 500, "fresh", monotonic_ms=500, earliest_ms=NOON_MS + 500)

#: One event of each kind, as it would come in a visit of Anna's.
SAMPLES: dict[type[ev.Event], ev.Event] = {
    type(event): event
    for event in (
        ev.CardLaid(BERTS_CARD, "uid"),
        ev.CardTaken(),
        ev.CodeRead(issue(COUPON, COMPANY_KEY)),
        ev.ReaderFailed(),
        ev.ReaderWorks(),
        ev.CameraFailed(),
        ev.CameraWorks(),
        ev.LinkCameUp(),
        ev.LinkWentDown(),
        ev.RulesChanged(bundle(version="rules-2")),
        ev.BalanceKnown("ask", ANNAS_CARD, balance(900)),
        ev.BalanceUnknown(ANNAS_CARD),
        ev.RequestRefused("ask", "card_blocked"),
        ev.RightsArrived("ask", MEMBER, balance(900, held=300), coupon_right(COUPON.coupon_id, 50)),
        ev.SpendRecorded("CODE123", balance(600)),
        ev.RegistrationRecorded(POOL, 50, balance(950, held=50)),
        ev.NoteRecorded(50),
        ev.RecordRefused("cannot_record"),
        ev.RewardPressed("cake"),
        ev.ConfirmPressed(),
        ev.BackPressed(),
        ev.CancelPressed(),
        ev.ScanPressed(),
        ev.DonePressed(),
        ev.LanguagePressed("nl"),
        ev.AnswerOverdue(),
        ev.AnswerSlow(),
        ev.VisitExpired(),
    )
}


def test_there_is_a_sample_of_every_kind_of_event() -> None:
    assert set(SAMPLES) == set(ev.KINDS)


@pytest.mark.parametrize("kind", ev.KINDS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("state", State, ids=lambda state: state.name)
def test_every_pair_of_state_and_event_has_a_step_or_is_illegal(state: State, kind: type[ev.Event]) -> None:
    before = terminal_in(state)
    untouched = replace(before)
    if (state, kind) in TABLE:
        step = handle(before, SAMPLES[kind], MOMENT)
        assert isinstance(step, Step)
        assert isinstance(step.terminal.state, State)
    else:
        with pytest.raises(IllegalEvent):
            handle(before, SAMPLES[kind], MOMENT)
    assert before == untouched


def test_what_devices_and_network_do_can_happen_in_every_state() -> None:
    for state in State:
        for kind in (
            ev.CardLaid,
            ev.CardTaken,
            ev.CodeRead,
            ev.LinkCameUp,
            ev.LinkWentDown,
            ev.RightsArrived,
            ev.ReaderFailed,
            ev.ReaderWorks,
            ev.CameraFailed,
            ev.CameraWorks,
            ev.RulesChanged,
            ev.BalanceKnown,
            ev.BalanceUnknown,
            ev.RequestRefused,
            ev.AnswerOverdue,
            ev.AnswerSlow,
            ev.VisitExpired,
        ):
            assert (state, kind) in TABLE, f"{kind.__name__} in {state.name}"


def test_a_record_nobody_waits_for_is_our_own_mistake() -> None:
    for state in State:
        assert ((state, ev.SpendRecorded) in TABLE) == (state is State.REDEEMING)
        assert ((state, ev.RegistrationRecorded) in TABLE) == (state is State.REGISTERING)


def test_the_same_event_on_the_same_terminal_makes_the_same_step() -> None:
    for state, kind in TABLE:
        assert handle(terminal_in(state), SAMPLES[kind], MOMENT) == handle(terminal_in(state), SAMPLES[kind], MOMENT)
