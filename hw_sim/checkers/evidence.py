"""What the checkers look at: a terminal's journal and the central database, read as files.

Both are copied before they are opened, with their write-ahead logs, so that looking changes nothing.
"""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class StoredEntry:
    """One row of a terminal's journal."""

    seq: int
    payload: bytes
    signature: bytes
    hash: bytes


@contextmanager
def copied(database: Path) -> Iterator[sqlite3.Connection]:
    """A connection to a copy of an SQLite database that nobody writes at this moment."""
    with tempfile.TemporaryDirectory(prefix="tapbon-check-") as directory:
        copy = Path(directory) / database.name
        for suffix in ("", "-wal"):
            part = database.with_name(database.name + suffix)
            if part.exists():
                shutil.copy(part, copy.with_name(copy.name + suffix))
        connection = sqlite3.connect(copy)
        try:
            yield connection
        finally:
            connection.close()


def journal_entries(database: Path) -> tuple[StoredEntry, ...]:
    """Every entry in a terminal's journal; none where the terminal has not begun one."""
    if not database.exists():
        return ()
    with copied(database) as connection:
        rows = connection.execute("SELECT seq, payload, signature, hash FROM entry ORDER BY seq").fetchall()
    return tuple(StoredEntry(*row) for row in rows)
