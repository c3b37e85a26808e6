"""A power cut takes nothing that was committed; and the simulated disk is one that would notice."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from firmware.journal.errors import CannotRecord
from firmware.journal.holdings import Holdings
from firmware.journal.journal import Journal
from firmware.journal.storage import Connection
from hw_sim.disk.disk import SimDisk
from hw_sim.disk.errors import PowerLost
from loyalty.entries import Entry, EpochBegun, GrantTaken
from loyalty.errors import LoyaltyError
from tests.unit.journal.pages import append, granted
from tests.unit.loyalty.samples import CLOCK, KEY, MEMBER, TERMINAL, lot

PATH = Path("/terminal/journal.sqlite3")


class Machine:
    """A terminal's journal on a disk, and what it has said to be recorded."""

    def __init__(self, seed: int, *, synchronous: bool = True) -> None:
        self.disk = SimDisk(random.Random(seed))
        self.synchronous = synchronous
        #: What was said to be on the disk; and at most one entry more that may be there.
        self.committed: list[str] = []
        self.in_flight: str | None = None
        self.number = 0
        self.start()

    def connect(self, path: Path) -> Connection:
        connection = self.disk.connect(path)
        if not self.synchronous:
            connection.execute("PRAGMA locking_mode=EXCLUSIVE")
        return connection

    def start(self) -> None:
        self.journal = Journal(PATH, terminal=TERMINAL, key=KEY, connect=self.connect)
        if not self.synchronous:
            self.journal.database.execute("PRAGMA synchronous=OFF")
        if not self.journal.has_begun:
            self.journal.begin(epoch=1, clock=CLOCK, software="1.0")

    def append(self, count: int = 1) -> None:
        for _ in range(count):
            self.number += 1
            name = f"g{self.number}"
            self.in_flight = name
            append(self.journal, granted(name, lot("a", 1)))
            self.committed.append(name)
            self.in_flight = None

    def check(self) -> None:
        entries = list(self.journal.entries())
        assert isinstance(entries[0].body, EpochBegun)
        grants = [grant_of(entry) for entry in entries[1:]]
        if self.in_flight is not None and grants[-1:] == [self.in_flight]:
            self.committed.append(self.in_flight)
        self.in_flight = None
        assert grants == self.committed
        assert self.journal.head[0] == len(grants)
        assert sum(right.points for right in Holdings(self.journal.database).rights(MEMBER)) == len(grants)
        assert self.journal.database.execute("PRAGMA quick_check").fetchone() == ("ok",)

    def cut_and_check(self) -> None:
        self.disk.power_cut()
        self.start()
        self.check()


def grant_of(entry: Entry) -> str:
    assert isinstance(entry.body, GrantTaken)
    return entry.body.grant


class AnyPowerCuts(RuleBasedStateMachine):
    """Appending, and power cuts between and within."""

    @initialize(seed=st.integers(0, 2**32))
    def begin(self, seed: int) -> None:
        self.machine = Machine(seed)

    @rule(count=st.sampled_from([1, 2, 5, 60]))
    def append(self, count: int) -> None:
        self.machine.append(count)

    @rule()
    def power_cut(self) -> None:
        self.machine.cut_and_check()

    @rule(operations=st.integers(0, 200), count=st.sampled_from([1, 3, 60]))
    def power_goes_within(self, operations: int, count: int) -> None:
        self.machine.disk.power_goes_after(operations)
        try:
            self.machine.append(count)
        except PowerLost:
            self.machine.cut_and_check()
        self.machine.disk.power_goes_after(10**9)

    def teardown(self) -> None:
        self.machine.check()
        self.machine.disk.close()


TestAnyPowerCuts = AnyPowerCuts.TestCase
TestAnyPowerCuts.settings = settings(max_examples=25, stateful_step_count=12, deadline=None)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 2**32), operations=st.integers(0, 80))
def test_the_first_start_may_be_cut_short_anywhere(seed: int, operations: int) -> None:
    disk = SimDisk(random.Random(seed))
    disk.power_goes_after(operations)
    try:
        journal = Journal(PATH, terminal=TERMINAL, key=KEY, connect=disk.connect)
        journal.begin(epoch=1, clock=CLOCK, software="1.0")
        begun = True
    except PowerLost:
        begun = False
    disk.power_cut()
    journal = Journal(PATH, terminal=TERMINAL, key=KEY, connect=disk.connect)
    assert journal.has_begun or not begun
    if not journal.has_begun:
        journal.begin(epoch=1, clock=CLOCK, software="1.0")
    assert [entry.seq for entry in journal.entries()] == [0]
    disk.close()


def test_a_journal_that_does_not_sync_loses_entries_on_this_disk() -> None:
    """The same check fails for a journal with `synchronous=OFF`: the disk does forget."""
    lost = 0
    for seed in range(20):
        machine = Machine(seed, synchronous=False)
        machine.append(3)
        try:
            machine.cut_and_check()
        except (AssertionError, CannotRecord, LoyaltyError):
            lost += 1
        machine.disk.close()
    assert lost >= 10


def test_an_append_that_the_power_cut_short_is_there_whole_or_not_at_all() -> None:
    """Both are seen, for a power cut at every operation that an append makes on the disk."""
    found = set()
    for operations in range(0, 40, 2):
        for seed in range(3):
            machine = Machine(seed)
            machine.append(2)
            machine.disk.power_goes_after(operations)
            with pytest.raises(PowerLost):
                machine.append(40)
            said = len(machine.committed)
            machine.cut_and_check()
            found.add(len(machine.committed) - said)
            machine.disk.close()
    assert found == {0, 1}
