"""Journals that were set aside: their files stay, and what was not acknowledged of them is sent up (ADR 0018).

An entry is genuine by its signature and its place, so nothing of the file is trusted besides. Entries behind
a damaged one cannot be applied; they stay in the file, and an alarm says so.
"""

from __future__ import annotations

import re
import sqlite3
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from firmware.journal.errors import HeadMismatch
from firmware.journal.journal import CONFIRMED
from firmware.journal.storage import Connection, Storage
from loyalty.entries import Entry, entry_hash, open_sealed
from loyalty.errors import LoyaltyError
from loyalty.signing import Signed, SigningKey

_NAME = re.compile(r"aside-\d{4}-[a-z_]+\.sqlite3")
#: An SQLite database is these files, the database itself last: with it, setting aside is complete.
PARTS = ("-wal", "-shm", "-journal", "")
#: So many places without an entry that can be read: there is nothing behind them.
_GIVE_UP = 300


def fresh_name(storage: Storage, directory: Path, reason: str) -> str:
    """A name that no file in `directory` has."""
    taken = sum(1 for name in storage.names(directory) if _NAME.fullmatch(name))
    return f"aside-{taken + 1:04d}-{reason}.sqlite3"


def names(storage: Storage, directory: Path) -> list[str]:
    """The journals that were set aside, oldest first."""
    return [name for name in storage.names(directory) if _NAME.fullmatch(name)]


def not_done(
    storage: Storage, directory: Path, every: list[str], *, key: SigningKey, generation: int
) -> tuple[OldJournal, ...]:
    """Those of the journals that the central system of `generation` may lack something of."""
    return tuple(
        OldJournal(storage, directory, name, key=key, generation=generation)
        for name in every
        if _done_in(storage, directory / name) < generation
    )


def _done_in(storage: Storage, path: Path) -> int:
    """The newest generation that has all of the journal at `path`; -1 for none."""
    try:
        return int(storage.read(_done_path(path)))
    except (OSError, ValueError):
        return -1


def _done_path(path: Path) -> Path:
    return path.with_name(path.name + ".done")


@dataclass(frozen=True)
class Damage:
    """What cannot be read of a journal: entry `seq` (None: the whole file); `behind`: how many places come after."""

    name: str
    seq: int | None
    behind: int = 0


class OldJournal:
    """One journal that was set aside, as an outbox sees it. Nothing is read before it is to be sent."""

    def __init__(self, storage: Storage, directory: Path, name: str, *, key: SigningKey, generation: int = 0) -> None:
        self.name = name
        self.damage: Damage | None = None
        #: The newest generation that the terminal knows; whoever sends keeps it up to date.
        self.generation = generation
        self.acknowledged_seq = -1
        self._storage = storage
        self._path = directory / name
        self._key = key
        self._database: Connection | None = None
        self._epoch = -1
        self._first, self._last = 0, -1
        self._is_blank = False

    def open(self) -> bool:
        """Open the file and find out which journal it is; False where nothing of it can be read."""
        if self._database is not None:
            return self._epoch >= 0
        try:
            self._database = self._storage.connect(self._path)
            self._database.execute("PRAGMA locking_mode=EXCLUSIVE")
            self._last = self._find_last()
            self._first = self._find_first()
            self.acknowledged_seq = self._first - 1
            # Its epoch may be another journal's: it was not confirmed, and so has nothing but its beginning.
            self._is_blank = self._last == 0 and not self._was_confirmed()
        except (sqlite3.Error, UnicodeDecodeError):
            self._last = -1
        readable = (self._entry(seq) for seq in range(self._first, self._last + 1))
        self._epoch = next((found[0].epoch for found in readable if found is not None), -1)
        if self._epoch < 0:
            self.damage = Damage(self.name, None)
        return self._epoch >= 0

    def close(self) -> None:
        """Close the file."""
        if self._database is not None:
            with suppress(sqlite3.Error):
                self._database.close()
            self._database = None

    @property
    def epoch(self) -> int:
        """The epoch of its entries; -1 where none can be read."""
        return self._epoch

    @property
    def head_seq(self) -> int:
        """Its last entry."""
        return self._last

    def unacknowledged(self, *, after: int, limit: int) -> tuple[Signed, ...]:
        """Up to `limit` entries that follow entry `after`. One that cannot be read ends them (`damage`)."""
        signed: list[Signed] = []
        for seq in range(max(after, self.acknowledged_seq) + 1, self._last + 1):
            found = self._entry(seq) if len(signed) < limit else None
            if found is None:
                if len(signed) < limit:
                    self.damage = Damage(self.name, seq, self._last - seq)
                break
            signed.append(found[1])
        return tuple(signed)

    def acknowledge(self, *, seq: int, head: bytes, generation: int = 0, falls_back: bool = False) -> None:
        """The central system has all up to `seq`. Raises `HeadMismatch` where it has another entry there."""
        known = self._entry(seq)
        if known is not None and entry_hash(known[1].payload) != head:
            raise HeadMismatch(f"the central system has another entry {seq} of epoch {self.epoch}")
        if generation < self.generation:
            return
        self.generation, newer = generation, generation > self.generation
        self.acknowledged_seq = seq if falls_back or newer else max(seq, self.acknowledged_seq)

    @property
    def is_done(self) -> bool:
        """Whether the central system has all of it, or there is nothing to have."""
        return self._is_blank or 0 <= self._last <= self.acknowledged_seq

    def note_done(self) -> None:
        """Note that the central system of this generation has it. Raises `OSError`."""
        self._storage.write(_done_path(self._path), b"%d\n" % self.generation)

    def _entry(self, seq: int) -> tuple[Entry, Signed] | None:
        """The entry in place `seq`, if it is there and genuine."""
        if self._database is None:
            return None
        try:
            row = self._database.execute("SELECT payload, signature FROM entry WHERE seq = ?", (seq,)).fetchone()
            signed = None if row is None else Signed(row[0], self._key.key_id, row[1])
            entry = None if signed is None else open_sealed(signed, public=self._key.public)
        except (sqlite3.Error, UnicodeDecodeError, LoyaltyError, TypeError):
            return None
        return (entry, signed) if entry is not None and signed is not None and entry.seq == seq else None

    def _was_confirmed(self) -> bool:
        if self._database is None:
            return False
        row = self._database.execute("SELECT 1 FROM meta WHERE name = ?", (CONFIRMED,)).fetchone()
        return row is not None

    def _find_first(self) -> int:
        """The first place that has an entry: those before were acknowledged long ago, and are gone."""
        if self._database is None:
            return 0
        try:
            return int(self._database.execute("SELECT seq FROM base").fetchone()[0]) + 1
        except (sqlite3.Error, UnicodeDecodeError, TypeError):
            return 0

    def _find_last(self) -> int:
        """The last place that has an entry, also where the way there is damaged."""
        if self._database is None:
            return -1
        try:
            last = self._database.execute("SELECT max(seq) FROM entry").fetchone()[0]
            return -1 if last is None else int(last)
        except (sqlite3.Error, UnicodeDecodeError):
            pass
        last, seq = -1, self._find_first()
        while seq - last <= _GIVE_UP:
            if self._entry(seq) is not None:
                last = seq
            seq += 1
        return last
