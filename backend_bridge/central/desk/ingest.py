"""A batch of a terminal's journal: which entries are applied, in which order, and what is kept aside.

An entry is applied once, after the one before it. An authentic entry is never lost: it is posted, or
it goes to suspense, or it is kept as a branch of a fork. What an entry means is not decided here
(`postings`).
"""

from __future__ import annotations

import msgspec
from django.db import IntegrityError, transaction

from backend_bridge.central.desk.postings import cause_key, happened, post_entry
from backend_bridge.central.desk.turn import Turn
from backend_bridge.central.errors import BooksError, CannotPost, LostRace
from backend_bridge.central.fleet import epochs, incidents
from backend_bridge.central.fleet.models import EpochHead, ForkedEntry, Incident, JournalEntry
from backend_bridge.central.ledger.book import Book
from loyalty.entries import GENESIS, Entry, EpochBegun, RightsReturned, entry_hash, read_payload
from loyalty.errors import LoyaltyError, SignatureError, WireError
from loyalty.signing import Domain, Signed, verify
from loyalty.wire.messages import Ack, JournalBatch

Kind = Incident.Kind


class Applied(msgspec.Struct, frozen=True):
    """The acknowledgement of a batch, and the members whose rights came back by it."""

    ack: Ack
    returned: frozenset[str]


def apply_batch(batch: JournalBatch, turn: Turn) -> Applied:
    """Apply what can be applied of `batch`. Runs in the caller's transaction; the acknowledgement may
    leave only after that has been committed."""
    try:
        with transaction.atomic():
            return _apply(batch, turn, together=True)
    except (BooksError, LostRace):
        # Two entries that are right by themselves do not go together, or somebody else was faster.
        return _apply(batch, turn, together=False)


def _apply(batch: JournalBatch, turn: Turn, *, together: bool) -> Applied:
    journal = _Journal(turn, batch.epoch, together=together)
    for signed in batch.entries:
        if not journal.take(signed):
            break
    journal.write()
    return Applied(journal.ack(), frozenset(journal.returned))


