"""What an entry promised that cannot be kept as it is: entries in suspense, and the branches of a fork (X6).

Nothing is posted for them, so nobody has paid yet. The company whose terminal promised it is named as the bearer,
unless its terms name another one; settling is for people.
"""

from __future__ import annotations

import datetime as dt

import msgspec

from backend_bridge.central.conflicts.noting import Kind, Noted, note
from backend_bridge.central.conflicts.risk import bearer_of
from backend_bridge.central.desk.turn import Turn
from backend_bridge.central.fleet.models import JournalEntry
from backend_bridge.central.instants import from_ms
from backend_bridge.central.ledger.posting import MAX_AMOUNT
from loyalty.entries import Body, CouponNoted, CouponRegistered, Entry, PointsSpent, read_payload
from loyalty.errors import WireError

_OLDEST_MS = 35 * 24 * 3600 * 1000


class Promise(msgspec.Struct, frozen=True):
    """The points that a customer was told of, in one pool (None: it is not said in which)."""

    points: int
    pool: str | None


def promise_of(body: Body) -> Promise:
    """What a customer was promised, or gave, by an entry; nothing for entries that nobody was shown.

    A number that cannot be counts as nothing: it is the terminal's word alone.
    """
    if isinstance(body, PointsSpent):
        return _promise(sum(spend.points for spend in body.lots), body.pool)
    if isinstance(body, CouponRegistered):
        return _promise(body.lot.points, body.lot.pool)
    if isinstance(body, CouponNoted):
        return _promise(body.points, None)
    return Promise(0, None)


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
        applied = _applied_promise(row)
        detail += f"applied in its place: {row.kind} of {applied.points} points"
    _note(entry, turn, kind=Kind.FORK, detail=detail)


def _applied_promise(row: JournalEntry) -> Promise:
    try:
        return promise_of(read_payload(bytes(row.payload)).body)
    except WireError:
        return Promise(0, None)


def _note(entry: Entry, turn: Turn, *, kind: Kind, detail: str) -> None:
    promised = promise_of(entry.body)
    noted = Noted(
        kind=kind,
        entry=f"{entry.terminal}/{entry.epoch}/{entry.seq}",
        happened_at=_told_at(entry, turn),
        detail=detail,
        points=promised.points,
        pool=promised.pool,
        bearer=bearer_of(turn.company.pk) if promised.points else None,
    )
    note(noted, terminal=turn.terminal, at=turn.at)


def _promise(points: int, pool: str | None) -> Promise:
    return Promise(points if 0 < points <= MAX_AMOUNT else 0, pool)


def _told_at(entry: Entry, turn: Turn) -> dt.datetime:
    told_ms = entry.clock.wall_ms + (entry.clock.offset_ms or 0)
    return from_ms(told_ms) if turn.now_ms - _OLDEST_MS <= told_ms <= turn.now_ms else turn.at
