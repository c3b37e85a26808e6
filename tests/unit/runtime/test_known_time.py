"""Whatever is done to a terminal's clocks: it never judges an expired lot as good, and never backwards (X7).

The machine under test: there is a true time. The monotonic clock follows it as well as a quartz does and starts anew
with each boot; the wall clock is set by anybody, at any time; the central system answers with the true time after
some delay on either way; the power goes at any moment, and what was kept on the disk is there again.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from firmware.journal.notes import Notes
from firmware.journal.schema import connect
from firmware.runtime.clocks import KnownTime
from firmware.runtime.contact import KEEP_EVERY_MS, Contact
from loyalty.clocks import DRIFT_PPM, TOLERANCE_MS, judge
from loyalty.rights import held_points
from loyalty.wire.messages import Answer, TimeIs
from tests.unit.loyalty.samples import MEMBER, NOON_MS, POOL, bundle, lot

HOUR_MS = 3_600_000
RULES = bundle()
jumps = st.one_of(
    st.sampled_from([-HOUR_MS, HOUR_MS, -35 * 24 * HOUR_MS, -90_000, 90_000]), st.integers(-(10**10), 10**10)
)


class Quartz:
    """A machine's clocks; `ppm` is how wrong its quartz is."""

    def __init__(self) -> None:
        self.true_ms = NOON_MS
        self.wall_off_ms = 0
        self.boot = 1
        self.ppm = 0
        self._monotonic = 5_000.0

    def wall_ms(self) -> int:
        return self.true_ms + self.wall_off_ms

    def monotonic_ms(self) -> int:
        return int(self._monotonic)

    def boot_id(self) -> str:
        return f"boot-{self.boot}"

    def go_on(self, milliseconds: int) -> None:
        self.true_ms += milliseconds
        self._monotonic += milliseconds * (1 + self.ppm / 1_000_000)

    def reboot(self, dark_ms: int) -> None:
        self.true_ms += dark_ms
        self.boot += 1
        self._monotonic = 0.0


class ClockMachine(RuleBasedStateMachine):
    """One terminal without a clock that runs in the dark."""

    rtc = False

    def __init__(self) -> None:
        super().__init__()
        self.quartz = Quartz()
        self.folder = tempfile.TemporaryDirectory()
        self.database = connect(Path(self.folder.name) / "journal.sqlite3")
        self.open: list[str] = []
        self.asked = 0
        self.start()

    def start(self) -> None:
        """The program starts."""
        self.time = KnownTime(self.quartz, rtc=self.rtc)
        self.contact = Contact(self.time, Notes(self.database), ask=self.ask)
        self.newest_ms = 0
        self.open.clear()

    def ask(self) -> str:
        self.asked += 1
        self.open.append(f"r{self.asked}")
        return self.open[-1]

    @rule(milliseconds=st.integers(1, 40 * 24 * HOUR_MS), ppm=st.integers(-DRIFT_PPM + 10, DRIFT_PPM - 10))
    def time_goes_by(self, milliseconds: int, ppm: int) -> None:
        self.quartz.ppm = ppm
        for _ in range(3):
            self.quartz.go_on(milliseconds // 3 + 1)
            self.contact.keep()

    @rule(milliseconds=jumps)
    def somebody_sets_the_wall_clock(self, milliseconds: int) -> None:
        if not self.rtc:
            self.quartz.wall_off_ms += milliseconds

    @rule()
    def the_terminal_connects(self) -> None:
        self.contact.link_up()

    @precondition(lambda self: self.open)
    @rule(there_ms=st.integers(0, 30_000), back_ms=st.integers(0, 30_000), which=st.integers(0, 20))
    def an_answer_comes(self, there_ms: int, back_ms: int, which: int) -> None:
        request = self.open.pop(which % len(self.open))
        self.quartz.go_on(there_ms)
        told = Answer(request=request, central_ms=self.quartz.true_ms, result=TimeIs(rules=RULES.version))
        self.quartz.go_on(back_ms)
        self.contact.answered(told, RULES)

    @rule(old_ms=st.integers(0, HOUR_MS))
    def a_message_that_waited_somewhere_comes(self, old_ms: int) -> None:
        self.time.at_least(self.quartz.true_ms - old_ms)

    @rule(dark_ms=st.integers(0, 30 * 24 * HOUR_MS))
    def the_power_goes(self, dark_ms: int) -> None:
        self.quartz.reboot(dark_ms)
        self.start()

    @rule()
    def the_program_starts_again_in_the_same_boot(self) -> None:
        newest = self.newest_ms
        self.start()
        # What was kept may be a minute old, and is carried on from there; no boot, so no time backwards.
        self.newest_ms = newest - TOLERANCE_MS

    @invariant()
    def the_truth_is_within_what_is_known(self) -> None:
        known = self.time.now()
        if known is not None:
            assert known.earliest_ms <= self.quartz.true_ms <= known.latest_ms

    @invariant()
    def no_lot_that_has_expired_can_be_spent(self) -> None:
        latest = self.time.latest_ms()
        for age_ms in (0, 1, TOLERANCE_MS, HOUR_MS):
            expired = (lot("old", 100, expires_ms=self.quartz.true_ms - age_ms),)
            assert held_points(expired, member=MEMBER, pool=POOL, at_ms=latest) == 0

    @invariant()
    def judged_time_never_runs_backwards(self) -> None:
        known = self.time.now()
        if known is not None:
            assert known.at_ms >= self.newest_ms
            self.newest_ms = known.at_ms

    @invariant()
    def entries_carry_what_was_judged_by(self) -> None:
        assert judge(self.time.evidence()) == self.time.now()

    def teardown(self) -> None:
        self.database.close()
        self.folder.cleanup()


class RtcClockMachine(ClockMachine):
    """One with such a clock, which its owner vouches for: it is set right, and nobody sets it."""

    rtc = True


TestAnyClock = ClockMachine.TestCase
TestAnyClock.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
TestRtcClock = RtcClockMachine.TestCase
TestRtcClock.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)


def test_what_is_kept_is_never_older_than_half_the_tolerance() -> None:
    assert KEEP_EVERY_MS <= TOLERANCE_MS // 2