def head_ack(turn: Turn, epoch: int) -> Ack:
    """Up to where the journal of `epoch` is applied."""
    return _Journal(turn, epoch, together=True).ack()


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
        self._rows: list[JournalEntry] = []
        self.returned: set[str] = set()

    def ack(self) -> Ack:
        """Up to where this journal is applied."""
        now_ms = self._turn.now_ms
        return Ack(terminal=self._terminal, epoch=self._epoch, seq=self._seq, head=self._hash, central_ms=now_ms)

    def take(self, signed: Signed) -> bool:
        """Apply or keep one entry; False when the ones after it cannot be looked at."""
        entry = self._open(signed)
        if entry is None:
            return False
        digest = entry_hash(signed.payload)
        if self._contradicts(entry, digest):
            self._keep_fork(entry, signed)
        elif entry.seq > self._seq + 1:
            self._notice(Kind.GAP, f"entry {entry.seq} came, entry {self._seq + 1} is missing")
            return False
        elif entry.seq == self._seq + 1:
            if self._seq < 0 and not self._may_begin(entry):
                return False
            self._apply(entry, signed, digest)
        return True

    def write(self) -> None:
        """Write what the applied entries move, their rows, and the new head."""
        self._book.close()
        if self._rows:
            JournalEntry.objects.bulk_create(self._rows)
            filled = (f"{self._terminal}/{self._epoch}/{row.seq}" for row in self._rows)
            incidents.settle(Kind.GAP, keys=filled, at=self._turn.at)
        elif self._head is None or self._stopped == self._head.stopped:
            return
        head = self._head or EpochHead(terminal=self._turn.terminal, epoch=self._epoch)
        head.seq, head.head, head.stopped = self._seq, self._hash.hex(), self._stopped
        head.save()

    def _open(self, signed: Signed) -> Entry | None:
        """The authentic entry of this journal in `signed`, or None after noticing why not."""
        try:
            verify(signed, domain=Domain.JOURNAL, public=bytes.fromhex(self._turn.terminal.public))
            entry = read_payload(signed.payload)
        except SignatureError as error:
            self._notice(Kind.BAD_SIGNATURE, str(error))
            return None
        except WireError as error:
            # Signed by the terminal, but of a form that is not known here: it waits there, nothing is lost.
            self._notice(Kind.UNREADABLE, str(error))
            return None
        if (entry.terminal, entry.epoch) != (self._terminal, self._epoch):
            self._notice(Kind.FOREIGN_ENTRY, f"entry of {entry.terminal[:48]}/{entry.epoch} in this journal")
            return None
        return entry

    def _contradicts(self, entry: Entry, digest: bytes) -> bool:
        """Whether there is another entry in this one's place, or another one before it."""
        if entry.seq <= self._seq:
            return self._hash_of(entry.seq) != digest
        follows = self._seq < 0 or entry.seq > self._seq + 1 or entry.prev == self._hash
        return self._stopped or not follows

    def _hash_of(self, seq: int) -> bytes:
        for row in self._rows:
            if row.seq == seq:
                return bytes.fromhex(row.hash)
        known = JournalEntry.objects.get(terminal=self._turn.terminal, epoch=self._epoch, seq=seq)
        return bytes.fromhex(known.hash)

    def _may_begin(self, entry: Entry) -> bool:
        newest = epochs.newest_journal(self._terminal)
        if newest is not None and self._epoch <= newest:
            self._notice(Kind.BAD_EPOCH, f"epoch {self._epoch} is not newer than epoch {newest}")
        elif not isinstance(entry.body, EpochBegun) or entry.prev != GENESIS:
            self._notice(Kind.BAD_EPOCH, f"epoch {self._epoch} does not begin with its first entry")
        else:
            return True
        return False

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

    def _apply(self, entry: Entry, signed: Signed, digest: bytes) -> None:
        self._seq, self._hash = entry.seq, digest
        outcome, reason = JournalEntry.Outcome.POSTED, ""
        try:
            with transaction.atomic():
                self._post(entry)
        except (CannotPost, BooksError, LostRace, IntegrityError, LoyaltyError) as error:
            outcome, reason = JournalEntry.Outcome.SUSPENSE, str(error)[:200]
            self._notice(Kind.SUSPENSE, reason, seq=entry.seq)
        else:
            if isinstance(entry.body, RightsReturned):
                self.returned.add(entry.body.member)
        self._rows.append(
            JournalEntry(
                terminal=self._turn.terminal,
                epoch=entry.epoch,
                seq=entry.seq,
                kind=str(entry.body.__struct_config__.tag),
                payload=signed.payload,
                signature=signed.signature,
                key_id=signed.key_id,
                hash=digest.hex(),
                applied_at=self._turn.at,
                outcome=outcome,
                reason=reason,
            )
        )

    def _post(self, entry: Entry) -> None:
        if not self._together:
            self._book = Book(at=self._turn.at)
        with self._book.cause(
            key=cause_key(entry),
            kind=str(entry.body.__struct_config__.tag),
            company=self._turn.company.pk,
            by=f"terminal:{self._terminal}",
            happened_at=happened(entry, self._turn),
        ) as posting:
            post_entry(entry, self._turn, posting)
        if not self._together:
            self._book.close()

    def _notice(self, kind: Incident.Kind, detail: str, *, seq: int | None = -1) -> None:
        """Once for each place in the journal (`seq` -1: behind the head), or for the epoch (None)."""
        place = "" if seq is None else f"/{self._seq + 1 if seq < 0 else seq}"
        key = f"{self._terminal}/{self._epoch}{place}"
        incidents.notice(kind, key=key, terminal=self._terminal, detail=f"{key}: {detail}", at=self._turn.at)
