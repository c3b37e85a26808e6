"""Whether everything has converged: nothing under way, nothing unacknowledged, nobody waiting."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from firmware.terminal.model import State
from hw_sim.fleet.box import Box
from hw_sim.fleet.exchange import Exchange
from hw_sim.fleet.losses import Drawer


def has_settled(boxes: Sequence[Box], exchange: Exchange, drawer: Drawer) -> bool:
    """Whether it is so now."""
    if not exchange.quiet or any(_is_busy(box) for box in boxes) or _not_sent(drawer, exchange.central.database):
        return False
    return not _open_at_central(exchange.central.database)


def unsettled(boxes: Sequence[Box], exchange: Exchange, drawer: Drawer) -> list[str]:
    """What has not converged."""
    wrong = [f"{box.facts.id} has not settled: {_standing(box)}" for box in boxes if _is_busy(box)]
    if not exchange.quiet:
        wrong.append("messages wait at the broker")
    wrong += _not_sent(drawer, exchange.central.database)
    return wrong + _open_at_central(exchange.central.database)


def _not_sent(drawer: Drawer, database: sqlite3.Connection) -> list[str]:
    """Journals that were set aside, whose terminals have not sent all of them yet."""
    heads = {(terminal, epoch): seq for terminal, epoch, seq in database.execute(_HEADS)}
    return [
        f"{place} is set aside with {lost.at_hand} entries, {heads.get(place, -1) + 1} of them have arrived"
        for place, lost in sorted(drawer.journals.items())
        if lost.at_hand > heads.get(place, -1) + 1
    ]


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


_HEADS = "SELECT terminal_id, epoch, seq FROM fleet_epochhead"
_OPEN_GRANTS = """
SELECT g.terminal_id, g.epoch, g.member_id, g.made_at FROM fleet_grant g WHERE g.status = 'open'
AND g.epoch = (SELECT max(e.epoch) FROM fleet_epochhead e WHERE e.terminal_id = g.terminal_id)
AND g.generation = (SELECT coalesce(max(number), 0) FROM fleet_generation)
"""
_WAITING = "SELECT terminal_id, epoch, member_id, deadline_at FROM fleet_rightsask WHERE status = 'waiting'"
_CATCHING_UP = """
SELECT number FROM fleet_generation WHERE done_at IS NULL AND number = (SELECT max(number) FROM fleet_generation)
"""


def _open_at_central(database: sqlite3.Connection) -> list[str]:
    """Grants that are on their way, and requests that wait. What a lost journal was granted is frozen with it."""
    grants = database.execute(_OPEN_GRANTS).fetchall()
    waiting = database.execute(_WAITING).fetchall()
    catching_up = database.execute(_CATCHING_UP).fetchall()
    return (
        [f"an open grant: {row}" for row in grants]
        + [f"a waiting request: {row}" for row in waiting]
        + [f"generation {number} catches up" for (number,) in catching_up]
    )
