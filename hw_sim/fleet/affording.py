"""What somebody really has, reckoned from the ledger's rows and the bytes of journals."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator

from hw_sim.fleet.box import Box
from loyalty.entries import Body, CouponRegistered, GrantTaken, PointsSpent, RightsReturned

_HELD = """
SELECT coalesce(sum(h.amount), 0) FROM ledger_holding h JOIN ledger_account a ON a.id = h.account_id
JOIN ledger_lot l ON l.id = h.lot_id
WHERE l.member_id = ? AND a.unit = ? AND l.expires_at IS NULL AND (a.kind = 'member_main' OR a.kind = 'member_escrow'
AND a.epoch = (SELECT max(e.epoch) FROM fleet_epochhead e WHERE e.terminal_id = a.terminal_id))
"""
_APPLIED = "SELECT terminal_id, epoch, seq FROM fleet_epochhead"


def held_at(box: Box, member: str, pool: str) -> int:
    """What this terminal holds for `member` by its own journal, without what can expire."""
    held: dict[str, int] = {}
    for body in _bodies(box, after=-1):
        if isinstance(body, GrantTaken) and body.member == member:
            for lot in body.lots:
                if lot.pool == pool and lot.expires_ms is None:
                    held[lot.lot] = held.get(lot.lot, 0) + lot.points
        elif isinstance(body, CouponRegistered) and (body.lot.member, body.lot.pool) == (member, pool):
            held[body.lot.lot] = body.lot.points
        elif isinstance(body, PointsSpent | RightsReturned) and body.member == member:
            for spend in body.lots:
                if spend.lot in held:
                    held[spend.lot] -= spend.points
    return sum(held.values())


def owned_by(boxes: Iterable[Box], central: sqlite3.Connection, member: str, pool: str) -> int:
    """What `member` has anywhere: in the ledger, with what journals hold that the ledger does not have yet."""
    owned = int(central.execute(_HELD, (member, pool)).fetchone()[0])
    applied = {(terminal, epoch): seq for terminal, epoch, seq in central.execute(_APPLIED)}
    for box in boxes:
        for body in _bodies(box, after=applied.get((box.facts.id, box.epoch), -1)):
            if isinstance(body, PointsSpent) and (body.member, body.pool) == (member, pool):
                owned -= sum(spend.points for spend in body.lots)
            elif isinstance(body, CouponRegistered) and (body.lot.member, body.lot.pool) == (member, pool):
                owned += body.lot.points
    return owned


def _bodies(box: Box, *, after: int) -> Iterator[Body]:
    for entry in box.records.entries[after + 1 :]:
        yield entry.body
