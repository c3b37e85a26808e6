"""Entries stay until they were acknowledged for 35 days; what they did stays for ever, and so does the chain."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware.journal import schema
from firmware.journal.aside import OldJournal
from firmware.journal.chain import hash_of
from firmware.journal.checking import IdleCheck, check_at_start
from firmware.journal.errors import AlreadyRecorded
from firmware.journal.holdings import Holdings
from firmware.journal.journal import Journal
from firmware.journal.retention import KEEP_DAYS, note_day, prune
from firmware.journal.storage import RealDisk
from hw_sim.disk.disk import SimDisk
from hw_sim.disk.errors import PowerLost
from tests.unit.journal.pages import append, granted, open_journal
from tests.unit.loyalty.samples import CLOCK, KEY, MEMBER, NOON_MS, TERMINAL, lot

DAY_MS = 86_400_000


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    journal = open_journal(tmp_path)
    for number in range(1, 11):
        append(journal, granted(f"g{number}", lot(f"lot-{number}", 10)))
    yield journal
    journal.close()


def acknowledged(journal: Journal, seq: int) -> None:
    head = hash_of(journal.database, seq)
    assert head is not None
    journal.acknowledge(seq=seq, head=head)


def kept(journal: Journal) -> list[int]:
    return [entry.seq for entry in journal.entries()]


def test_an_entry_goes_when_it_was_acknowledged_for_35_days_and_not_before(journal: Journal) -> None:
    acknowledged(journal, 6)
    note_day(journal, now_ms=NOON_MS)
    acknowledged(journal, 10)
    note_day(journal, now_ms=NOON_MS + DAY_MS)
    assert prune(journal, now_ms=NOON_MS + KEEP_DAYS * DAY_MS) == 0
    assert prune(journal, now_ms=NOON_MS + (KEEP_DAYS + 1) * DAY_MS, limit=3) == 3
    assert prune(journal, now_ms=NOON_MS + (KEEP_DAYS + 1) * DAY_MS) == 4
    assert kept(journal) == [7, 8, 9, 10]


def test_what_went_still_counts_and_the_chain_goes_on(journal: Journal, tmp_path: Path) -> None:
    acknowledged(journal, 10)
    note_day(journal, now_ms=NOON_MS)
    assert prune(journal, now_ms=NOON_MS + 400 * DAY_MS) == 10
    journal.close()
    again = open_journal(tmp_path)
    assert kept(again) == [10]
    assert len(Holdings(again.database).rights(MEMBER)) == 10
    with pytest.raises(AlreadyRecorded):
        append(again, granted("g1", lot("x", 1)))
    append(again, granted("g11", lot("x", 1)))
    check_at_start(again)
    check = IdleCheck(again)
    check.go_on()
    assert (kept(again), check.complete) == ([10, 11], True)
    again.close()
    old = OldJournal(RealDisk(), tmp_path, "journal.sqlite3", key=KEY)
    assert old.open()
    assert len(old.unacknowledged(after=-1, limit=9)) == 2
    assert old.damage is None
    old.close()


def test_what_is_not_acknowledged_never_goes(journal: Journal) -> None:
    acknowledged(journal, 6)
    note_day(journal, now_ms=NOON_MS)
    assert prune(journal, now_ms=NOON_MS + 4_000 * DAY_MS) == 7
    assert kept(journal) == [7, 8, 9, 10]
    # A restored central system has lost what it had acknowledged: that counts from anew.
    journal.acknowledge(seq=-1, head=bytes(32), generation=1)
    note_day(journal, now_ms=NOON_MS)
    assert prune(journal, now_ms=NOON_MS + 4_000 * DAY_MS) == 0


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM entry WHERE seq = 0",
        "UPDATE base SET seq = 9, hash = (SELECT hash FROM entry WHERE seq = 9)",
        "UPDATE base SET seq = 3, hash = zeroblob(32)",
        "DELETE FROM base",
    ],
)
def test_the_database_itself_forbids_dropping_what_was_not_acknowledged(journal: Journal, statement: str) -> None:
    acknowledged(journal, 6)
    with pytest.raises(sqlite3.IntegrityError):
        journal.database.execute(statement)
    assert kept(journal) == list(range(11))


def test_a_power_cut_while_entries_go_leaves_all_or_none_of_them() -> None:
    lengths = set()
    for operations in range(0, 40, 2):
        disk = SimDisk(random.Random(operations))
        path = Path("/terminal/journal.sqlite3")
        journal = Journal(path, terminal=TERMINAL, key=KEY, connect=disk.connect)
        journal.begin(epoch=1, clock=CLOCK, software="1.0")
        for number in range(10):
            append(journal, granted(f"g{number}", lot("a", 1)))
        acknowledged(journal, 10)
        note_day(journal, now_ms=NOON_MS)
        disk.power_goes_after(operations)
        try:
            prune(journal, now_ms=NOON_MS + 400 * DAY_MS)
            disk.power_goes_after(10**9)
        except PowerLost:
            pass
        disk.power_cut()
        lengths.add(len(kept(Journal(path, terminal=TERMINAL, key=KEY, connect=disk.connect))))
        disk.close()
    assert lengths == {1, 11}


def test_a_journal_of_the_first_version_is_taken_over(journal: Journal, tmp_path: Path) -> None:
    journal.close()
    with sqlite3.connect(tmp_path / "journal.sqlite3") as old:
        old.executescript("DROP TABLE base; DROP TABLE acknowledged_on; DROP TABLE receipt; PRAGMA user_version=1;")
    old.close()
    again = open_journal(tmp_path)
    assert again.database.execute("PRAGMA user_version").fetchone()[0] == schema.VERSION
    check_at_start(again)
    assert kept(again) == list(range(11))
    again.close()
