"""A batch of a terminal's journal: which entries are applied, in which order, and what is kept aside.

An entry is applied once, after the one before it. An authentic entry is never lost: it is posted, or
it goes to suspense, or it is kept as a branch of a fork. What an entry means is not decided here
(`postings`).

All entries of a batch are verified and decoded first; then what they are about is read at once, they are judged
one after the other in memory, and what they write is written with one statement for each table. Only an entry that
writes models by itself (coupons) has a savepoint of its own.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from django.db import DataError, IntegrityError, transaction

from backend_bridge.central.desk.batch import Batch
from backend_bridge.central.desk.postings import cause_key, happened, post_entry, writes_models
from backend_bridge.central.desk.turn import Turn
from backend_bridge.central.errors import BooksError, CannotPost, LostRace
from backend_bridge.central.fleet import generations, incidents
from backend_bridge.central.fleet.models import EpochHead, ForkedEntry, Incident, JournalEntry
from backend_bridge.central.ledger import rows
from backend_bridge.central.ledger.book import Book
from loyalty.entries import GENESIS, Entry, EpochBegun, RightsReturned, entry_hash, read_payload
from loyalty.errors import LoyaltyError, SignatureError, WireError
from loyalty.signing import Domain, Signed, verify
from loyalty.wire.messages import Ack, JournalBatch

Kind = Incident.Kind
Outcome = JournalEntry.Outcome
ENTRIES = rows.Table(
    "fleet_journalentry",
    (
        ("terminal_id", "text"),
        ("epoch", "bigint"),
        ("seq", "bigint"),
        ("kind", "text"),
        ("payload", "bytea"),
        ("signature", "bytea"),
        ("key_id", "text"),
        ("hash", "text"),
        ("applied_at", "timestamptz"),
        ("outcome", "text"),
        ("reason", "text"),
        ("branch_id", "text"),
    ),
)


class Applied(msgspec.Struct, frozen=True):
    """The acknowledgement of a batch, the members whose rights came back by it, and whether it began the journal."""

    ack: Ack
    returned: frozenset[str]
    began: bool


def apply_batch(batch: JournalBatch, turn: Turn) -> Applied:
    """Apply what can be applied of `batch`. Runs in the caller's transaction; the acknowledgement may
    leave only after that has been committed."""
    try:
        with transaction.atomic():
            return _apply(batch, turn, together=True)
    except (BooksError, LostRace, IntegrityError, DataError):
        # Two entries that are right by themselves do not go together, or somebody else was faster.
        return _apply(batch, turn, together=False)


def _apply(batch: JournalBatch, turn: Turn, *, together: bool) -> Applied:
    journal = _Journal(turn, batch.epoch, together=together)
    journal.take(batch.entries)
    journal.write()
    return Applied(journal.ack(), frozenset(journal.returned), journal.began)


def head_ack(turn: Turn, epoch: int) -> Ack:
    """Up to where the journal of `epoch` is applied."""
    return _Journal(turn, epoch, together=True).ack()


class _Opened(msgspec.Struct, frozen=True):
    """An authentic entry of this journal, with what it came in and its hash."""

    entry: Entry
    signed: Signed
    digest: bytes


class _Unusable(Exception):
    """What came is not an authentic entry of this journal; the ones after it cannot be looked at."""

    def __init__(self, kind: Incident.Kind, detail: str) -> None:
        super().__init__(detail)
        self.kind = kind


class _Journal:
    """One journal (terminal, epoch) while a batch is applied to it."""

    def __init__(self, turn: Turn, epoch: int, *, together: bool) -> None:
        self._turn = turn
        self._together = together
        self._book = Book(at=turn.at)
        self._terminal = turn.terminal.pk
        self._epoch = epoch
        self._head = EpochHead.objects.select_for_update().filter(terminal=turn.terminal, epoch=epoch).first()
        self._seq = -1 if self._head is None else self._head.seq
        self._hash = GENESIS if self._head is None else bytes.fromhex(self._head.head)
        self._stopped = self._head is not None and self._head.stopped
        self._batch = Batch(turn, epoch)
        self._public = bytes.fromhex(turn.terminal.public)
        self._rows: list[tuple[object, ...]] = []
        #: The hash of entries that are applied, by their place.
        self._hashes: dict[int, bytes] = {}
        self.returned: set[str] = set()

    def ack(self) -> Ack:
        """Up to where this journal is applied."""
        return Ack(
            terminal=self._terminal,
            epoch=self._epoch,
            seq=self._seq,
            head=self._hash,
            central_ms=self._turn.now_ms,
            generation=generations.current(),
            closed=self._batch.closing is not None,
        )

    @property
    def began(self) -> bool:
        """Whether its first entry is among those that were taken now."""
        return self._head is None and self._seq >= 0

    def take(self, entries: Sequence[Signed]) -> None:
        """Apply or keep entries, up to the first behind which none can be looked at."""
        opened, unusable = self._open(entries)
        self._prefetch(opened)
        for one in opened:
            if not self._take(one):
                return
        if unusable is not None:
            self._notice(unusable.kind, str(unusable))

    def write(self) -> None:
        """Write what the applied entries move, their rows, and the new head."""
        self._book.close()
        self._batch.write()
        if self._rows:
            rows.insert(ENTRIES, self._rows)
            filled = (f"{self._terminal}/{self._epoch}/{row[2]}" for row in self._rows)
            incidents.settle(Kind.GAP, keys=filled, at=self._turn.at)
        elif self._head is None or self._stopped == self._head.stopped:
            return
        head = self._head or EpochHead(terminal=self._turn.terminal, epoch=self._epoch)
        head.seq, head.head, head.stopped = self._seq, self._hash.hex(), self._stopped
        head.save()

    def _open(self, entries: Sequence[Signed]) -> tuple[list[_Opened], _Unusable | None]:
        """The authentic entries of this journal up to the first that is none, and what that one is."""
        opened: list[_Opened] = []
        for signed in entries:
            try:
                opened.append(_Opened(self._authentic(signed), signed, entry_hash(signed.payload)))
            except _Unusable as unusable:
                return opened, unusable
        return opened, None

    def _authentic(self, signed: Signed) -> Entry:
        try:
            verify(signed, domain=Domain.JOURNAL, public=self._public)
            entry = read_payload(signed.payload)
        except SignatureError as error:
            raise _Unusable(Kind.BAD_SIGNATURE, str(error)) from error
        except WireError as error:
            # Signed by the terminal, but of a form that is not known here: it waits there, nothing is lost.
            raise _Unusable(Kind.UNREADABLE, str(error)) from error
        if (entry.terminal, entry.epoch) != (self._terminal, self._epoch):
            raise _Unusable(Kind.FOREIGN_ENTRY, f"entry of {entry.terminal[:48]}/{entry.epoch} in this journal")
        return entry

    def _prefetch(self, opened: Sequence[_Opened]) -> None:
        """Read what the new ones among these are about, and the hashes of those that are applied already."""
        again = {one.entry.seq for one in opened if one.entry.seq <= self._seq}
        if again:
            here = JournalEntry.objects.filter(terminal=self._turn.terminal, epoch=self._epoch, seq__in=again)
            self._hashes.update((seq, bytes.fromhex(digest)) for seq, digest in here.values_list("seq", "hash"))
        if self._together:
            self._batch.prefetch([one.entry for one in opened if one.entry.seq > self._seq], self._book)

    def _take(self, one: _Opened) -> bool:
        """Apply or keep one entry; False when the ones after it cannot be looked at."""
        entry = one.entry
        if self._contradicts(entry, one.digest):
            self._keep_fork(entry, one.signed)
        elif entry.seq > self._seq + 1:
            self._notice(Kind.GAP, f"entry {entry.seq} came, entry {self._seq + 1} is missing")
            return False
        elif entry.seq == self._seq + 1:
            if self._seq < 0 and not self._may_begin(entry):
                return False
            self._apply(one)
        return True

    def _contradicts(self, entry: Entry, digest: bytes) -> bool:
        """Whether there is another entry in this one's place, or another one before it."""
        if entry.seq <= self._seq:
            return self._hashes[entry.seq] != digest
        follows = self._seq < 0 or entry.seq > self._seq + 1 or entry.prev == self._hash
        return self._stopped or not follows

    def _may_begin(self, entry: Entry) -> bool:
        if not isinstance(entry.body, EpochBegun) or entry.prev != GENESIS:
            self._notice(Kind.BAD_EPOCH, f"epoch {self._epoch} does not begin with its first entry")
            return False
        return True

    def _keep_fork(self, entry: Entry, signed: Signed) -> None:
        """Keep an entry that contradicts what is applied; from here on the journal stands still."""
        self._stopped = True
        self._notice(Kind.FORK, "two journals claim this epoch", seq=None)
        row = ForkedEntry(
            terminal=self._turn.terminal,
            epoch=entry.epoch,
            seq=entry.seq,
            payload=signed.payload,
            signature=signed.signature,
            hash=entry_hash(signed.payload).hex(),
            seen_at=self._turn.at,
        )
        ForkedEntry.objects.bulk_create([row], ignore_conflicts=True)

    def _apply(self, one: _Opened) -> None:
        entry, signed = one.entry, one.signed
        self._seq, self._hash = entry.seq, one.digest
        self._hashes[entry.seq] = one.digest
        outcome, reason = Outcome.POSTED, ""
        try:
            self._post_safely(entry)
        except (CannotPost, BooksError, LostRace, LoyaltyError) as error:
            outcome, reason = Outcome.SUSPENSE, str(error)[:200]
            self._notice(Kind.SUSPENSE, reason, seq=entry.seq)
        else:
            if isinstance(entry.body, RightsReturned):
                self.returned.add(entry.body.member)
        place = (self._terminal, entry.epoch, entry.seq, str(entry.body.__struct_config__.tag))
        sealed = (signed.payload, signed.signature, signed.key_id, one.digest.hex())
        self._rows.append((*place, *sealed, rows.instant(self._turn.at), outcome.value, reason, self._turn.branch.pk))

    def _post_safely(self, entry: Entry) -> None:
        """Post `entry`, leaving nothing of it behind where it fails."""
        if self._together and not writes_models(entry.body, self._batch):
            self._post(entry, self._book, self._batch)
            return
        try:
            with transaction.atomic():
                if self._together:
                    self._post(entry, self._book, self._batch)
                else:
                    self._post_alone(entry)
        except (IntegrityError, DataError) as error:
            raise BooksError(f"the database refuses the entry: {error}") from error

    def _post_alone(self, entry: Entry) -> None:
        book, batch = Book(at=self._turn.at), Batch(self._turn, self._epoch)
        batch.prefetch([entry], book)
        self._post(entry, book, batch)
        book.close()
        batch.write()

    def _post(self, entry: Entry, book: Book, batch: Batch) -> None:
        with book.cause(
            key=cause_key(entry),
            kind=str(entry.body.__struct_config__.tag),
            company=self._turn.company.pk,
            by=f"terminal:{self._terminal}",
            happened_at=happened(entry, self._turn),
        ) as posting:
            post_entry(entry, self._turn, posting, batch)

    def _notice(self, kind: Incident.Kind, detail: str, *, seq: int | None = -1) -> None:
        """Once for each place in the journal (`seq` -1: behind the head), or for the epoch (None)."""
        place = "" if seq is None else f"/{self._seq + 1 if seq < 0 else seq}"
        key = f"{self._terminal}/{self._epoch}{place}"
        incidents.notice(kind, key=key, terminal=self._terminal, detail=f"{key}: {detail}", at=self._turn.at)
