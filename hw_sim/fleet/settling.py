"""Whether everything has converged: nothing under way, nothing unacknowledged, nobody waiting."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from firmware.terminal.model import State
from hw_sim.fleet.box import Box
from hw_sim.fleet.exchange import Exchange


def has_settled(boxes: Sequence[Box], exchange: Exchange) -> bool:
    """Whether it is so now."""
    if not exchange.quiet or any(_is_busy(box) for box in boxes):
        return False
    return not _open_at_central(exchange.central.database)


def unsettled(boxes: Sequence[Box], exchange: Exchange) -> list[str]:
    """What has not converged."""
    wrong = [f"{box.facts.id} has not settled: {_standing(box)}" for box in boxes if _is_busy(box)]
    if not exchange.quiet:
        wrong.append("messages wait at the broker")
    return wrong + _open_at_central(exchange.central.database)


def _is_busy(box: Box) -> bool:
    journal, screen = box.journal, box.screen
    if journal is None or screen is None or not box.line.quiet:
        return True
    return screen.state is not State.IDLE or journal.acknowledged_seq != journal.head[0]


def _standing(box: Box) -> str:
    journal, screen = box.journal, box.screen
    if journal is None or screen is None:
        return "dark"
    told = f"{screen.state.value}, acknowledged {journal.acknowledged_seq} of {journal.head[0]}"
    return told + ("" if box.line.quiet else ", its line is not quiet")


_OPEN_GRANTS = """
SELECT g.terminal_id, g.epoch, g.member_id, g.made_at FROM fleet_grant g WHERE g.status = 'open'
AND g.epoch = (SELECT max(e.epoch) FROM fleet_epochhead e WHERE e.terminal_id = g.terminal_id)
"""
_WAITING = "SELECT terminal_id, epoch, member_id, deadline_at FROM fleet_rightsask WHERE status = 'waiting'"


def _open_at_central(database: sqlite3.Connection) -> list[str]:
    """Grants that are on their way, and requests that wait. What a lost journal was granted is frozen with it."""
    grants = database.execute(_OPEN_GRANTS).fetchall()
    waiting = database.execute(_WAITING).fetchall()
    return [f"an open grant: {row}" for row in grants] + [f"a waiting request: {row}" for row in waiting]
