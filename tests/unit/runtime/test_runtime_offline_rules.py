"""What a terminal that nobody answers still spends: by what it knows of the time and of blocked cards (X7)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware.runtime.contact import ASK_AGAIN_MS, ASK_EVERY_MS
from firmware.terminal import events as ev
from firmware.terminal.model import Reason, State
from loyalty.clocks import BLOCKED_LIST_MS
from loyalty.entries import PointsSpent
from loyalty.rights import LotRight
from loyalty.wire.link import RulesArrived
from loyalty.wire.messages import Ask, TimeWanted
from tests.unit.loyalty.samples import NOON_MS, bundle, lot
from tests.unit.runtime.fakes import FakeClock, Rig

HOUR_MS = 3_600_000
KEEPS = bundle(keep_points=500)
CAKE = (ev.RewardPressed("cake"), ev.ConfirmPressed())


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    rig = Rig(tmp_path, rules=KEEPS)
    yield rig
    rig.journal.close()


def held_for_anna(rig: Rig, *lots: LotRight) -> Rig:
    """Anna was here, and has left rights behind."""
    rig.connect().anna_comes(900)
    rig.grant("g1", *(lots or (lot("a", 300),)), request="earlier")
    return rig.leaves()


def wants_cake(rig: Rig) -> Rig:
    """Anna comes when nobody answers, and wants a cake."""
    rig.disconnect().anna_comes()
    rig.runtime.take(CAKE[0])
    if rig.state is State.CONFIRMING:
        rig.runtime.take(CAKE[1])
    return rig


def again(rig: Rig, directory: Path, *, dark_ms: int = HOUR_MS, rtc: bool = False, boot: str = "boot-2") -> Rig:
    """The power goes, and comes back after `dark_ms`."""
    rig.journal.close()
    clock = FakeClock(wall=rig.clock.wall + dark_ms, monotonic=0, boot=boot)
    return Rig(directory, rules=KEEPS, clock=clock, rtc=rtc)


def test_10_with_a_known_time_and_a_new_list_what_is_held_is_spent(rig: Rig) -> None:
    wants_cake(held_for_anna(rig))
    assert rig.state is State.DONE
    assert len(rig.bodies(PointsSpent)) == 1


@pytest.mark.parametrize(("after_ms", "spends"), [(BLOCKED_LIST_MS - 120_000, True), (BLOCKED_LIST_MS + 1, False)])
def test_10_spending_alone_ends_72_hours_after_the_list_was_confirmed(rig: Rig, after_ms: int, spends: bool) -> None:
    held_for_anna(rig).disconnect().clock.go_on(after_ms)
    wants_cake(rig)
    assert (rig.state is State.DONE) is spends
    if not spends:
        assert (rig.refusal().reason, rig.refusal().here, rig.refusal().online) == (Reason.LIST_TOO_OLD, 0, 900)
        assert rig.held() == 300


def test_10_an_acknowledgement_or_a_balance_does_not_confirm_the_list(rig: Rig) -> None:
    held_for_anna(rig).clock.go_on(BLOCKED_LIST_MS + 1)
    rig.anna_comes(900).leaves()
    rig.ack(0)
    assert wants_cake(rig).refusal().reason is Reason.LIST_TOO_OLD


def test_10_a_list_that_is_not_the_one_in_force_is_not_confirmed(rig: Rig) -> None:
    held_for_anna(rig).connect(answered=False).tell_time(rules="rules-2")
    rig.clock.go_on(BLOCKED_LIST_MS + 1)
    assert wants_cake(rig).refusal().reason is Reason.LIST_TOO_OLD


def test_10_new_rules_are_confirmed_by_asking_at_once(rig: Rig) -> None:
    held_for_anna(rig)
    newer = bundle(keep_points=500, version="rules-2")
    asked = len(rig.link.all(Ask))
    rig.runtime.take(RulesArrived(newer, b""))
    assert isinstance(rig.link.all(Ask)[asked].want, TimeWanted)
    assert wants_cake(rig).refusal().reason is Reason.LIST_TOO_OLD
    rig.leaves().connect(answered=False).tell_time(rules="rules-2")
    rig.leaves()
    assert wants_cake(rig).state is State.DONE


def test_x7_after_a_boot_without_a_word_nothing_is_spent_and_a_connection_mends_it(rig: Rig, tmp_path: Path) -> None:
    held_for_anna(rig)
    rig = wants_cake(again(rig, tmp_path))
    assert rig.refusal().reason is Reason.CLOCK_UNKNOWN
    assert rig.bodies(PointsSpent) == []
    rig.leaves().connect().anna_comes(900)
    for touch in CAKE:
        rig.runtime.take(touch)
    assert rig.state is State.DONE
    rig.journal.close()


def test_x7_a_program_that_starts_again_in_the_same_boot_knows_the_time(rig: Rig, tmp_path: Path) -> None:
    held_for_anna(rig)
    rig.journal.close()
    clock = FakeClock(wall=5, monotonic=rig.clock.monotonic + 1_000)
    rig = wants_cake(Rig(tmp_path, rules=KEEPS, clock=clock))
    assert rig.state is State.DONE
    assert NOON_MS <= rig.time.central_ms() <= NOON_MS + 10_000
    rig.journal.close()


def test_x7_a_clock_that_ran_without_power_serves_after_a_boot(rig: Rig, tmp_path: Path) -> None:
    held_for_anna(rig)
    rig = wants_cake(again(rig, tmp_path, rtc=True))
    assert rig.state is State.DONE
    rig.journal.close()


def test_x7_such_a_clock_that_is_behind_what_was_known_does_not(rig: Rig, tmp_path: Path) -> None:
    held_for_anna(rig)
    rig = wants_cake(again(rig, tmp_path, rtc=True, dark_ms=-10_000))
    assert rig.refusal().reason is Reason.CLOCK_UNKNOWN
    rig.journal.close()


def test_x7_turning_the_wall_clock_back_makes_no_expired_lot_good(rig: Rig) -> None:
    held_for_anna(rig, lot("a", 300, expires_ms=NOON_MS + HOUR_MS))
    rig.disconnect().clock.go_on(2 * HOUR_MS)
    rig.clock.wall -= 2 * HOUR_MS
    assert wants_cake(rig).refusal().reason is Reason.NEEDS_CONNECTION
    assert rig.shown() == (900, 0, 0, 0)


def test_x7_turning_it_forward_ends_none(rig: Rig) -> None:
    held_for_anna(rig, lot("a", 300, expires_ms=NOON_MS + 2 * HOUR_MS)).disconnect()
    rig.clock.wall += 100 * 24 * HOUR_MS
    assert wants_cake(rig).state is State.DONE


@pytest.mark.parametrize(("way_ms", "why"), [(300_000, Reason.CLOCK_UNKNOWN), (2_000, Reason.NOT_ENOUGH_POINTS)])
def test_x7_near_an_expiry_a_clock_that_is_not_known_well_is_named(tmp_path: Path, way_ms: int, why: Reason) -> None:
    """The answer to the question for the time was long on its way: nobody knows when in that time it was written."""
    rig = Rig(tmp_path, rules=KEEPS)
    expires_ms = NOON_MS + HOUR_MS
    rig = again(held_for_anna(rig, lot("a", 300, expires_ms=expires_ms)), tmp_path, dark_ms=0)
    rig.connect(answered=False).clock.go_on(way_ms)
    rig.tell_time(ahead_ms=-way_ms // 2)
    rig.disconnect().anna_comes().runtime.take(CAKE[0])
    rig.clock.go_on(expires_ms - rig.time.latest_ms())
    assert rig.time.earliest_ms() < expires_ms <= rig.time.latest_ms()
    rig.runtime.take(CAKE[1])
    assert rig.refusal().reason is why
    assert rig.bodies(PointsSpent) == []
    rig.journal.close()


def test_the_time_is_asked_for_again_until_it_is_told_and_then_now_and_then(rig: Rig) -> None:
    def asked() -> int:
        return sum(isinstance(ask.want, TimeWanted) for ask in rig.link.all(Ask))

    rig.connect(answered=False)
    assert asked() == 1
    rig.after(ASK_AGAIN_MS)
    assert asked() == 2
    rig.after(ASK_AGAIN_MS)
    assert asked() == 2
    rig.after(ASK_AGAIN_MS).tell_time()
    assert asked() == 3
    rig.after(ASK_EVERY_MS - 1)
    assert asked() == 3
    rig.after(1)
    assert asked() == 4
    rig.disconnect().after(ASK_EVERY_MS)
    assert asked() == 4
