"""Where a terminal's process ends: at a drawn one of the moments at which it touches the world outside.

Those moments are every reading of a clock, every id that it makes, every statement and commit of its database
(before and after), every message and every word to its devices: all places between the effects of the state
machine and inside them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any

from firmware.journal.storage import Connection, Rows
from hw_sim.disk.errors import PowerLost


class Fuse:
    """Blows at the moment that was drawn; then nothing of this process has any effect."""

    def __init__(self) -> None:
        self._left: int | None = None
        self.blown = False

    def light(self, moments: int) -> None:
        """The process ends at the `moments`th moment from now."""
        self._left = moments

    def put_out(self) -> None:
        """It does not end after all."""
        self._left = None

    def blow(self) -> None:
        """It ends now, between two events."""
        self._left, self.blown = None, True

    def burn(self) -> None:
        """One moment; raises `PowerLost` at the drawn one, and ever after."""
        if self._left is not None:
            self._left -= 1
            if self._left <= 0:
                self.blow()
        if self.blown:
            raise PowerLost

    def __call__(self) -> None:
        self.burn()


class FusedConnection:
    """A journal's connection: the process may end before each statement, and after it."""

    def __init__(self, connection: Connection, fuse: Fuse) -> None:
        self._connection = connection
        self._fuse = fuse

    @property
    def in_transaction(self) -> bool:
        """See `Connection`."""
        return self._connection.in_transaction

    def execute(self, sql: str, parameters: Sequence[Any] = (), /) -> Rows:
        """See `Connection`."""
        self._fuse.burn()
        rows = self._connection.execute(sql, parameters)
        self._fuse.burn()
        return rows

    def executemany(self, sql: str, parameters: Iterable[Sequence[Any]], /) -> Rows:
        """See `Connection`."""
        self._fuse.burn()
        return self._connection.executemany(sql, parameters)

    def executescript(self, sql: str, /) -> Rows:
        """See `Connection`."""
        self._fuse.burn()
        return self._connection.executescript(sql)

    def close(self) -> None:
        """See `Connection`. A log that cannot be taken over into the database stays, unsaid."""
        with suppress(sqlite3.Error):
            self._connection.close()
