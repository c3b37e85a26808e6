"""The journal's connection to its database: it can be opened anew, and nobody who reads through it notices.

After an error at a commit nobody knows what is on the disk. Only a file that was opened again, and whose
log was taken over into it and synced, can be believed (see `Journal.settle`).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from firmware.journal import schema
from firmware.journal.storage import Connect, Connection, Rows


class Database:
    """See the module; a `Connection` by itself. All methods raise `sqlite3.Error`."""

    def __init__(self, path: Path, connect: Connect) -> None:
        self._path = path
        self._connect = connect
        self._connection: Connection | None = schema.connect(path, connect)
        self.closed = False

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""
        return self._connection is not None and self._connection.in_transaction

    def execute(self, sql: str, parameters: Sequence[Any] = (), /) -> Rows:
        """Carry out one statement."""
        return self._opened().execute(sql, parameters)

    def executemany(self, sql: str, parameters: Iterable[Sequence[Any]], /) -> Rows:
        """Carry out one statement for each of `parameters`."""
        return self._opened().executemany(sql, parameters)

    def executescript(self, sql: str, /) -> Rows:
        """Carry out several statements."""
        return self._opened().executescript(sql)

    def close(self) -> None:
        """Close the connection for good."""
        self.closed = True
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def reopen(self) -> None:
        """Close the connection and open the file again: what was kept in memory of it is forgotten."""
        if self._connection is not None:
            with suppress(sqlite3.Error):
                self._connection.close()
        self._connection = None
        self._opened()

    def make_durable(self) -> None:
        """Let everything that can be read be on the disk, in the database itself, when this returns.

        What was recovered from the log of a process that was killed may not have been synced; and of what a
        sync failed to write, another sync says nothing. Here it is written anew.
        """
        busy = self.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        if busy:
            raise sqlite3.OperationalError("the log cannot be taken over into the database")

    def _opened(self) -> Connection:
        if self.closed:
            raise sqlite3.ProgrammingError("the journal was closed")
        if self._connection is None:
            self._connection = schema.connect(self._path, self._connect)
        return self._connection
