"""Recovering a journal from a disk: whoever found it uploads it, and its entries go through the usual door.

Nothing is believed because somebody carried it: entries are authentic by their terminal's signature, applied in the
order of their chain, each once. What the journal still holds goes back to the members where it is complete by this.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path

import msgspec
from django.db import transaction

from backend_bridge.central.desk.ingest import apply_batches
from backend_bridge.central.desk.turn import Turn
from backend_bridge.central.errors import BooksError
from backend_bridge.central.fleet import epochs
from backend_bridge.central.fleet.models import EpochHead, ForkedEntry, JournalEntry, Terminal
from backend_bridge.central.instants import to_ms
from backend_bridge.central.recovery import completing, journal_files
from backend_bridge.central.recovery.errors import RecoveryRefused
from backend_bridge.central.recovery.write_off import is_in_use
from loyalty.entries import Entry, entry_hash, open_sealed
from loyalty.errors import SignatureError, WireError
from loyalty.signing import Signed, SigningKey
from loyalty.wire.messages import JournalBatch

_AT_ONCE = 200
_MOST_TOLD = 100


class EpochReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a file had of one journal: how many entries were applied (of these `suspense` cannot be posted), were known
    before, contradict what is applied (`forked`), or wait for the `missing` ones before them. `closed` says how the
    journal stands now: complete, written_off, or "" while it may hold rights."""

    epoch: int
    applied: int = 0
    suspense: int = 0
    known: int = 0
    forked: int = 0
    waiting: int = 0
    missing: tuple[int, ...] = ()
    closed: str = ""


class Report(msgspec.Struct, frozen=True):
    """All of a file: by journal, how many entries are not authentic ones of this terminal, and what was damaged."""

    terminal: str
    epochs: tuple[EpochReport, ...]
    refused: int
    damage: str


def recover(file: Path, *, terminal: str, at: dt.datetime, although_in_use: bool = False) -> Report:
    """Apply what `file` has of this terminal's journals.

    Raises `RecoveryRefused`, also for a journal that the terminal writes at this time, unless somebody says otherwise:
    an old disk may have an entry that nobody was shown and that is not in the journal any more. Applied, it would
    stand in the place of one that was.
    """
    row = Terminal.objects.select_related("branch__company").filter(pk=terminal).first()
    if row is None:
        raise RecoveryRefused("unknown_terminal", f"there is no terminal {terminal[:48]}", field="terminal")
    found = journal_files.read(file)
    #: By epoch; each entry once, by its hash.
    journals: dict[int, dict[str, _Carried]] = {}
    refused = 0
    for signed in found.entries:
        entry = _authentic(signed, row)
        if entry is None:
            refused += 1
        else:
            digest = entry_hash(signed.payload).hex()
            journals.setdefault(entry.epoch, {})[digest] = _Carried(entry.seq, digest, signed)
    for epoch in journals:
        if is_in_use(row, epoch=epoch, at=at) and not although_in_use:
            raise RecoveryRefused(
                "in_use",
                f"{row.pk} writes journal {epoch}, and was heard of in the last 24 hours: say that it is not in use",
                field="although_in_use",
            )
    turn = Turn(terminal=row, now_ms=to_ms(at), new_id=_no_id, key=SigningKey(bytes(32)))
    with ThreadPoolExecutor(1) as openers:
        told = tuple(_apply(turn, epoch, journals[epoch].values(), openers) for epoch in sorted(journals))
    return Report(row.pk, told, refused, found.damage)


class _Carried(msgspec.Struct, frozen=True):
    """An authentic entry of the file."""

    seq: int
    digest: str
    signed: Signed


def _authentic(signed: Signed, terminal: Terminal) -> Entry | None:
    try:
        entry = open_sealed(signed, public=bytes.fromhex(terminal.public))
    except (SignatureError, WireError):
        return None
    return entry if entry.terminal == terminal.pk else None


def _apply(turn: Turn, epoch: int, carried: Iterable[_Carried], openers: Executor) -> EpochReport:
    entries = sorted(carried, key=lambda one: one.seq)
    before = _head(turn, epoch)
    for batch in _batches(epoch, entries):
        with transaction.atomic():
            for applied in apply_batches([(turn, batch)], openers):
                completing.settle(applied.turn, epoch=epoch, began=applied.began, closed=applied.closed)
    return _report(turn, epoch, entries, before=before)


def _report(turn: Turn, epoch: int, entries: list[_Carried], *, before: int) -> EpochReport:
    here = JournalEntry.objects.filter(terminal=turn.terminal, epoch=epoch)
    in_books = set(here.values_list("hash", flat=True))
    kept = set(ForkedEntry.objects.filter(terminal=turn.terminal, epoch=epoch).values_list("hash", flat=True))
    waiting = [one.seq for one in entries if one.digest not in in_books and one.digest not in kept]
    there = {one.seq for one in entries}
    head, closing = _head(turn, epoch), epochs.closing_of(turn.terminal.pk, epoch=epoch)
    suspense = here.filter(seq__gt=before, outcome=JournalEntry.Outcome.SUSPENSE)
    return EpochReport(
        epoch=epoch,
        applied=sum(one.digest in in_books and one.seq > before for one in entries),
        suspense=suspense.count(),
        known=sum(one.digest in in_books and one.seq <= before for one in entries),
        forked=sum(one.digest in kept for one in entries),
        waiting=len(waiting),
        missing=tuple(seq for seq in range(head + 1, max(waiting, default=head)) if seq not in there)[:_MOST_TOLD],
        closed="" if closing is None else closing.how,
    )


def _batches(epoch: int, entries: list[_Carried]) -> Iterable[JournalBatch]:
    for start in range(0, len(entries), _AT_ONCE):
        yield JournalBatch(epoch=epoch, entries=tuple(one.signed for one in entries[start : start + _AT_ONCE]))


def _head(turn: Turn, epoch: int) -> int:
    head = EpochHead.objects.filter(terminal=turn.terminal, epoch=epoch).first()
    return -1 if head is None else head.seq


def _no_id() -> str:
    raise BooksError("nothing is granted here")
