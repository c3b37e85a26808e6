"""The journal: an entry is on the disk before it is shown, printed or sent.

One connection, used by one thread. It decides what an entry's key, hash and signature are and that
entry and consequences are one transaction; whether something may be redeemed is decided elsewhere.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from firmware.hal.ports import Anchor, Mark
from firmware.journal import acknowledging, consequences, receipts
from firmware.journal.chain import base_seq, hash_of, verified
from firmware.journal.database import Database
from firmware.journal.errors import CannotRecord, DamagedJournal, TooLarge, WrongJournal, recording
from firmware.journal.standing import Standing
from firmware.journal.storage import Connect, Connection, connect_sqlite
from loyalty.entries import (
    ENTRY_VERSION,
    GENESIS,
    Body,
    ClockEvidence,
    Entry,
    EpochBegun,
    entry_hash,
    seal,
)
from loyalty.signing import Signed, SigningKey
from loyalty.wire.codec import MAX_ENTRY_BYTES

#: In `meta` of a journal of which anything can have been sent or shown.
CONFIRMED = "confirmed"


@dataclass(frozen=True)
class EntryKey:
    """What names an entry everywhere."""

    terminal: str
    epoch: int
    seq: int


class Journal:
    """The journal of one terminal and epoch. `standing` says whether it may be written to."""

    def __init__(
        self,
        path: Path,
        *,
        terminal: str,
        key: SigningKey,
        connect: Connect = connect_sqlite,
        anchor: Anchor | None = None,
    ) -> None:
        """Open the journal at `path`, or make it. Raises `CannotRecord` where it cannot be opened."""
        self.terminal = terminal
        self.standing = Standing(anchor)
        #: An entry that was refused because nobody knew whether it was on the disk, and that is there after all.
        self.reappeared: Entry | None = None
        #: The disk did not take what was last tried to be written.
        self.failing = False
        self._key = key
        self._in_doubt: tuple[Entry, bytes] | None = None
        self._epoch: str | None = None
        self._head_seq, self._head = -1, GENESIS
        with recording():
            self._file = Database(path, connect)
            self.database: Connection = self._file
            try:
                self._read_state()
            except BaseException:
                self._file.close()
                raise
        # What a killed process left in the log may be read and not be synced. Where the disk is full, later.
        self._settled = False
        with suppress(CannotRecord):
            self.settle()

    @property
    def has_begun(self) -> bool:
        """Whether there is a first entry."""
        return self._head_seq >= 0

    def begin(
        self,
        *,
        epoch: int,
        clock: ClockEvidence,
        software: str,
        reason: str = "first",
        before: Mark | None = None,
        hardware: str | None = None,
    ) -> None:
        """Begin `epoch` in a new journal; raises `WrongJournal` for one that has begun.

        `reason` is one of `EPOCH_REASONS`, `before` where the journal before this one had ended as far as an
        anchor knows, `hardware` the name of the machine.
        """
        if self.has_begun:
            raise WrongJournal(f"this journal has begun already, with epoch {self._epoch}")
        meta = {"epoch": str(epoch), "terminal": self.terminal, "key_id": self._key.key_id}
        if hardware is not None:
            meta["hardware"] = hardware
        begun = EpochBegun(
            software=software,
            reason=reason,
            before_epoch=None if before is None else before.epoch,
            before_seq=None if before is None else before.seq,
        )

        def write() -> tuple[Entry, bytes]:
            for name, value in meta.items():
                self.write_meta(name, value)
            self._epoch = str(epoch)
            return self._insert(lambda _key: begun, clock=clock, rules="")

        with recording():
            self.settle()
            self._commit(write)
        self.standing.committed(self.mark)

    def check_owner(self) -> None:
        """Raises `WrongJournal` where the file was begun by another terminal or with another key."""
        owner = (self.read_meta("terminal"), self.read_meta("key_id"))
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

    @property
    def head_seq(self) -> int:
        """Sequence number of the last entry; -1 before the first."""
        return self._head_seq

    @property
    def mark(self) -> Mark:
        """The place of the last entry, as an anchor keeps it."""
        return Mark(self.epoch, self._head_seq)

    def confirm(self) -> None:
        """The central system, or the anchor, has confirmed the head: from here on the anchor follows."""
        self.standing.confirmed = True
        with suppress(CannotRecord), recording():
            if self.read_meta(CONFIRMED) is None:
                self.write_meta(CONFIRMED, "1")
        self.standing.committed(self.mark)

    def stop(self, reason: str) -> None:
        """Write nothing more into this journal, also after a start: the next epoch begins for `reason`.

        It is stopped also where that cannot be noted (`CannotRecord`): the next start then finds out again.
        """
        self.standing.stopped = reason
        with recording():
            self.write_meta("stopped", reason)

    def write_hardware(self, hardware: str) -> None:
        """Note the machine that this journal is kept on. Raises `CannotRecord`."""
        with recording():
            self.write_meta("hardware", hardware)

    def append(self, make_body: Callable[[EntryKey], Body], *, clock: ClockEvidence, rules: str) -> Entry:
        """Write one entry and what it does to the rights. When this returns, it is on the disk, and the anchor
        has followed as far as it can.

        `make_body` is given the entry's key, for what is named after it. Raises `NotEnoughRights`,
        `AlreadyRecorded`, `TooLarge` or `CannotRecord`: nothing is written then, as far as anybody can know
        (`reappeared`).
        """
        self.settle()
        self.standing.check(self.mark)
        with self._trying():
            entry = self._commit(lambda: self._insert(make_body, clock=clock, rules=rules))
        self.standing.committed(self.mark)
        return entry

    def try_again(self) -> None:
        """See whether the disk takes something again. Raises `CannotRecord` while it does not."""
        self.settle()
        with self._trying():
            self.write_meta("settled", str(self._head_seq))

    def settle(self) -> None:
        """Find out what is on the disk, if that is in doubt. Raises `CannotRecord` where it cannot be told yet.

        A commit that failed may be on the disk all the same, whole, and be found at the next start. So the
        journal takes no other entry before it has opened the file again, has what it finds there on the disk, and
        has written something after it: what is not there then, never will be. An entry that is there counts as
        recorded. If it was refused meanwhile it is told as `reappeared`, so that it is shown and not repeated.
        """
        if self._settled:
            return
        with self._trying():
            self._file.reopen()
            self._file.make_durable()
            self._read_state()
            # Without something new in the log, the old log may come back with a power cut, and hide what is there.
            self.write_meta("settled", str(self._head_seq))
        if self._in_doubt is not None and self._in_doubt[1] == self._head:
            self.reappeared = self._in_doubt[0]
        self._settled, self._in_doubt = True, None

    @property
    def in_doubt(self) -> bool:
        """Whether it is not known what is on the disk."""
        return not self._settled

    def receipt(self, number: str) -> receipts.KeptReceipt | None:
        """The receipt of this number that was sold here, if the right to reverse it is still here."""
        return receipts.receipt(self.database, number)

    def unacknowledged(self, *, after: int, limit: int) -> tuple[Signed, ...]:
        """Up to `limit` entries that follow entry `after` and are not acknowledged.

        None while it is in doubt what is on the disk, or whether this journal is the newest: what was sent up can
        not be taken back.
        """
        if self.in_doubt or not self.standing.confirmed:
            return ()
        rows = acknowledging.waiting(self.database, after=after, limit=limit)
        return tuple(Signed(payload, self._key.key_id, signature) for payload, signature in rows)

    @property
    def acknowledged_seq(self) -> int:
        """The last entry that the central system has committed; -1 for none."""
        return acknowledging.acknowledged_seq(self.database)

    @property
    def generation(self) -> int:
        """The newest generation of the central system that was heard of."""
        return acknowledging.generation(self.database)

    def acknowledge(self, *, seq: int, head: bytes, generation: int = 0, falls_back: bool = False) -> None:
        """The central system of `generation` has committed all up to `seq`; see `acknowledging.acknowledge`."""
        acknowledging.acknowledge(self.database, seq=seq, head=head, heard=generation, falls_back=falls_back)

    def entries(self, *, after: int = -1, limit: int = -1) -> Iterator[Entry]:
        """The entries that follow entry `after` (-1: from the first that is kept), each with its signature and its
        place in the chain checked. Raises `DamagedJournal`, and as `chain.verified` does.
        """
        with recording():
            after = max(after, base_seq(self.database))
            head = hash_of(self.database, after)
        if head is None:
            raise DamagedJournal(f"entry {after} is missing")
        yield from verified(self.database, key=self._key, after=after, head=head, limit=limit)

    @property
    def closed(self) -> bool:
        """Whether the database was closed."""
        return self._file.closed

    def close(self) -> None:
        """Close the database."""
        self._file.close()

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
        if len(sealed.payload) > MAX_ENTRY_BYTES:
            raise TooLarge(f"an entry of {len(sealed.payload)} bytes; at most {MAX_ENTRY_BYTES} can be sent")
        digest = entry_hash(sealed.payload)
        self.database.execute(
            "INSERT INTO entry VALUES (?, ?, ?, ?)", (key.seq, sealed.payload, sealed.signature, digest)
        )
        consequences.apply(entry.body, self.database, key.seq, clock.wall_ms)
        return entry, digest

    def read_meta(self, name: str) -> str | None:
        """One of the small facts that are kept beside the entries."""
        row = self.database.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return str(row[0]) if row is not None else None

    def write_meta(self, name: str, value: str) -> None:
        """Keep a small fact. Raises `sqlite3.Error`."""
        self.database.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))

    def _read_state(self) -> None:
        self._epoch = self.read_meta("epoch")
        self.standing.stopped = self.read_meta("stopped") or self.standing.stopped
        row = self.database.execute("SELECT seq, hash FROM entry ORDER BY seq DESC LIMIT 1").fetchone()
        self._head_seq, self._head = (row[0], row[1]) if row is not None else (-1, GENESIS)

    def _commit(self, write: Callable[[], tuple[Entry, bytes]]) -> Entry:
        self.database.execute("BEGIN IMMEDIATE")
        try:
            entry, digest = write()
        except BaseException:
            self._roll_back()
            raise
        try:
            self.database.execute("COMMIT")
        except sqlite3.Error:
            self._in_doubt, self._settled = (entry, digest), False
            self.settle()
            if self._head != digest:
                raise
            # It is there: this is the one who asked for it, so there is nobody to be told later.
            self.reappeared = None
        self._head_seq, self._head = entry.seq, digest
        return entry

    @contextmanager
    def _trying(self) -> Iterator[None]:
        try:
            with recording():
                yield
        except CannotRecord:
            self.failing = True
            raise
        self.failing = False

    def _roll_back(self) -> None:
        # A full disk may have rolled back by itself.
        if not self.database.in_transaction:
            return
        try:
            self.database.execute("ROLLBACK")
        except sqlite3.Error:
            self._settled = False
