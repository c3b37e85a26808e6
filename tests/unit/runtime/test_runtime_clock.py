"""How well the time of an entry was known, as the journal tells it."""

from __future__ import annotations

from pathlib import Path

import pytest

from firmware.fleet.identity import IdentityError, create_key, load_key
from firmware.runtime.clocks import KnownTime
from firmware.terminal import events as ev
from loyalty.entries import ClockEvidence
from tests.unit.loyalty.samples import NOON_MS, lot
from tests.unit.runtime.fakes import FakeClock, Rig


def test_before_the_first_comparison_an_entry_says_that_its_time_is_only_this_machines() -> None:
    assert KnownTime(FakeClock()).evidence() == ClockEvidence(
        wall_ms=NOON_MS, monotonic_ms=10_000, boot_id="boot-1", set_ago_ms=None, offset_ms=None
    )


def test_after_it_the_entry_says_how_long_ago_and_what_the_difference_was() -> None:
    clock = FakeClock()
    time = KnownTime(clock)
    time.compare(NOON_MS + 700, asked_ms=10_000)
    clock.go_on(30_000)
    assert time.central_ms() == NOON_MS + 30_700
    assert time.evidence() == ClockEvidence(
        wall_ms=NOON_MS + 30_000, monotonic_ms=40_000, boot_id="boot-1", set_ago_ms=30_000, offset_ms=700
    )


def test_every_entry_carries_the_evidence_of_its_moment(tmp_path: Path) -> None:
    rig = Rig(tmp_path).connect().anna_comes(900)
    rig.clock.go_on(1_234)
    rig.runtime.take(ev.RewardPressed("cake"))
    rig.runtime.take(ev.ConfirmPressed())
    rig.grant("g1", lot("a", 300))
    begun, _granted, spent = rig.entries()
    assert begun.clock.set_ago_ms is None
    assert (spent.clock.wall_ms, spent.clock.set_ago_ms, spent.clock.offset_ms) == (NOON_MS + 1_234, 1_234, 0)
    assert (spent.rules, begun.rules) == ("rules-1", "")
    rig.journal.close()


def test_questions_carry_a_deadline_by_the_central_clock(tmp_path: Path) -> None:
    rig = Rig(tmp_path).connect(answered=False)
    rig.tell_time(ahead_ms=-3_600_000)
    rig.anna_comes()
    assert rig.asked().deadline_ms == NOON_MS - 3_600_000 + 4_000
    rig.journal.close()


def test_a_terminal_makes_its_key_once_and_keeps_it_to_itself(tmp_path: Path) -> None:
    data = tmp_path / "data"
    key = create_key(data)
    assert create_key(data).public == load_key(data).public == key.public
    assert (data / "terminal-key").stat().st_mode & 0o777 == 0o600
    assert [one.name for one in data.iterdir()] == ["terminal-key"]


def test_a_key_that_is_missing_or_torn_is_not_replaced_in_silence(tmp_path: Path) -> None:
    with pytest.raises(IdentityError):
        load_key(tmp_path)
    (tmp_path / "terminal-key").write_bytes(b"torn")
    for use in (load_key, create_key):
        with pytest.raises(IdentityError):
            use(tmp_path)
