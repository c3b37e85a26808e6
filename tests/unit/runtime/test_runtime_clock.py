"""How well the time of an entry was known, as the journal tells it."""

from __future__ import annotations

from pathlib import Path

import pytest

from firmware.fleet.identity import IdentityError, create_key, load_key
from firmware.runtime.clocks import KnownTime
from firmware.terminal import events as ev
from loyalty.clocks import KnownInstant
from loyalty.entries import ClockEvidence
from loyalty.wire.messages import Answer, Ask, TimeIs, TimeWanted
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


def test_x7_a_better_word_that_is_earlier_does_not_turn_time_back() -> None:
    clock = FakeClock()
    time = KnownTime(clock)
    # Both are true: the first was written just before it came, and was believed to be half its way old.
    clock.go_on(30_000)
    time.compare(NOON_MS, asked_ms=10_000)
    before = time.now()
    assert before is not None
    assert before == KnownInstant(NOON_MS + 15_000, 15_000)
    time.compare(NOON_MS + 10, asked_ms=clock.monotonic)
    after = time.now()
    assert after is not None
    assert after.at_ms == before.at_ms
    assert after.earliest_ms <= NOON_MS + 10 <= after.latest_ms
    clock.go_on(20_000)
    assert time.now() == KnownInstant(NOON_MS + 20_010, 4)


def test_x7_a_worse_word_does_not_replace_a_better_one() -> None:
    clock = FakeClock()
    time = KnownTime(clock)
    time.compare(NOON_MS, asked_ms=10_000)
    clock.go_on(60_000)
    time.compare(NOON_MS + 31_000, asked_ms=10_000)
    assert time.now() == KnownInstant(NOON_MS + 60_000, 12)


def test_x7_a_signed_time_beyond_what_can_be_makes_the_time_unknown_until_it_is_asked_anew() -> None:
    clock = FakeClock()
    time = KnownTime(clock)
    time.compare(NOON_MS, asked_ms=10_000)
    time.at_least(NOON_MS - 3_600_000)
    assert time.now() == KnownInstant(NOON_MS, 0)
    time.at_least(NOON_MS + 60_000)
    assert time.now() is None
    time.compare(NOON_MS + 60_000, asked_ms=10_000)
    assert time.now() == KnownInstant(NOON_MS + 60_000, 0)


def test_x7_only_an_answer_to_a_question_of_this_run_tells_the_time(tmp_path: Path) -> None:
    rig = Rig(tmp_path).connect(answered=False)
    told = TimeIs(rules="rules-1")
    rig.runtime.take(Answer(request="nobody's", central_ms=NOON_MS, result=told))
    assert rig.time.now() is None
    rig.disconnect().connect(answered=False)
    first = next(ask.request for ask in rig.link.all(Ask) if isinstance(ask.want, TimeWanted))
    # The answer to a question from before the connection was lost may have waited anywhere.
    rig.runtime.take(Answer(request=first, central_ms=NOON_MS, result=told))
    assert rig.time.now() is None
    rig.tell_time()
    assert rig.time.now() == KnownInstant(NOON_MS, 0)
    rig.journal.close()
