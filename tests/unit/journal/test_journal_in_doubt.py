"""A commit that failed may be on the disk all the same. Nobody is told that it is not, and pays again."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from firmware.journal.errors import CannotRecord
from firmware.journal.holdings import Holdings
from firmware.journal.journal import Journal
from hw_sim.disk.disk import SimDisk
from loyalty.entries import Entry, GrantTaken
from tests.unit.journal.pages import append, granted
from tests.unit.loyalty.samples import CLOCK, KEY, MEMBER, TERMINAL, lot

PATH = Path("/terminal/journal.sqlite3")


def opened(disk: SimDisk) -> Journal:
    journal = Journal(PATH, terminal=TERMINAL, key=KEY, connect=disk.connect)
    if not journal.has_begun:
        journal.begin(epoch=1, clock=CLOCK, software="1.0")
    return journal


def grants(journal: Journal) -> list[str]:
    return [entry.body.grant for entry in journal.entries() if isinstance(entry.body, GrantTaken)]


def name_of(entry: Entry) -> str:
    assert isinstance(entry.body, GrantTaken)
    return entry.body.grant


@pytest.fixture
def disk() -> Iterator[SimDisk]:
    disk = SimDisk(random.Random(1))
    yield disk
    disk.close()


def test_an_entry_whose_sync_failed_is_found_out_about_at_once(disk: SimDisk) -> None:
    journal = opened(disk)
    append(journal, granted("g1", lot("a", 1)))
    disk.failing_syncs = 1
    recorded = True
    try:
        append(journal, granted("g2", lot("a", 1)))
    except CannotRecord:
        recorded = False
    assert not journal.in_doubt
    assert grants(journal) == (["g1", "g2"] if recorded else ["g1"])
    disk.power_cut()
    assert grants(opened(disk)) == (["g1", "g2"] if recorded else ["g1"])


def test_while_the_disk_fails_nothing_else_is_recorded_and_nothing_is_sent(disk: SimDisk) -> None:
    journal = opened(disk)
    append(journal, granted("g1", lot("a", 1)))
    disk.failing_syncs = 1_000
    for name in ("g2", "g3"):
        with pytest.raises(CannotRecord):
            append(journal, granted(name, lot("a", 1)))
    assert journal.in_doubt
    assert journal.unacknowledged(after=-1, limit=10) == ()
    # What is known is still read, and shown.
    assert Holdings(journal.database).rights(MEMBER)[0].points >= 1
    disk.failing_syncs = 0
    append(journal, granted("g4", lot("a", 1)))
    assert not journal.in_doubt
    assert len(journal.unacknowledged(after=-1, limit=10)) == len(grants(journal)) + 1


def test_what_was_refused_and_is_there_all_the_same_is_told(disk: SimDisk) -> None:
    seen = set()
    for seed in range(40):
        unsure = SimDisk(random.Random(seed))
        journal = opened(unsure)
        # The first sync that fails is the commit's; the others keep it from being found out.
        unsure.failing_syncs = 3
        with pytest.raises(CannotRecord):
            append(journal, granted("g1", lot("a", 1)))
        if journal.in_doubt:
            unsure.failing_syncs = 0
            journal.settle()
            told = journal.reappeared
            assert (told is not None) == (grants(journal) == ["g1"])
            seen.add(told is not None)
        unsure.close()
    assert True in seen


def test_a_full_disk_serves_what_is_known_and_takes_nothing_until_there_is_space(disk: SimDisk) -> None:
    journal = opened(disk)
    append(journal, granted("g1", lot("a", 5)))
    disk.full = True
    for _ in range(3):
        with pytest.raises(CannotRecord):
            append(journal, granted("g2", lot("a", 1)))
        assert Holdings(journal.database).rights(MEMBER) == (lot("a", 5),)
    disk.full = False
    append(journal, granted("g3", lot("a", 1)))
    assert grants(journal) == ["g1", "g3"]


def test_a_terminal_starts_on_a_full_disk_and_serves_what_is_known(disk: SimDisk) -> None:
    journal = opened(disk)
    append(journal, granted("g1", lot("a", 5)))
    disk.power_cut()
    disk.full = True
    again = opened(disk)
    assert Holdings(again.database).rights(MEMBER) == (lot("a", 5),)
    with pytest.raises(CannotRecord):
        append(again, granted("g2", lot("a", 1)))
    disk.full = False
    append(again, granted("g3", lot("a", 1)))
    assert grants(again) == ["g1", "g3"]


@pytest.mark.parametrize("failing", [0, 1, 2, 3])
def test_what_a_start_has_found_stays_whatever_the_process_before_had_not_synced(failing: int) -> None:
    """A process that is killed after a failed sync leaves an entry that can be read, and is not on the disk."""
    seen = set()
    for seed in range(25):
        unsure = SimDisk(random.Random(seed))
        journal = opened(unsure)
        append(journal, granted("g1", lot("a", 1)))
        unsure.failing_syncs = failing
        with suppress(CannotRecord):
            append(journal, granted("g2", lot("a", 1)))
        unsure.failing_syncs = 0
        unsure.kill()
        again = opened(unsure)
        assert not again.in_doubt
        found = grants(again)
        unsure.power_cut()
        assert grants(opened(unsure)) == found
        seen.add(tuple(found))
        unsure.close()
    assert seen <= {("g1",), ("g1", "g2")}


class FailingDisk(RuleBasedStateMachine):
    """Entries, syncs that fail, full disks and power cuts, in any order."""

    @initialize(seed=st.integers(0, 2**32))
    def begin(self, seed: int) -> None:
        self.disk = SimDisk(random.Random(seed))
        self.journal = opened(self.disk)
        self.told: list[str] = []
        self.refused: set[str] = set()
        self.number = 0

    @rule(failing=st.sampled_from([0, 0, 1, 2, 3, 5]), full=st.sampled_from([False, False, False, True]))
    def append(self, failing: int, full: bool) -> None:
        self.number += 1
        name = f"g{self.number}"
        self.disk.failing_syncs, self.disk.full = failing, full
        self.look_for_reappeared()
        try:
            append(self.journal, granted(name, lot("a", 1)))
        except CannotRecord:
            self.refused.add(name)
            self.look_for_reappeared()
        else:
            self.look_for_reappeared()
            self.told.append(name)

    @rule(killed=st.booleans())
    def power_cut(self, killed: bool) -> None:
        self.disk.failing_syncs, self.disk.full = 0, False
        doubtful = self.journal.in_doubt
        if killed:
            self.disk.kill()
        else:
            self.disk.power_cut()
        self.journal = opened(self.disk)
        found = grants(self.journal)
        # What was in doubt when the power went may be there: like one that was committed and not shown yet.
        if doubtful and found[len(self.told) :]:
            assert set(found[len(self.told) :]) <= self.refused
            assert len(found) == len(self.told) + 1
            self.refused.discard(found[-1])
            self.told = found
        assert found == self.told

    def look_for_reappeared(self) -> None:
        entry, self.journal.reappeared = self.journal.reappeared, None
        if entry is not None:
            self.told.append(name_of(entry))
            self.refused.discard(self.told[-1])

    def teardown(self) -> None:
        if not hasattr(self, "disk"):
            return
        self.disk.failing_syncs, self.disk.full = 0, False
        self.journal.settle()
        self.look_for_reappeared()
        assert grants(self.journal) == self.told
        assert not self.refused & set(self.told)
        assert self.journal.database.execute("PRAGMA quick_check").fetchone() == ("ok",)
        self.disk.close()


TestFailingDisk = FailingDisk.TestCase
TestFailingDisk.settings = settings(max_examples=30, stateful_step_count=12, deadline=None)


def test_a_failed_commit_of_the_standard_library_is_the_same(tmp_path: Path) -> None:
    """The real SQLite, with a limit on the size of its files: nothing is recorded, and it goes on afterwards."""
    journal = Journal(tmp_path / "j.sqlite3", terminal=TERMINAL, key=KEY)
    journal.begin(epoch=1, clock=CLOCK, software="1.0")
    pages = journal.database.execute("PRAGMA page_count").fetchone()[0]
    journal.database.execute(f"PRAGMA max_page_count={pages}")
    refused = 0
    for number in range(300):
        try:
            append(journal, granted(f"g{number}", lot("a", 1)))
        except CannotRecord:
            refused += 1
    assert refused
    journal.close()
    again = Journal(tmp_path / "j.sqlite3", terminal=TERMINAL, key=KEY)
    append(again, granted("last", lot("a", 1)))
    assert len(grants(again)) == 301 - refused
    again.close()
