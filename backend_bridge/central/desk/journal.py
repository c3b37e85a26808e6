"""One journal while a turn's messages are applied to it: which entries, in which order, and what is kept aside.

An entry is applied once, after the one before it. An authentic entry is never lost: it is posted, or it goes to
suspense, or it is kept as a branch of a fork. What an entry means is not decided here (`postings`), nor when what
it moves is written (`ingest`).
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from django.db import DataError, IntegrityError, transaction

from backend_bridge.central.conflicts import promises
from backend_bridge.central.desk.batch import Batch
from backend_bridge.central.desk.evidence import JournalClock
from backend_bridge.central.desk.opening import Contents, Opened
from backend_bridge.central.desk.postings import cause_key, post_entry, writes_models
from backend_bridge.central.desk.turn import Turn
from backend_bridge.central.errors import BooksError, CannotPost, LostRace
from backend_bridge.central.fleet import incidents
from backend_bridge.central.fleet.models import EpochHead, ForkedEntry, Incident, JournalEntry
from backend_bridge.central.ledger.book import Book
from loyalty.entries import GENESIS, Entry, EpochBegun, RightsReturned
from loyalty.errors import LoyaltyError
from loyalty.signing import Signed
from loyalty.wire.messages import Ack

Kind = Incident.Kind
Outcome = JournalEntry.Outcome


class Work(msgspec.Struct, frozen=True):
    """Where what entries move and write is gathered. Not `together`: each entry is written by itself, at once."""

    book: Book
    batch: Batch
    generation: int
    together: bool


class Journal:
    """The journal of `turn`'s terminal and `epoch`, whose `head` (None: it is new) is read and locked."""

    def __init__(self, turn: Turn, epoch: int, *, head: EpochHead | None, work: Work) -> None:
        self.turn = turn
        self._work = work
        self._terminal = turn.terminal.pk
        self._epoch = epoch
        self._head = head
        self._seq = -1 if head is None else head.seq
        self._hash = GENESIS if head is None else bytes.fromhex(head.head)
        self._stopped = head is not None and head.stopped
        self._clock = JournalClock(head, turn)
        #: The hash of entries that are applied, by their place.
        self._hashes: dict[int, bytes] = {}
        #: The rows of entries that were applied, as `ingest.ENTRIES` has them.
        self.rows: list[tuple[object, ...]] = []
        #: Places that a gap may have been noticed at, and that are filled now.
        self.filled: list[str] = []
        self.returned: set[str] = set()

    @property
    def ack(self) -> Ack:
        """Up to where this journal is applied; it may leave when that is committed."""
        return Ack(
            terminal=self._terminal,
            epoch=self._epoch,
            seq=self._seq,
            head=self._hash,
            central_ms=self.turn.now_ms,
            generation=self._work.generation,
            closed=self._work.batch.closing_of(self._terminal, self._epoch) is not None,
        )

    @property
    def began(self) -> bool:
        """Whether its first entry is among those that were taken now."""
        return self._head is None and self._seq >= 0

    @property
    def known(self) -> bool:
        """Whether there is a row with the head of this journal."""
        return self._head is not None

    @property
    def changed(self) -> bool:
        """Whether the head is another one now."""
        return bool(self.rows) or (self._head is not None and self._stopped != self._head.stopped)

    @property
    def head_row(self) -> tuple[object, ...]:
        """The head, as `ingest.HEADS` has it."""
        return (self._terminal, self._epoch, self._seq, self._hash.hex(), self._stopped, self._clock.known_ms)

    def is_new(self, entry: Entry) -> bool:
        """Whether `entry` comes after the head."""
        return entry.seq > self._seq

    def take(self, contents: Contents) -> None:
        """Apply or keep entries, up to the first behind which none can be looked at."""
        self._read_hashes({one.entry.seq for one in contents.opened if not self.is_new(one.entry)})
        applied = len(self.rows)
        usable = all(self._take(one) for one in contents.opened)
        if usable and contents.unusable is not None:
            self._notice(contents.unusable.kind, contents.unusable.detail)
        if len(self.rows) > applied:
            # A gap is noticed right behind the head, so only the first entry after it can fill one.
            self.filled.append(f"{self._terminal}/{self._epoch}/{self.rows[applied][2]}")

    def _read_hashes(self, places: Iterable[int]) -> None:
        """The hashes of entries that came before, and are applied."""
        again = set(places).difference(self._hashes)
        if again:
            here = JournalEntry.objects.filter(terminal=self.turn.terminal, epoch=self._epoch, seq__in=again)
            self._hashes.update((seq, bytes.fromhex(digest)) for seq, digest in here.values_list("seq", "hash"))

    def _take(self, one: Opened) -> bool:
        """Apply or keep one entry; False when the ones after it cannot be looked at."""
        entry = one.entry
        if self._contradicts(entry, one.digest):
            self._keep_fork(entry, one)
        elif entry.seq > self._seq + 1:
            self._notice(Kind.GAP, f"entry {entry.seq} came, entry {self._seq + 1} is missing")
            return False
        elif entry.seq == self._seq + 1:
            if self._seq < 0 and not self._may_begin(entry):
                return False
            self._apply(entry, one.signed, one.digest)
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

    def _keep_fork(self, entry: Entry, one: Opened) -> None:
        """Keep an entry that contradicts what is applied; from here on the journal stands still."""
        self._stopped = True
        self._notice(Kind.FORK, "two journals claim this epoch", seq=None)
        row = ForkedEntry(
            terminal=self.turn.terminal,
            epoch=entry.epoch,
            seq=entry.seq,
            payload=one.signed.payload,
            signature=one.signed.signature,
            hash=one.digest.hex(),
            seen_at=self.turn.at,
        )
        ForkedEntry.objects.bulk_create([row], ignore_conflicts=True)
        promises.note_fork(entry, self.turn)

    def _apply(self, entry: Entry, signed: Signed, digest: bytes) -> None:
        self._seq, self._hash = entry.seq, digest
        self._hashes[entry.seq] = digest
        outcome, reason = Outcome.POSTED, ""
        try:
            self._post_safely(entry)
        except (CannotPost, BooksError, LostRace, LoyaltyError) as error:
            outcome, reason = Outcome.SUSPENSE, str(error)[:200]
            self._notice(Kind.SUSPENSE, reason, seq=entry.seq)
            promises.note_suspense(entry, self.turn, reason=reason)
        else:
            if isinstance(entry.body, RightsReturned):
                self.returned.add(entry.body.member)
        place = (self._terminal, entry.epoch, entry.seq, _kind(entry))
        sealed = (signed.payload, signed.signature, signed.key_id, digest.hex())
        applied = (self._work.batch.instants[self.turn.at], outcome.value, reason, self.turn.branch.pk)
        self.rows.append((*place, *sealed, *applied))

    def _post_safely(self, entry: Entry) -> None:
        """Post `entry`, leaving nothing of it behind where it fails."""
        work = self._work
        if work.together and not writes_models(entry, self.turn, work.batch):
            self._post(entry, work.book, work.batch)
            return
        try:
            with transaction.atomic():
                if work.together:
                    self._post(entry, work.book, work.batch)
                else:
                    self._post_alone(entry)
        except (IntegrityError, DataError) as error:
            raise BooksError(f"the database refuses the entry: {error}") from error

    def _post_alone(self, entry: Entry) -> None:
        book, batch = Book(at=self.turn.at), Batch()
        batch.prefetch([(self.turn, entry)], book)
        self._post(entry, book, batch)
        book.close()
        batch.write(at=self.turn.at)

    def _post(self, entry: Entry, book: Book, batch: Batch) -> None:
        with book.cause(
            key=cause_key(entry),
            kind=_kind(entry),
            company=self.turn.company.pk,
            by=f"terminal:{self._terminal}",
            happened_at=self._clock.happened(entry),
        ) as posting:
            post_entry(entry, self.turn, posting, batch)

    def _notice(self, kind: Incident.Kind, detail: str, *, seq: int | None = -1) -> None:
        """Once for each place in the journal (`seq` -1: behind the head), or for the epoch (None)."""
        place = "" if seq is None else f"/{self._seq + 1 if seq < 0 else seq}"
        key = f"{self._terminal}/{self._epoch}{place}"
        incidents.notice(kind, key=key, terminal=self._terminal, detail=f"{key}: {detail}", at=self.turn.at)


def _kind(entry: Entry) -> str:
    return str(entry.body.__struct_config__.tag)
