"""What a journal needs of the disk below it: database connections, and a few small files written whole.

A terminal has `RealDisk`. The simulator puts a disk of its own in its place, which forgets what was not
synced. The types of a connection are the part of `sqlite3` that the journal uses.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

from firmware.journal.durable import sync_directory, write_durably


class Rows(Protocol):
    """What a statement gave."""

    @property
    def rowcount(self) -> int:
        """How many rows the statement changed."""

    def fetchone(self) -> Any:
        """The next row, or None."""

    def fetchall(self) -> list[Any]:
        """All rows that are left."""

    def __iter__(self) -> Iterator[Any]: ...


class Connection(Protocol):
    """One connection to an SQLite database, without a transaction of its own accord. Raises `sqlite3.Error`."""

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""

    def execute(self, sql: str, parameters: Sequence[Any] = ..., /) -> Rows:
        """Carry out one statement."""

    def executemany(self, sql: str, parameters: Iterable[Sequence[Any]], /) -> Rows:
        """Carry out one statement for each of `parameters`."""

    def executescript(self, sql: str, /) -> Rows:
        """Carry out several statements."""

    def close(self) -> None:
        """End the connection; calling it again does nothing."""


Connect = Callable[[Path], Connection]


class Storage(Protocol):
    """A disk. `write` and `rename` are durable when they return; all raise `OSError`, `connect` `sqlite3.Error`."""

    def connect(self, path: Path) -> Connection:
        """The database at `path`, made if it is not there."""

    def exists(self, path: Path) -> bool:
        """Whether there is a file of this name."""

    def read(self, path: Path) -> bytes:
        """The whole file; raises `FileNotFoundError`."""

    def write(self, path: Path, data: bytes) -> None:
        """Write a file whole or not at all."""

    def rename(self, old: Path, new: Path) -> None:
        """Rename a file, replacing what has the new name."""

    def remove(self, path: Path) -> None:
        """Remove a file that may not be there."""

    def names(self, directory: Path) -> list[str]:
        """The names of the files in `directory`, sorted."""


def connect_sqlite(path: Path) -> sqlite3.Connection:
    """A connection of the standard library, in autocommit mode."""
    return sqlite3.connect(path, isolation_level=None, timeout=5)


class RealDisk:
    """The machine's own file system."""

    def connect(self, path: Path) -> Connection:
        """See `Storage`."""
        return connect_sqlite(path)

    def exists(self, path: Path) -> bool:
        """See `Storage`."""
        return path.exists()

    def read(self, path: Path) -> bytes:
        """See `Storage`."""
        return path.read_bytes()

    def write(self, path: Path, data: bytes) -> None:
        """See `Storage`."""
        write_durably(path, data)

    def rename(self, old: Path, new: Path) -> None:
        """See `Storage`."""
        os.replace(old, new)
        sync_directory(new.parent)

    def remove(self, path: Path) -> None:
        """See `Storage`."""
        path.unlink(missing_ok=True)
        sync_directory(path.parent)

    def names(self, directory: Path) -> list[str]:
        """See `Storage`."""
        return sorted(entry.name for entry in directory.iterdir() if entry.is_file())
