"""What goes wrong with a simulated disk, and how SQLite's errors are called by the standard library."""

from __future__ import annotations

import sqlite3

import apsw


class DiskFull(OSError):
    """There is no space left for what should be written."""


class DiskFailed(OSError):
    """The medium did not do what was asked."""


class PowerLost(BaseException):
    """The power went in the middle of an operation that was chosen for it.

    No `Exception`: what handles the errors of a disk does not go on without power either.
    """


#: The first kind that fits counts: how the standard library calls it, and SQLite's own number.
_NAMES: tuple[tuple[type[apsw.Error], type[sqlite3.Error], int], ...] = (
    (apsw.ConstraintError, sqlite3.IntegrityError, sqlite3.SQLITE_CONSTRAINT),
    (apsw.MismatchError, sqlite3.IntegrityError, sqlite3.SQLITE_MISMATCH),
    (apsw.CorruptError, sqlite3.DatabaseError, sqlite3.SQLITE_CORRUPT),
    (apsw.NotADBError, sqlite3.DatabaseError, sqlite3.SQLITE_NOTADB),
    (apsw.FullError, sqlite3.OperationalError, sqlite3.SQLITE_FULL),
    (apsw.IOError, sqlite3.OperationalError, sqlite3.SQLITE_IOERR),
    (apsw.BusyError, sqlite3.OperationalError, sqlite3.SQLITE_BUSY),
    (apsw.LockedError, sqlite3.OperationalError, sqlite3.SQLITE_LOCKED),
    (apsw.CantOpenError, sqlite3.OperationalError, sqlite3.SQLITE_CANTOPEN),
    (apsw.ReadOnlyError, sqlite3.OperationalError, sqlite3.SQLITE_READONLY),
    (apsw.SQLError, sqlite3.OperationalError, sqlite3.SQLITE_ERROR),
    (apsw.ConnectionClosedError, sqlite3.ProgrammingError, sqlite3.SQLITE_MISUSE),
    (apsw.CursorClosedError, sqlite3.ProgrammingError, sqlite3.SQLITE_MISUSE),
    (apsw.Error, sqlite3.DatabaseError, sqlite3.SQLITE_INTERNAL),
)


def translated(error: apsw.Error) -> sqlite3.Error:
    """The standard library's error for `error`."""
    kind, number = next((name, number) for known, name, number in _NAMES if isinstance(error, known))
    same = kind(str(error))
    same.sqlite_errorcode = number
    return same
