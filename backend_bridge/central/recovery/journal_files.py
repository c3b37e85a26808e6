"""Reading what somebody has found on a terminal's disk: its database, or exported batches. Nothing of it is trusted.

The file of a terminal that was switched off hard has a log beside it (`…-wal`) with its newest entries: both belong
together. What is damaged is passed over; what comes after it has to wait for what is missing.
"""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import msgspec

from backend_bridge.central.recovery.errors import RecoveryRefused
from loyalty.entries import read_payload
from loyalty.errors import WireError
from loyalty.signing import Signed
from loyalty.wire import journal_file

#: Larger than the journal of any terminal's whole life; reading goes on for no longer than this.
MOST_BYTES, _LONGEST_S = 2**31, 120.0
_SQLITE = b"SQLite format 3\0"


class Found(msgspec.Struct, frozen=True):
    """The entries in a file in their order, and what could not be read of it ("": all could)."""

    entries: tuple[Signed, ...]
    damage: str


def read(file: Path) -> Found:
    """What is in `file`. Raises `RecoveryRefused` where it is neither a journal nor exported batches."""
    try:
        size = file.stat().st_size
        with file.open("rb") as opened:
            start = opened.read(len(journal_file.MAGIC))
    except OSError as error:
        raise RecoveryRefused("file", f"{file.name} cannot be read: {error.strerror}", field="file") from error
    if size > MOST_BYTES:
        raise RecoveryRefused("file", f"{file.name} is larger than any journal", field="file")
    if start.startswith(journal_file.MAGIC):
        return _of_batches(file.read_bytes())
    if start.startswith(_SQLITE):
        return _of_database(file)
    raise RecoveryRefused("file", f"{file.name} is neither a terminal's database nor exported batches", field="file")


def _of_batches(data: bytes) -> Found:
    found: list[Signed] = []
    try:
        for batch in journal_file.unpack(data):
            found += batch.entries
    except WireError as error:
        return Found(tuple(found), str(error))
    return Found(tuple(found), "")


def _of_database(file: Path) -> Found:
    """Read from a copy: opening a database with a log changes it."""
    with tempfile.TemporaryDirectory(prefix="tapbon-journal-") as folder:
        copy = Path(folder) / "journal.sqlite3"
        shutil.copyfile(file, copy)
        log = file.with_name(file.name + "-wal")
        if log.exists():
            shutil.copyfile(log, copy.with_name(copy.name + "-wal"))
        found: list[Signed] = []
        try:
            with closing(_connect(copy)) as database:
                found += _entries(database)
        except sqlite3.Error as error:
            return Found(tuple(found), f"the database is damaged: {error}")
        return Found(tuple(found), _damage(found))


def _connect(file: Path) -> sqlite3.Connection:
    """A database that may have been made to do harm: its own views and functions mean nothing, and it is given up on
    when it takes too long."""
    database = sqlite3.connect(file, isolation_level=None)
    database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, 2**24)
    database.execute("PRAGMA trusted_schema=OFF")
    database.execute("PRAGMA cell_size_check=ON")
    give_up = time.monotonic() + _LONGEST_S
    database.set_progress_handler(lambda: time.monotonic() > give_up, 100_000)
    return database


def _entries(database: sqlite3.Connection) -> Iterator[Signed]:
    """Every entry that can be read: one by one, so that a damaged page costs only what is on it."""
    kind = database.execute("SELECT type FROM sqlite_schema WHERE name = 'entry'").fetchone()
    if kind != ("table",):
        raise sqlite3.DatabaseError("there is no table of entries")
    last = _number(database, "SELECT max(seq) FROM entry")
    for seq in range(last + 1):
        try:
            row = database.execute("SELECT payload, signature FROM entry WHERE seq = ?", (seq,)).fetchone()
        except sqlite3.DatabaseError:
            continue
        if row is not None and all(isinstance(part, bytes) for part in row):
            yield _signed(*row)


def _number(database: sqlite3.Connection, statement: str) -> int:
    (number,) = database.execute(statement).fetchone()
    # Each entry takes 100 bytes at the very least.
    return number if isinstance(number, int) and number < MOST_BYTES // 100 else -1


def _signed(payload: bytes, signature: bytes) -> Signed:
    """An entry names the key that it is signed with; one that cannot be read has none, and is not authentic."""
    try:
        return Signed(payload, read_payload(payload).key_id, signature)
    except WireError:
        return Signed(payload, "", signature)


def _damage(found: list[Signed]) -> str:
    return "" if found else "no entry could be read"
