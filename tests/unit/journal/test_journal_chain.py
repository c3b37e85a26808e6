"""The journal is append-only, and whoever changes it all the same is noticed."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from firmware.journal.errors import WrongJournal
from firmware.journal.journal import Journal
from loyalty.entries import EpochBegun
from loyalty.errors import ChainError, SignatureError, WireError
from tests.unit.journal.pages import append, granted, open_journal
from tests.unit.loyalty.samples import CLOCK, KEY, OTHER_KEY, lot

Tamper = Callable[[sqlite3.Connection], object]


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    journal = open_journal(tmp_path)
    for number in range(5):
        append(journal, granted(f"g{number}", lot(f"lot-{number}", 10)))
    yield journal
    journal.close()


def tampered(path: Path, tamper: Tamper) -> None:
    """Change the file as somebody would who has the disk: without the triggers."""
    with sqlite3.connect(path) as connection:
        connection.create_function("richer", 1, lambda payload: payload.replace(b"\xa6points\x0a", b"\xa6points\x7f"))
        connection.execute("DROP TRIGGER entry_keeps")
        connection.execute("DROP TRIGGER entry_stays")
        tamper(connection)
    connection.close()


def test_what_was_appended_is_read_in_order_and_chained(journal: Journal) -> None:
    entries = list(journal.entries())
    assert [entry.seq for entry in entries] == [0, 1, 2, 3, 4, 5]
    assert entries[0].body == EpochBegun(software="1.0")
    assert {(entry.terminal, entry.epoch, entry.key_id) for entry in entries} == {("kiosk-7", 1, KEY.key_id)}
    assert journal.head[0] == 5


@pytest.mark.parametrize(
    "tamper",
    [
        lambda db: db.execute("UPDATE entry SET payload = richer(payload) WHERE seq = 3"),
        lambda db: db.execute("UPDATE entry SET payload = CAST(payload || x'00' AS BLOB) WHERE seq = 3"),
        lambda db: db.execute("UPDATE entry SET hash = zeroblob(32) WHERE seq = 3"),
        lambda db: db.execute("UPDATE entry SET signature = zeroblob(64) WHERE seq = 3"),
        lambda db: db.execute("DELETE FROM entry WHERE seq = 3"),
        lambda db: db.execute("DELETE FROM entry WHERE seq = 0"),
        lambda db: db.execute("UPDATE entry SET seq = seq + 10 WHERE seq > 2"),
        lambda db: db.executescript(
            "UPDATE entry SET seq = 90 WHERE seq = 2; UPDATE entry SET seq = 2 WHERE seq = 3;"
            "UPDATE entry SET seq = 3 WHERE seq = 90;"
        ),
        lambda db: db.execute("INSERT INTO entry SELECT 6, payload, signature, hash FROM entry WHERE seq = 5"),
    ],
    ids=[
        "points changed",
        "byte added",
        "hash",
        "signature",
        "dropped",
        "first dropped",
        "renumbered",
        "swapped",
        "repeated",
    ],
)
def test_a_row_that_was_changed_dropped_or_moved_is_detected(journal: Journal, tmp_path: Path, tamper: Tamper) -> None:
    journal.close()
    tampered(tmp_path / "journal.sqlite3", tamper)
    again = open_journal(tmp_path)
    with pytest.raises((ChainError, SignatureError, WireError)):
        list(again.entries())
    again.close()


@pytest.mark.parametrize("statement", ["UPDATE entry SET hash = zeroblob(32)", "DELETE FROM entry WHERE seq = 5"])
def test_the_database_itself_forbids_changing_an_entry(journal: Journal, statement: str) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        journal.database.execute(statement)
    assert len(list(journal.entries())) == 6


def test_a_reopened_journal_goes_on_where_it_was(journal: Journal, tmp_path: Path) -> None:
    head = journal.head
    journal.close()
    again = open_journal(tmp_path)
    again.check_owner()
    assert (again.head, again.epoch) == (head, 1)
    assert append(again, granted("g9", lot("lot-9", 1))).prev == head[1]
    assert [entry.seq for entry in again.entries()] == [0, 1, 2, 3, 4, 5, 6]
    again.close()


def test_a_journal_begins_once(journal: Journal) -> None:
    with pytest.raises(WrongJournal):
        journal.begin(epoch=2, clock=CLOCK, software="1.0")
    assert journal.epoch == 1


def test_a_journal_that_has_not_begun_has_no_epoch(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "new.sqlite3", terminal="kiosk-7", key=KEY)
    assert not journal.has_begun
    with pytest.raises(WrongJournal):
        _ = journal.epoch
    journal.close()


def test_the_journal_of_another_terminal_or_key_is_refused(journal: Journal, tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite3"
    journal.close()
    for terminal, key in (("kiosk-8", KEY), ("kiosk-7", OTHER_KEY)):
        other = Journal(path, terminal=terminal, key=key)
        with pytest.raises(WrongJournal):
            other.check_owner()
        other.close()


def test_nobody_else_reads_or_writes_the_journal_while_its_terminal_runs(journal: Journal, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "journal.sqlite3", timeout=0)) as second:
        for statement in ("SELECT seq FROM entry", "BEGIN IMMEDIATE"):
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                second.execute(statement)
    assert append(journal, granted("g8", lot("lot-8", 1))).seq == 6


def test_every_commit_waits_for_the_disk(journal: Journal) -> None:
    def pragma(name: str) -> object:
        return journal.database.execute(f"PRAGMA {name}").fetchone()[0]

    assert (pragma("journal_mode"), pragma("synchronous")) == ("wal", 2)
