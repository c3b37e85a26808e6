"""What of a journal the central system has committed, in which of its generations (ADR 0018)."""

from __future__ import annotations

import sqlite3
from contextlib import suppress

from firmware.journal.chain import hash_of
from firmware.journal.errors import HeadMismatch, recording
from firmware.journal.storage import Connection

_SET = "UPDATE acknowledged SET seq = ?"


def waiting(database: Connection, *, after: int, limit: int) -> list[tuple[bytes, bytes]]:
    """Payload and signature of up to `limit` entries that follow entry `after` and are not acknowledged."""
    rows = database.execute(
        "SELECT payload, signature FROM entry WHERE seq > max(?, (SELECT seq FROM acknowledged)) ORDER BY seq LIMIT ?",
        (after, limit),
    )
    return rows.fetchall()


def acknowledged_seq(database: Connection) -> int:
    """The last entry that the central system has committed; -1 for none."""
    return int(database.execute("SELECT seq FROM acknowledged").fetchone()[0])


def generation(database: Connection) -> int:
    """The newest generation of the central system that was heard of."""
    row = database.execute("SELECT value FROM meta WHERE name = 'generation'").fetchone()
    return 0 if row is None else int(row[0])


def acknowledge(database: Connection, *, seq: int, head: bytes, heard: int, falls_back: bool) -> None:
    """The central system of generation `heard` has committed all up to `seq`. An older word changes nothing.

    The first word of a newer generation counts whatever was acknowledged before, and so does one that is
    known to be newer than what it takes back (`falls_back`). Raises `HeadMismatch` where `seq` is not here or
    has another hash, and `CannotRecord`.
    """
    known = generation(database)
    if heard < known:
        return
    if seq >= 0 and hash_of(database, seq) != head:
        raise HeadMismatch(f"the central system acknowledges an entry {seq} that is not in this journal")
    with recording():
        if heard > known:
            _begin_generation(database, heard, seq)
        elif falls_back or seq > acknowledged_seq(database):
            database.execute(_SET, (seq,))


def _begin_generation(database: Connection, heard: int, seq: int) -> None:
    database.execute("BEGIN IMMEDIATE")
    try:
        database.execute("INSERT OR REPLACE INTO meta VALUES ('generation', ?)", (str(heard),))
        database.execute(_SET, (seq,))
        database.execute("COMMIT")
    except BaseException:
        with suppress(sqlite3.Error):
            if database.in_transaction:
                database.execute("ROLLBACK")
        raise
