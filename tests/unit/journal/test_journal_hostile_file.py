"""A database file that is damaged, or is none: the journal says so, and does not crash."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from firmware.journal.errors import CannotRecord, JournalError
from firmware.journal.journal import Journal
from loyalty.errors import LoyaltyError
from tests.unit.journal.pages import append, granted, open_journal
from tests.unit.loyalty.samples import KEY, TERMINAL, lot


def opened(path: Path) -> Journal:
    return Journal(path, terminal=TERMINAL, key=KEY)


@pytest.mark.parametrize(
    "data", [b"no database at all", b"SQLite format 3\0", b"SQLite format 3\0" + b"\xff" * 600, b"\0" * 5_000]
)
def test_bytes_that_are_no_database_cannot_be_recorded_in(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "journal.sqlite3"
    path.write_bytes(data)
    with pytest.raises(CannotRecord):
        opened(path)
    assert path.read_bytes() == data


def test_a_place_where_no_file_can_be_is_told_as_such(tmp_path: Path) -> None:
    (tmp_path / "folder.sqlite3").mkdir()
    for path in (tmp_path / "folder.sqlite3", tmp_path / "nowhere" / "journal.sqlite3"):
        with pytest.raises(CannotRecord):
            opened(path)


@pytest.mark.parametrize("statement", ["PRAGMA user_version=99", "CREATE TABLE entry (x)", "PRAGMA user_version=1"])
def test_a_database_of_somebody_else_is_refused(tmp_path: Path, statement: str) -> None:
    path = tmp_path / "journal.sqlite3"
    with sqlite3.connect(path) as connection:
        connection.execute(statement)
    connection.close()
    with pytest.raises(CannotRecord):
        opened(path)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(0, 2**20), garbage=st.binary(min_size=1, max_size=40))
def test_a_damaged_page_is_an_error_of_the_journal_or_harmless(tmp_path: Path, place: int, garbage: bytes) -> None:
    path = tmp_path / "journal.sqlite3"
    whole = tmp_path / "whole"
    if not whole.exists():
        journal = open_journal(tmp_path)
        append(journal, granted("g1", lot("a", 10)))
        journal.close()
        path.rename(whole)
    data = bytearray(whole.read_bytes())
    start = place % len(data)
    data[start : start + len(garbage)] = garbage
    path.write_bytes(data[: whole.stat().st_size])
    try:
        journal = opened(path)
    except JournalError:
        return
    try:
        entries = list(journal.entries())
        assert [entry.seq for entry in entries] == list(range(len(entries)))
    except (JournalError, LoyaltyError):
        pass
    finally:
        journal.close()
