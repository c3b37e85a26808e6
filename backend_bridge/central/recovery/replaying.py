"""Catching up after a restore: which terminals have sent their journals again, and when granting begins anew (D4).

The restored books have forgotten what happened after the backup. What terminals have journaled since comes again; what
was granted since and is in no journal is as if it had never been given, because a terminal that has heard of this
generation takes no grant of an older one. So until a terminal has replayed nobody knows what it holds, and until all
have, nothing is granted to anybody.

An open grant of an older generation is not sent again: with its old generation nobody takes it, and with the new one
its terminal might take it a second time. When its journal was replayed up to the end that it had on the terminal and
does not have it, it was never taken and never will be. Then, and not earlier, its lots go back (`GrantLapsed`).
"""

from __future__ import annotations

import datetime as dt

from backend_bridge.central.acting import judge
from backend_bridge.central.desk.turn import Turn
from backend_bridge.central.fleet import epochs, generations, incidents
from backend_bridge.central.fleet.models import Generation, Grant, Incident, Terminal, TerminalReplay
from backend_bridge.central.ledger import accounts
from backend_bridge.central.ledger.posting import Posting
from backend_bridge.central.vouchers.models import Voucher
from loyalty.acts.journals import FrozenLot, GrantLapsed
from loyalty.wire.messages import Ack, JournalBatch

State = TerminalReplay.State


def heard(batch: JournalBatch, ack: Ack, turn: Turn) -> frozenset[str]:
    """Take note of what a batch says about generations, after it was applied up to `ack`; whose rights came back."""
    generation = generations.newest()
    replay = None if generation is None else generation.replays.filter(terminal=turn.terminal).first()
    replayed = generation is None or (replay is not None and replay.state == State.REPLAYED)
    _notice_behind(batch, ack, turn, replayed=replayed)
    if generation is None or replayed or not _has_replayed(batch, ack, turn, generation):
        return frozenset()
    TerminalReplay.objects.update_or_create(
        generation=generation,
        terminal=turn.terminal,
        defaults={"state": State.REPLAYED, "epoch": batch.epoch, "seq": ack.seq, "at": turn.at},
    )
    returned = _lapse(turn, epoch=batch.epoch, generation=generation.number)
    _end(generation, at=turn.at)
    return returned


def declare_lost(terminal: Terminal, *, at: dt.datetime) -> None:
    """Nobody waits for this terminal any more. Should it turn up, it replays like any other."""
    generation = generations.newest()
    if generation is not None:
        TerminalReplay.objects.get_or_create(
            generation=generation, terminal=terminal, defaults={"state": State.LOST, "at": at}
        )
        _end(generation, at=at)


def missing(generation: Generation) -> list[str]:
    """The terminals that have neither replayed nor been declared lost."""
    there = generation.replays.values("terminal")
    return list(Terminal.objects.exclude(pk__in=there).order_by("pk").values_list("pk", flat=True))


def _has_replayed(batch: JournalBatch, ack: Ack, turn: Turn, generation: Generation) -> bool:
    """It knows the generation, and its journal is applied up to where it ended then. One that has forked may be
    declared lost: what it holds is frozen."""
    if batch.generation != generation.number or not 0 <= batch.head_seq <= ack.seq:
        return False
    newest = batch.epoch == epochs.newest(turn.terminal.pk)
    return newest and not epochs.is_stopped(turn.terminal.pk, epoch=batch.epoch)


def _end(generation: Generation, *, at: dt.datetime) -> None:
    # Whoever is last sees the rows of all before: they wait for each other here.
    locked = Generation.objects.select_for_update().get(pk=generation.pk)
    if locked.done_at is None and not missing(locked):
        locked.done_at = at
        locked.save(update_fields=["done_at"])


def _lapse(turn: Turn, *, epoch: int, generation: int) -> frozenset[str]:
    """Give back what this journal was granted before the restore and has not taken."""
    old = Grant.objects.filter(terminal=turn.terminal, epoch=epoch, status=Grant.Status.OPEN, generation__lt=generation)
    members = set()
    for grant in old.order_by("made_at", "pk"):
        judge(
            lambda posting, grant=grant: _lapsed(grant, posting),  # type: ignore[misc]
            key=f"lapsed/{grant.pk}",
            company=turn.company.pk,
            by=f"terminal:{turn.terminal.pk}",
            at=turn.at,
        )
        members.add(str(grant.member_id))
    return frozenset(members)


def _lapsed(grant: Grant, posting: Posting) -> GrantLapsed:
    lots = []
    for lot, points in sorted(grant.lots.items()):
        unit = posting.lot(lot).unit
        place = accounts.escrow(member=grant.member_id, pool=unit, terminal=grant.terminal_id, epoch=grant.epoch)
        # Less is there only where the terminal has spent more than it took.
        there = min(points, posting.held(place, lot))
        if there:
            lots.append(FrozenLot(lot=lot, member=grant.member_id, pool=unit, points=there))
    at_home = grant.coupon and Voucher.objects.filter(pk=grant.coupon, home_grant=grant.pk).exists()
    return GrantLapsed(
        grant=grant.pk,
        terminal=grant.terminal_id,
        epoch=grant.epoch,
        member=grant.member_id,
        lots=tuple(lots),
        coupon=grant.coupon if at_home else None,
    )


def _notice_behind(batch: JournalBatch, ack: Ack, turn: Turn, *, replayed: bool) -> None:
    """A terminal was told more than the books know, and nobody has declared a restore."""
    terminal = turn.terminal.pk
    further = replayed and batch.acked_seq > ack.seq
    newer = batch.generation > generations.current()
    if further or newer:
        told = f"generation {batch.generation}" if newer else f"entry {batch.acked_seq}"
        incidents.notice(
            Incident.Kind.CENTRAL_BEHIND,
            key=f"{terminal}/{batch.epoch}/{batch.generation}/{ack.seq}",
            terminal=terminal,
            detail=f"{terminal} was told {told} of epoch {batch.epoch}; the books know entry {ack.seq} of it, and "
            f"generation {generations.current()}. They were put back without `restore`: run begin-generation",
            at=turn.at,
        )
