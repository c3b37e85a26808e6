"""A connection to a database on a simulated disk, with the part of `sqlite3` that the journal uses."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

import apsw

from hw_sim.disk.errors import PowerLost, translated

T = TypeVar("T")


class SimRows:
    """What a statement gave, all of it: nothing is left open for a power cut to find."""

    def __init__(self, rows: list[Any], *, rowcount: int) -> None:
        self._rows = iter(rows)
        self.rowcount = rowcount

    def fetchone(self) -> Any:
        """The next row, or None."""
        return next(self._rows, None)

    def fetchall(self) -> list[Any]:
        """All rows that are left."""
        return list(self._rows)

    def __iter__(self) -> Iterator[Any]:
        return self._rows


class SimConnection:
    """See the module. `is_off` tells whether the power has gone: then whoever asks goes with it."""

    def __init__(self, path: str, *, vfs: str, is_off: Callable[[], bool]) -> None:
        self._is_off = is_off
        self.is_closed = False
        self._apsw = self._guarded(lambda: apsw.Connection(path, vfs=vfs))

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""
        return self._apsw.in_transaction

    def execute(self, sql: str, parameters: Sequence[Any] = (), /) -> SimRows:
        """Carry out one statement, or several."""
        rows = self._guarded(lambda: list(self._apsw.execute(sql, parameters or None)))
        return SimRows(rows, rowcount=self._apsw.changes())

    def executemany(self, sql: str, parameters: Iterable[Sequence[Any]], /) -> SimRows:
        """Carry out one statement for each of `parameters`."""
        return SimRows(self._guarded(lambda: list(self._apsw.executemany(sql, parameters))), rowcount=-1)

    def executescript(self, sql: str, /) -> SimRows:
        """Carry out several statements."""
        return self.execute(sql)

    def close(self) -> None:
        """End the connection."""
        self._guarded(self._apsw.close)
        self.is_closed = True

    def abandon(self) -> None:
        """The process that had this connection is no more."""
        with suppress(apsw.Error), _ignored_errors_are_silent():
            self._apsw.close(True)

    def _guarded(self, call: Callable[[], T]) -> T:
        try:
            with _ignored_errors_are_silent():
                result = call()
        except apsw.Error as error:
            if self._is_off():
                raise PowerLost from error
            raise translated(error) from error
        except TypeError as error:
            # What is no value of a database: the standard library calls it so.
            raise sqlite3.ProgrammingError(str(error)) from error
        if self._is_off():
            # SQLite goes on without some of its operations, nobody goes on without power.
            raise PowerLost
        return result


@contextmanager
def _ignored_errors_are_silent() -> Iterator[None]:
    """An error of the disk that SQLite ignores (it goes on without it) is not told as one of Python."""
    told, sys.unraisablehook = sys.unraisablehook, _only_errors_of_our_own
    try:
        yield
    finally:
        sys.unraisablehook = told


def _only_errors_of_our_own(unraisable: sys.UnraisableHookArgs) -> None:
    if not isinstance(unraisable.exc_value, apsw.Error):
        sys.__unraisablehook__(unraisable)
