"""The journal: an entry is on the disk before it is shown, printed or sent.

One connection, used by one thread. It decides what an entry's key, hash and signature are and that
entry and consequences are one transaction; whether something may be redeemed is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from firmware.journal import consequences, receipts, schema
from firmware.journal.errors import HeadMismatch, WrongJournal, recording
from firmware.journal.storage import Connect, connect_sqlite
from loyalty.entries import (
    ENTRY_VERSION,
    GENESIS,
    Body,
    ClockEvidence,
    Entry,
    EpochBegun,
    check_follows,
    entry_hash,
    open_sealed,
    seal,
)
from loyalty.errors import ChainError
from loyalty.signing import Signed, SigningKey


@dataclass(frozen=True)
class EntryKey:
    """What names an entry everywhere."""

    terminal: str
    epoch: int
    seq: int


class Journal:
    """The journal of one terminal and epoch."""

    def __init__(self, path: Path, *, terminal: str, key: SigningKey, connect: Connect = connect_sqlite) -> None:
        """Open the journal at `path`, or make it. Raises `CannotRecord` where it cannot be opened."""
        self.terminal = terminal
        self._key = key
        with recording():
            self.database = schema.connect(path, connect)
            self._epoch = self._meta("epoch")
            self._head_seq, self._head = self._read_head()

    @property
    def has_begun(self) -> bool:
        """Whether there is a first entry."""
        return self._head_seq >= 0

    def begin(self, *, epoch: int, clock: ClockEvidence, software: str) -> None:
        """Begin `epoch` in a new journal; raises `WrongJournal` for one that has begun."""
        if self.has_begun:
            raise WrongJournal(f"this journal has begun already, with epoch {self._epoch}")
        with recording(), self._transaction():
            for name, value in (("epoch", str(epoch)), ("terminal", self.terminal), ("key_id", self._key.key_id)):
                self.database.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))
            self._epoch = str(epoch)
            self._insert(lambda _key: EpochBegun(software=software), clock=clock, rules="")
        self._head_seq, self._head = self._read_head()

    def check_owner(self) -> None:
        """Raises `WrongJournal` where the file was begun by another terminal or with another key."""
        owner = (self._meta("terminal"), self._meta("key_id"))
        if owner != (self.terminal, self._key.key_id):
            raise WrongJournal(f"this journal belongs to terminal {owner[0]} and key {owner[1]}")

    @property
    def epoch(self) -> int:
        """The epoch of this journal; raises `WrongJournal` before it has begun."""
        if self._epoch is None:
            raise WrongJournal("this journal has not begun")
        return int(self._epoch)

    @property
    def head(self) -> tuple[int, bytes]:
        """Sequence number and hash of the last entry; (-1, zeros) before the first."""
        return self._head_seq, self._head

    def append(self, make_body: Callable[[EntryKey], Body], *, clock: ClockEvidence, rules: str) -> Entry:
        """Write one entry and what it does to the rights. When this returns, it is on the disk.

        `make_body` is given the entry's key, for what is named after it. Raises `NotEnoughRights`,
        `AlreadyRecorded` or `CannotRecord`; nothing is written then.
        """
        with recording(), self._transaction():
            entry, sealed_hash = self._insert(make_body, clock=clock, rules=rules)
        self._head_seq, self._head = entry.seq, sealed_hash
        return entry

    def receipt(self, number: str) -> receipts.KeptReceipt | None:
        """The receipt of this number that was sold here, if the right to reverse it is still here."""
        return receipts.receipt(self.database, number)

    def unacknowledged(self, *, after: int, limit: int) -> tuple[Signed, ...]:
        """Up to `limit` entries that follow entry `after` and are not acknowledged."""
        rows = self.database.execute(
            "SELECT payload, signature FROM entry WHERE seq > max(?, (SELECT seq FROM acknowledged))"
            " ORDER BY seq LIMIT ?",
            (after, limit),
        )
        return tuple(Signed(payload, self._key.key_id, signature) for payload, signature in rows)

    @property
    def acknowledged_seq(self) -> int:
        """The last entry that the central system has committed; -1 for none."""
        return int(self.database.execute("SELECT seq FROM acknowledged").fetchone()[0])

    def acknowledge(self, *, seq: int, head: bytes) -> None:
        """The central system has committed all up to `seq`. An older word changes nothing.

        Raises `HeadMismatch` where `seq` is not here or has another hash.
        """
        if seq < 0:
            return
        row = self.database.execute("SELECT hash FROM entry WHERE seq = ?", (seq,)).fetchone()
        if row is None or row[0] != head:
            raise HeadMismatch(f"the central system acknowledges an entry {seq} that is not in this journal")
        with recording():
            self.database.execute("UPDATE acknowledged SET seq = max(seq, ?)", (seq,))

    def entries(self) -> Iterator[Entry]:
        """Every entry from the first, its signature and place in the chain checked.

        Raises `SignatureError`, `WireError` or `ChainError` at the first that is not right, and
        `CannotRecord` where the file itself is damaged.
        """
        seq, head = -1, GENESIS
        with recording():
            rows = self.database.execute("SELECT seq, payload, signature, hash FROM entry ORDER BY seq")
            for stored_seq, payload, signature, stored_hash in rows:
                if not (isinstance(payload, bytes) and isinstance(signature, bytes)):
                    raise ChainError(f"entry {stored_seq} is not whole")
                entry = open_sealed(Signed(payload, self._key.key_id, signature), public=self._key.public)
                check_follows(entry, head_seq=seq, head=head)
                seq, head = entry.seq, entry_hash(payload)
                if (stored_seq, stored_hash) != (seq, head):
                    raise ChainError(f"entry {stored_seq} is stored under another number or hash")
                yield entry

    def close(self) -> None:
        """Close the database."""
        self.database.close()

    def _insert(
        self, make_body: Callable[[EntryKey], Body], *, clock: ClockEvidence, rules: str
    ) -> tuple[Entry, bytes]:
        # The head that was read at opening stays right: this process alone has the database.
        seq, head = self._head_seq, self._head
        key = EntryKey(self.terminal, self.epoch, seq + 1)
        entry = Entry(
            v=ENTRY_VERSION,
            terminal=key.terminal,
            epoch=key.epoch,
            seq=key.seq,
            key_id=self._key.key_id,
            prev=head,
            clock=clock,
            rules=rules,
            body=make_body(key),
        )
        sealed = seal(entry, self._key)
        digest = entry_hash(sealed.payload)
        self.database.execute(
            "INSERT INTO entry VALUES (?, ?, ?, ?)", (key.seq, sealed.payload, sealed.signature, digest)
        )
        consequences.apply(entry.body, self.database, key.seq, clock.wall_ms)
        return entry, digest

    def _read_head(self) -> tuple[int, bytes]:
        row = self.database.execute("SELECT seq, hash FROM entry ORDER BY seq DESC LIMIT 1").fetchone()
        return (row[0], row[1]) if row is not None else (-1, GENESIS)

    def _meta(self, name: str) -> str | None:
        row = self.database.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return row[0] if row is not None else None

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self.database.execute("BEGIN IMMEDIATE")
        try:
            yield
            self.database.execute("COMMIT")
        except BaseException:
            # A full disk may have rolled back by itself.
            if self.database.in_transaction:
                self.database.execute("ROLLBACK")
            raise
