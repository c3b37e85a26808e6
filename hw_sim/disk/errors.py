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


#: The first kind that fits counts.
_NAMES: tuple[tuple[type[apsw.Error], type[sqlite3.Error]], ...] = (
    (apsw.ConstraintError, sqlite3.IntegrityError),
    (apsw.MismatchError, sqlite3.IntegrityError),
    (apsw.CorruptError, sqlite3.DatabaseError),
    (apsw.NotADBError, sqlite3.DatabaseError),
    (apsw.FullError, sqlite3.OperationalError),
    (apsw.IOError, sqlite3.OperationalError),
    (apsw.BusyError, sqlite3.OperationalError),
    (apsw.LockedError, sqlite3.OperationalError),
    (apsw.CantOpenError, sqlite3.OperationalError),
    (apsw.ReadOnlyError, sqlite3.OperationalError),
    (apsw.SQLError, sqlite3.OperationalError),
    (apsw.ConnectionClosedError, sqlite3.ProgrammingError),
    (apsw.CursorClosedError, sqlite3.ProgrammingError),
    (apsw.Error, sqlite3.DatabaseError),
)


def translated(error: apsw.Error) -> sqlite3.Error:
    """The standard library's error for `error`."""
    kind = next(name for known, name in _NAMES if isinstance(error, known))
    same = kind(str(error))
    same.sqlite_errorcode = getattr(error, "extendedresult", apsw.SQLITE_ERROR)
    return same
