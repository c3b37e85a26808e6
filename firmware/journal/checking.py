"""Whether a journal's file is damaged: as much as the start has time for, and the rest in idle moments."""

from __future__ import annotations

import sqlite3

from firmware.journal.chain import base_seq
from firmware.journal.errors import CannotRecord, DamagedJournal, recording
from firmware.journal.journal import Journal
from firmware.journal.schema import TABLES
from loyalty.errors import LoyaltyError

#: How many of the last entries are verified before anything is written behind them.
TAIL = 300
#: Tables that grow with each entry; reading the entries one by one finds what is wrong with the first of them.
_LARGE = ("entry", "spend", "change", "taken_grant")
#: What SQLite says of a file that is damaged, and not of a disk that fails or is full, or of a file that is in use.
_DAMAGE = frozenset(
    {
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_NOTADB,
        sqlite3.SQLITE_ERROR,
        sqlite3.SQLITE_FORMAT,
        sqlite3.SQLITE_MISMATCH,
    }
)


def check_at_start(journal: Journal) -> None:
    """Look at the rights' tables and at the end of the chain. Raises as `IdleCheck.go_on` does."""
    with recording():
        tables = journal.database.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name"
        ).fetchall()
        if missing := TABLES - {table for (table,) in tables}:
            raise DamagedJournal(f"tables are missing: {', '.join(sorted(missing))}")
        for (table,) in tables:
            if table not in _LARGE:
                _quick_check(journal, table)
    for _entry in journal.entries(after=max(-1, journal.head[0] - TAIL)):
        pass


def is_damage(error: BaseException) -> bool:
    """Whether `error` says that the journal's file or chain is damaged, and not that the disk fails just now."""
    if isinstance(error, (DamagedJournal, LoyaltyError)):
        return True
    cause = error.__cause__
    if not isinstance(error, CannotRecord) or isinstance(cause, sqlite3.NotSupportedError):
        return False
    if isinstance(cause, sqlite3.Error):
        return (getattr(cause, "sqlite_errorcode", 0) or 0) & 0xFF in _DAMAGE
    return isinstance(cause, UnicodeDecodeError)


class IdleCheck:
    """Goes through the whole chain of a journal once, a few entries at a time."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._checked = base_seq(journal.database)
        # What is written from now on was not damaged before.
        self._last = journal.head[0]

    @property
    def complete(self) -> bool:
        """Whether all was looked at."""
        return self._checked >= self._last

    def go_on(self, *, limit: int = 4) -> None:
        """Look at the next entries. Raises `LoyaltyError`, `DamagedJournal` or `CannotRecord` for what is damaged."""
        if self.complete:
            return
        before = self._checked
        for entry in self._journal.entries(after=self._checked, limit=limit):
            self._checked = entry.seq
        if self._checked == before:
            raise DamagedJournal(f"entry {before + 1} is missing")


def _quick_check(journal: Journal, table: str) -> None:
    rows = journal.database.execute(f'PRAGMA quick_check("{table}")').fetchall()
    if rows != [("ok",)]:
        raise DamagedJournal(f"the table {table} is damaged")
