"""What is written in a terminal's journal, read from its disk: also of one that is dark, without touching it."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any, Protocol

from hw_sim.checkers.evidence import StoredEntry
from hw_sim.disk.disk import SimDisk
from loyalty.entries import Entry, read_payload

JOURNAL = Path("/journal.sqlite3")
_ENTRIES = "SELECT seq, payload, signature, hash FROM entry WHERE seq > ? ORDER BY seq"
_HELD = "SELECT lot, points FROM lot_right"


class Readable(Protocol):
    """A connection, as far as it is read from."""

    def execute(self, sql: str, parameters: Any = ..., /) -> Any:
        """Rows."""


class Records:
    """The journal on one disk. `live` is the running process's own connection, None while it is dark."""

    def __init__(self, disk: SimDisk) -> None:
        self._disk = disk
        self.live: Readable | None = None
        self._stored: list[StoredEntry] = []
        self._entries: list[Entry] = []
        self._read_while_dark = False

    def forget(self) -> None:
        """The process ended: what is on the disk now has to be looked at anew."""
        self.live, self._read_while_dark = None, False
        self._stored, self._entries = [], []

    @property
    def stored(self) -> list[StoredEntry]:
        """Every entry as bytes."""
        self._read()
        return self._stored

    @property
    def entries(self) -> list[Entry]:
        """Every entry, decoded once."""
        self._read()
        return self._entries

    def held(self) -> dict[str, int]:
        """What the tables say that is held, by lot."""
        if self.live is not None:
            return dict(self.live.execute(_HELD))
        with _Copy(self._disk) as copy:
            return dict(copy.execute(_HELD)) if copy is not None else {}

    def _read(self) -> None:
        if self.live is not None:
            self._take(self.live)
        elif not self._read_while_dark:
            self._read_while_dark = True
            with _Copy(self._disk) as copy:
                if copy is not None:
                    self._take(copy)

    def _take(self, source: Readable) -> None:
        after = self._stored[-1].seq if self._stored else -1
        for row in source.execute(_ENTRIES, (after,)):
            self._stored.append(StoredEntry(*row))
            self._entries.append(read_payload(row[1]))


def aside_on(disk: SimDisk) -> list[list[StoredEntry]]:
    """The journals that were set aside on a disk."""
    found = []
    for name in disk.names(Path("/")):
        if name.startswith("aside-") and name.endswith(".sqlite3"):
            with _Copy(disk, Path("/") / name) as copy:
                if copy is not None:
                    found.append([StoredEntry(*row) for row in copy.execute(_ENTRIES, (-1,))])
    return found


class _Copy:
    """A connection to a copy of a journal on a disk; None where there is no table to read."""

    def __init__(self, disk: SimDisk, path: Path = JOURNAL) -> None:
        self._disk = disk.clone(random.Random(0))  # noqa: S311 - it decides nothing here
        self._path = path

    def __enter__(self) -> Readable | None:
        if not self._disk.exists(self._path):
            return None
        connection = self._disk.connect(self._path)
        # The copy has no shared memory for its log.
        connection.execute("PRAGMA locking_mode=EXCLUSIVE")
        made = connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'entry'").fetchone()[0]
        return connection if made else None

    def __exit__(self, *_error: object) -> None:
        self._disk.close()
