"""How long entries are kept: until they were acknowledged for 35 days, and longer while the time is not known.

A central system that is restored from a backup has them again from here, so its backups must be younger than
that. What goes is the entry; what it did to the rights stays, and the chain goes on from the hash of the last one
that went. The entry of a receipt that can still be reversed here is read again then: it stays, and so do all
after it.
"""

from __future__ import annotations

import sqlite3
from contextlib import suppress

from firmware.journal.chain import base_seq, hash_of
from firmware.journal.errors import recording
from firmware.journal.journal import Journal

KEEP_DAYS = 35
_DAY_MS = 86_400_000


def note_day(journal: Journal, *, now_ms: int) -> None:
    """Note how far the journal is acknowledged on the day of `now_ms`. Raises `CannotRecord`."""
    day, seq = now_ms // _DAY_MS, journal.acknowledged_seq
    with recording():
        # What a restored central system has lost was not acknowledged on any day.
        journal.database.execute("DELETE FROM acknowledged_on WHERE seq > ?", (seq,))
        journal.database.execute("INSERT OR REPLACE INTO acknowledged_on VALUES (?, ?)", (day, seq))


def prune(journal: Journal, *, now_ms: int, limit: int = 200) -> int:
    """Let at most `limit` entries go that were acknowledged 35 days ago and since; how many went.

    The head stays, whatever its age. Raises `CannotRecord`: nothing went then.
    """
    database, last_day = journal.database, now_ms // _DAY_MS - KEEP_DAYS
    with recording():
        known = database.execute("SELECT max(seq) FROM acknowledged_on WHERE day < ?", (last_day,)).fetchone()[0]
        before = base_seq(database)
        receipt = database.execute("SELECT min(seq) FROM receipt WHERE here = 1").fetchone()[0]
        upto = min(
            -1 if known is None else int(known),
            journal.acknowledged_seq,
            journal.head_seq - 1 if receipt is None else receipt - 1,
            before + limit,
        )
        if upto <= before:
            return 0
        database.execute("BEGIN IMMEDIATE")
        try:
            database.execute("UPDATE base SET seq = ?, hash = ?", (upto, hash_of(database, upto)))
            database.execute("DELETE FROM entry WHERE seq <= ?", (upto,))
            database.execute("DELETE FROM acknowledged_on WHERE seq < ?", (upto,))
            database.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):
                if database.in_transaction:
                    database.execute("ROLLBACK")
            raise
    return upto - before
