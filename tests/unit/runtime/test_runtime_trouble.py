"""A full disk, a stalled program, events that cannot be: the terminal refuses, and goes on serving."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware.hal.events import CameraLost, CardArrived, CodeSeen, ReaderLost, ReaderReady
from firmware.terminal import events as ev
from firmware.terminal.model import Reason, State
from loyalty.coupon import CouponCode, issue
from loyalty.entries import GrantTaken, PointsSpent
from tests.unit.loyalty.samples import COMPANY, COMPANY_KEY, lot
from tests.unit.runtime.fakes import BERTS_UID, Rig, full_disk

CAKE = (ev.RewardPressed("cake"), ev.ConfirmPressed())
TEXT = CodeSeen(issue(CouponCode(company=COMPANY, key=1, coupon=7, points=50), COMPANY_KEY), "QRCODE")


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    rig = Rig(tmp_path).connect().anna_comes(900)
    rig.grant("g1", lot("a", 300), request="earlier")
    yield rig
    rig.journal.close()


def test_on_a_full_disk_nothing_is_paid_and_nothing_is_lost(rig: Rig) -> None:
    with full_disk():
        for touch in CAKE:
            rig.runtime.take(touch)
        assert rig.refusal().reason is Reason.CANNOT_RECORD
        rig.runtime.take(ev.BackPressed())
        assert rig.shown() == (900, 300, 300, 0)
    assert rig.bodies(PointsSpent) == []
    for touch in CAKE:
        rig.runtime.take(touch)
    assert rig.state is State.DONE
    assert len(rig.bodies(PointsSpent)) == 1


def test_on_a_full_disk_balances_are_served_all_the_same(rig: Rig) -> None:
    with full_disk():
        rig.leaves()
        rig.anna_comes(870)
        assert rig.shown() == (870, 300, 300, 0)
        rig.leaves().disconnect().anna_comes()
        assert rig.shown() == (900, 300, 300, 0)
        rig.runtime.take(TEXT)
        assert rig.refusal().reason is Reason.CANNOT_RECORD


def test_p9_who_waits_for_rights_that_cannot_be_recorded_is_told_so_at_once(tmp_path: Path) -> None:
    rig = Rig(tmp_path).connect().anna_comes(900)
    for touch in CAKE:
        rig.runtime.take(touch)
    assert rig.state is State.REDEEMING
    with full_disk():
        granted = rig.grant("g1", lot("a", 300))
        assert rig.refusal().reason is Reason.CANNOT_RECORD
    # It is sent again, late: nobody is waiting any more, and nothing is paid.
    rig.runtime.take(granted)
    assert len(rig.bodies(GrantTaken)) == 1
    assert rig.bodies(PointsSpent) == []
    rig.journal.close()


def test_a_grant_that_cannot_be_recorded_is_not_held_until_it_is_sent_again(rig: Rig) -> None:
    with full_disk():
        granted = rig.grant("g2", lot("b", 100), request="another")
    assert rig.held() == 300
    rig.runtime.take(granted)
    assert rig.held() == 400
    assert len(rig.bodies(GrantTaken)) == 2


def test_an_acknowledgement_that_cannot_be_noted_is_noted_the_next_time(rig: Rig) -> None:
    with full_disk():
        rig.ack(0)
    assert rig.journal.acknowledged_seq == -1
    rig.ack(0)
    assert rig.journal.acknowledged_seq == 0


def test_a_grant_that_cannot_be_right_is_not_taken_and_stops_nobody(rig: Rig) -> None:
    rig.grant("g2", lot("b", 0), request="another")
    rig.grant("g3", lot("a", 5, member="m-bert"), member="m-bert", request="another")
    assert (rig.held(), rig.held("m-bert")) == (300, 0)
    assert len(rig.bodies(GrantTaken)) == 1
    assert rig.shown()[0] == 900


@pytest.mark.parametrize(
    "event",
    [ev.SpendRecorded("FORGED1", None), ev.NoteRecorded(50), ev.RecordRefused("x")],  # type: ignore[arg-type]
    ids=lambda event: type(event).__name__,
)
def test_an_event_that_cannot_happen_is_dropped_and_the_terminal_goes_on(rig: Rig, event: ev.Event) -> None:
    before = rig.terminal
    rig.runtime.take(event)
    assert rig.terminal == before
    for touch in CAKE:
        rig.runtime.take(touch)
    assert rig.state is State.DONE


@pytest.mark.parametrize("stalled_ms", [60_000, 3_600_000])
def test_timers_that_run_out_together_after_a_stall_end_the_visit_once(rig: Rig, stalled_ms: int) -> None:
    rig.leaves().runtime.take(CardArrived(BERTS_UID, "ntag"))
    assert rig.state is State.CARD_PRESENT
    assert rig.after(stalled_ms).refusal().reason is Reason.NO_BALANCE_OFFLINE
    assert rig.after(60_000).state is State.IDLE
    rig.anna_comes(900)
    assert rig.shown()[0] == 900


def test_a_timer_that_was_begun_again_by_another_does_not_fire_at_once(rig: Rig) -> None:
    rig.runtime.take(ev.RewardPressed("cake"))
    rig.runtime.take(ev.BackPressed())
    rig.runtime.take(TEXT)
    assert rig.state is State.REGISTERING
    # The question and the visit are overdue at the same look: the refusal is still read for a while.
    rig.after(60_000)
    assert rig.refusal().reason is Reason.NO_ANSWER
    assert rig.after(60_000).state is State.IDLE


def test_devices_that_are_lost_and_found_are_seen_on_the_screen(rig: Rig) -> None:
    rig.leaves()
    rig.runtime.take(ReaderLost("unplugged"))
    rig.runtime.take(CameraLost("no picture"))
    assert rig.terminal.state is State.OUT_OF_ORDER
    assert not rig.terminal.devices.camera
    rig.runtime.take(ReaderReady("PN532"))
    assert rig.state is State.IDLE


def test_a_restart_in_the_middle_holds_what_was_held(rig: Rig, tmp_path: Path) -> None:
    rig.runtime.take(ev.RewardPressed("cake"))
    rig.journal.close()
    again = Rig(tmp_path).anna_comes()
    assert again.shown() == (900, 300, 300, 0)
    for touch in CAKE:
        again.runtime.take(touch)
    assert again.state is State.DONE
    assert len(again.bodies(PointsSpent)) == 1
    again.journal.close()
