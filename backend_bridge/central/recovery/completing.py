"""After a batch: journals that are complete now give back what they hold, and what came late is swept (ADR 0018).

A journal has ended when a newer one of its terminal has begun. It is complete when it is applied up to where the
newer one's anchor remembers it: every entry that was ever shown is in the books then. An entry behind that place
may have been committed when the power went, and was never shown; should it turn up, it is late (`late`). Nothing comes
back by itself from a journal that has forked, whose end nobody remembers, or that was left for other hardware, which
may go on writing it.

Grants that a dead journal has not taken are a part of its escrow and go back with it, not earlier: a grant may lie in
the journal's part that has not arrived. Nobody can take them afterwards, because a grant names its epoch, and a
terminal that has begun a newer one takes none of the older.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from backend_bridge.central.desk.turn import Turn
from backend_bridge.central.fleet import epochs, incidents
from backend_bridge.central.fleet.models import EpochHead, Incident, JournalEntry
from backend_bridge.central.ledger.models import Account, Holding
from backend_bridge.central.recovery import releasing
from loyalty.acts.journals import RightsReleased
from loyalty.entries import ClockEvidence, Entry, EpochBegun, read_payload
from loyalty.errors import WireError

#: Clocks of two machines may differ by as much before it says anything.
_TOLERANCE_MS = 120_000


class Ended(msgspec.Struct, frozen=True):
    """What the journals that began later say about one: up to where it went (None: nobody knows), and whether it
    may be written by other hardware still."""

    seq: int | None
    elsewhere: bool


def settle(turn: Turn, *, epoch: int, began: bool, closed: bool) -> frozenset[str]:
    """See the module. `began`: the batch has begun the journal `epoch`; `closed`: it was closed before.

    Answers with the members whose rights came back. Runs in the transaction that applied the batch.
    """
    terminal = turn.terminal.pk
    returned = _sweep(turn, epoch) if closed else frozenset()
    newest = epochs.newest(terminal)
    if epoch < newest:
        _notice_two_machines(turn, epoch)
    if began or epoch < newest:
        heads = EpochHead.objects.select_for_update().filter(terminal=terminal, epoch__lt=newest, stopped=False)
        for head in heads.order_by("epoch"):
            if not epochs.is_closed(terminal, epoch=head.epoch) and _is_complete(head):
                returned |= _release(turn, head)
    return returned


def ended(terminal: str, *, epoch: int) -> Ended:
    """What is known about the end of a journal."""
    told = [begun for _entry, begun in _later(terminal, epoch) if begun.before_epoch == epoch]
    seqs = [begun.before_seq for begun in told]
    known = [seq for seq in seqs if seq is not None]
    elsewhere = any(begun.reason == "other_hardware" for begun in told)
    return Ended(max(known) if known and len(known) == len(seqs) else None, elsewhere)


def _is_complete(head: EpochHead) -> bool:
    end = ended(head.terminal_id, epoch=head.epoch)
    return end.seq is not None and not end.elsewhere and head.seq >= end.seq


def _release(turn: Turn, head: EpochHead) -> frozenset[str]:
    return releasing.give_back(
        turn.terminal,
        epoch=head.epoch,
        key=f"complete/{turn.terminal.pk}/{head.epoch}",
        by=f"terminal:{turn.terminal.pk}",
        at=turn.at,
        make=RightsReleased,
    )


def _sweep(turn: Turn, epoch: int) -> frozenset[str]:
    """What late entries have left in the escrow of a closed journal goes to the members."""
    terminal = turn.terminal.pk
    here = Account.objects.filter(terminal=terminal, epoch=epoch, kind=Account.Kind.MEMBER_ESCROW)
    held = Holding.objects.filter(lot__member__in=here.values("member"), account__in=here, amount__gt=0)
    closing = epochs.closing_of(terminal, epoch=epoch)
    if closing is None or not held.exists():
        return frozenset()
    seq = EpochHead.objects.values_list("seq", flat=True).get(terminal=terminal, epoch=epoch)
    return releasing.give_back(
        turn.terminal,
        epoch=epoch,
        key=f"swept/{terminal}/{epoch}/{seq}",
        by=f"terminal:{terminal}",
        at=turn.at,
        make=RightsReleased,
        bearer=str(closing.bearer_id),
    )


def _later(terminal: str, epoch: int) -> Iterator[tuple[Entry, EpochBegun]]:
    """The first entries of the journals that began after this one."""
    rows = JournalEntry.objects.filter(terminal=terminal, epoch__gt=epoch, seq=0).order_by("epoch")
    for row in rows:
        try:
            entry = read_payload(bytes(row.payload))
        except WireError:  # of a version that was known when it was applied
            continue
        if isinstance(entry.body, EpochBegun):
            yield entry, entry.body


def _notice_two_machines(turn: Turn, epoch: int) -> None:
    """The older journal says itself that it was written on after the newer one had begun."""
    terminal = turn.terminal.pk
    row = JournalEntry.objects.filter(terminal=terminal, epoch=epoch).order_by("-seq").first()
    if row is None:
        return
    end, last = ended(terminal, epoch=epoch), read_payload(bytes(row.payload))
    past = end.seq is not None and row.seq > end.seq + 1
    written = _known_ms(last.clock)
    begun = [ms for entry, _begun in _later(terminal, epoch) if (ms := _known_ms(entry.clock)) is not None]
    if past or (written is not None and begun and written > min(begun) + _TOLERANCE_MS):
        detail = f"{terminal}/{epoch}/{row.seq} was written after epoch {epochs.newest(terminal)} had begun"
        incidents.notice(
            Incident.Kind.TWO_MACHINES, key=f"{terminal}/{epoch}", terminal=terminal, detail=detail, at=turn.at
        )


def _known_ms(clock: ClockEvidence) -> int | None:
    """The central time of an entry where its terminal had heard the central clock in that boot."""
    return None if clock.set_ago_ms is None else clock.wall_ms + (clock.offset_ms or 0)
