"""What an entry promised that cannot be kept as it is: entries in suspense, and the branches of a fork (X6).

Nothing is posted for them, so nobody has paid yet. The company whose terminal promised it is named as the bearer,
unless its terms name another one; settling is for people.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

import msgspec

from backend_bridge.central.conflicts.noting import Kind, Noted, note
from backend_bridge.central.conflicts.risk import bearer_of
from backend_bridge.central.desk.turn import Turn, is_id
from backend_bridge.central.fleet.models import JournalEntry
from backend_bridge.central.instants import from_ms
from backend_bridge.central.ledger.posting import MAX_AMOUNT
from loyalty.entries import (
    Body,
    CouponNoted,
    CouponRegistered,
    Entry,
    PointsSpent,
    ReceiptReversed,
    ReceiptSold,
    read_payload,
)
from loyalty.errors import WireError

#: An entry that names more pools is nobody's receipt.
_MOST_POOLS = 20
_OLDEST_MS = 35 * 24 * 3600 * 1000


class Promise(msgspec.Struct, frozen=True):
    """The points that a customer was told of, in one pool (None: it is not said in which)."""

    points: int
    pool: str | None


def promises_of(body: Body) -> tuple[Promise, ...]:
    """What a customer was promised, or gave, by an entry, at most once for each pool; nothing for entries that
    nobody was shown. Of a receipt that is what it awarded and what was paid with points.

    A number that cannot be counts as nothing: it is the terminal's word alone.
    """
    if isinstance(body, PointsSpent):
        return _promises([(body.pool, spend.points) for spend in body.lots])
    if isinstance(body, CouponRegistered):
        return _promises([(body.lot.pool, body.lot.points)])
    if isinstance(body, CouponNoted):
        return _promises([(None, body.points)])
    if isinstance(body, ReceiptSold):
        paid = [(one.id, one.points) for one in body.sold.evaluation.paid if one.type == "points"]
        return _promises([*paid, *((lot.pool, lot.points) for lot in body.lots)])
    if isinstance(body, ReceiptReversed):
        return _promises([(lot.pool, lot.points) for lot in body.lots])
    return ()


def note_suspense(entry: Entry, turn: Turn, *, reason: str) -> None:
    """An authentic entry cannot be posted."""
    _note(entry, turn, kind=Kind.SUSPENSE, detail=f"{entry.body.__struct_config__.tag}: {reason}")


def note_fork(entry: Entry, turn: Turn) -> None:
    """An entry of another branch is kept and not applied. What stands in its place promised something too."""
    row = JournalEntry.objects.filter(terminal=turn.terminal, epoch=entry.epoch, seq=entry.seq).first()
    detail = f"{entry.body.__struct_config__.tag} of the other branch; "
    if row is None:
        detail += "nothing is applied in its place"
    else:
        detail += f"applied in its place: {row.kind} of {_applied_points(row)} points"
    _note(entry, turn, kind=Kind.FORK, detail=detail)


def _applied_points(row: JournalEntry) -> int:
    try:
        return sum(promise.points for promise in promises_of(read_payload(bytes(row.payload)).body))
    except WireError:
        return 0


def _note(entry: Entry, turn: Turn, *, kind: Kind, detail: str) -> None:
    promised = promises_of(entry.body) or (Promise(0, None),)
    for number, promise in enumerate(promised):
        noted = Noted(
            kind=kind,
            entry=f"{entry.terminal}/{entry.epoch}/{entry.seq}",
            happened_at=_told_at(entry, turn),
            detail=detail,
            points=promise.points,
            pool=promise.pool,
            bearer=bearer_of(turn.company.pk) if promise.points else None,
            more=str(number) if number else "",
        )
        note(noted, terminal=turn.terminal, at=turn.at)


def _promises(told: Iterable[tuple[str | None, int]]) -> tuple[Promise, ...]:
    sums: dict[str | None, int] = {}
    for name, points in told:
        pool = name if name is not None and is_id(name) else None
        sums[pool] = sums.get(pool, 0) + points
    found = [Promise(points if 0 < points <= MAX_AMOUNT else 0, pool) for pool, points in sums.items()]
    return tuple(found[:_MOST_POOLS])


def _told_at(entry: Entry, turn: Turn) -> dt.datetime:
    told_ms = entry.clock.wall_ms + (entry.clock.offset_ms or 0)
    return from_ms(told_ms) if turn.now_ms - _OLDEST_MS <= told_ms <= turn.now_ms else turn.at
