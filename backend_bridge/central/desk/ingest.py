"""Messages of journals, of one terminal or of many: applied together, and what they write is written together.

All entries of all messages are verified and decoded first; then what they are about is read at once, they are
judged one after the other in memory (`journal`), and what they write is written with one statement for each table.
Only an entry that writes models by itself (coupons) has a savepoint of its own. Journals that do not go together
are applied one by one, and a journal whose entries do not, entry by entry: nobody's entries spoil another's.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor

import msgspec
from django.db import DataError, IntegrityError, transaction

from backend_bridge.central.desk.batch import Batch
from backend_bridge.central.desk.journal import Journal, Work
from backend_bridge.central.desk.opening import Contents, open_batches
from backend_bridge.central.desk.turn import Turn
from backend_bridge.central.errors import BooksError, LostRace
from backend_bridge.central.fleet import generations, incidents
from backend_bridge.central.fleet.models import EpochHead, Incident
from backend_bridge.central.ledger import rows
from backend_bridge.central.ledger.book import Book
from loyalty.wire.messages import Ack, JournalBatch

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
HEADS = rows.Table(
    "fleet_epochhead",
    (
        ("terminal_id", "text"),
        ("epoch", "bigint"),
        ("seq", "bigint"),
        ("head", "text"),
        ("stopped", "boolean"),
        ("known_ms", "bigint"),
    ),
)
_MOVE_HEAD = (
    "UPDATE fleet_epochhead SET seq = %s, head = %s, stopped = %s, known_ms = %s WHERE terminal_id = %s AND epoch = %s"
)
#: Entries that are right by themselves do not go together, or somebody else was faster.
_PARTING = (BooksError, LostRace, IntegrityError, DataError)


class Applied(msgspec.Struct, frozen=True):
    """What became of one journal of the terminal of `turn`: its messages with an acknowledgement for each, the members
    whose rights came back by it, and whether it was begun."""

    turn: Turn
    batches: tuple[JournalBatch, ...]
    acks: tuple[Ack, ...]
    returned: frozenset[str]
    began: bool

    @property
    def epoch(self) -> int:
        """Which journal of the terminal it is."""
        return self.acks[0].epoch

    @property
    def closed(self) -> bool:
        """Whether it was closed before."""
        return self.acks[0].closed


class _Sent(msgspec.Struct, frozen=True):
    """What a terminal sent for one of its journals, in one message or several."""

    turn: Turn
    epoch: int
    batches: list[JournalBatch]
    contents: list[Contents]


def apply_batches(batches: Sequence[tuple[Turn, JournalBatch]], openers: Executor) -> list[Applied]:
    """Apply what can be applied of `batches`, all at the same time: once for each journal, in the order in which
    they come up. Signatures are checked by threads of `openers`. Runs in the caller's transaction; an acknowledgement
    may leave only after that is committed."""
    journals: dict[tuple[str, int], _Sent] = {}
    for (turn, batch), contents in zip(batches, open_batches(batches, openers), strict=True):
        sent = journals.setdefault((turn.terminal.pk, batch.epoch), _Sent(turn, batch.epoch, [], []))
        sent.batches.append(batch)
        sent.contents.append(contents)
    return _apply_safely(list(journals.values()))


def head_ack(turn: Turn, epoch: int) -> Ack:
    """Up to where the journal of `epoch` is applied."""
    [journal] = _journals([_Sent(turn, epoch, [], [])], work=_work(turn))
    return journal.ack


def _work(turn: Turn, *, together: bool = True) -> Work:
    return Work(Book(at=turn.at), Batch(), generations.current(), together)


def _apply_safely(sent: list[_Sent]) -> list[Applied]:
    try:
        with transaction.atomic():
            return _apply(sent, together=True)
    except _PARTING:
        if len(sent) > 1:
            return [applied for one in sent for applied in _apply_safely([one])]
        return _apply(sent, together=False)


def _apply(sent: list[_Sent], *, together: bool) -> list[Applied]:
    if not sent:
        return []
    at = sent[0].turn.at
    work = _work(sent[0].turn, together=together)
    journals = _journals(sent, work=work)
    work.batch.read_closings({(one.turn.terminal.pk, one.epoch) for one in sent})
    if together:
        new = (
            (one.turn, opened.entry)
            for one, journal in zip(sent, journals, strict=True)
            for contents in one.contents
            for opened in contents.opened
            if journal.is_new(opened.entry)
        )
        work.batch.prefetch(list(new), work.book)
    for one, journal in zip(sent, journals, strict=True):
        for contents in one.contents:
            journal.take(contents)
    work.book.close()
    work.batch.write(at=at)
    _write(journals)
    incidents.settle(Incident.Kind.GAP, keys=[key for one in journals for key in one.filled], at=at)
    return [
        Applied(
            one.turn,
            tuple(one.batches),
            tuple(msgspec.structs.replace(journal.ack, greeting=batch.greeting) for batch in one.batches),
            frozenset(journal.returned),
            journal.began,
        )
        for one, journal in zip(sent, journals, strict=True)
    ]


def _journals(sent: Sequence[_Sent], *, work: Work) -> list[Journal]:
    """The journals with their heads, which are locked, always in the same order."""
    terminals = {one.turn.terminal.pk for one in sent}
    heads = EpochHead.objects.select_for_update().filter(terminal__in=terminals, epoch__in={one.epoch for one in sent})
    found = {(head.terminal_id, head.epoch): head for head in heads.order_by("terminal", "epoch")}
    return [Journal(one.turn, one.epoch, head=found.get((one.turn.terminal.pk, one.epoch)), work=work) for one in sent]


def _write(journals: Sequence[Journal]) -> None:
    """Write the applied entries, and the new heads."""
    rows.insert(ENTRIES, [row for one in journals for row in one.rows])
    changed = [one for one in journals if one.changed]
    rows.insert(HEADS, [one.head_row for one in changed if not one.known])
    moved = [(*one.head_row[2:], *one.head_row[:2]) for one in changed if one.known]
    rows.execute_many(_MOVE_HEAD, moved)
