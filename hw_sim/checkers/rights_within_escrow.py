"""No terminal holds more than the central ledger has put into its escrow, lot by lot.

What a journal says that the ledger has not heard yet is reckoned in: what was spent or returned there leaves the
escrow as soon as it arrives, a registered coupon enters it.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable

from loyalty.entries import CouponRegistered, Entry, GrantTaken, PointsSpent, RightsReturned

_ESCROW = """
SELECT h.lot_id, sum(h.amount) FROM ledger_holding h JOIN ledger_account a ON a.id = h.account_id
WHERE a.kind = 'member_escrow' AND a.terminal_id = ? AND a.epoch = ? GROUP BY h.lot_id
"""
_HEAD = "SELECT seq FROM fleet_epochhead WHERE terminal_id = ? AND epoch = ?"


def rights(entries: Iterable[Entry]) -> Counter[str]:
    """What is held after these entries, by lot."""
    held: Counter[str] = Counter()
    for entry in entries:
        body = entry.body
        if isinstance(body, GrantTaken):
            for lot in body.lots:
                held[lot.lot] += lot.points
        elif isinstance(body, CouponRegistered):
            held[body.lot.lot] += body.lot.points
        elif isinstance(body, PointsSpent | RightsReturned):
            for spend in body.lots:
                held[spend.lot] -= spend.points
    return held


def check(entries: list[Entry], central: sqlite3.Connection) -> list[str]:
    """Rights of one journal (from its first entry) that nobody put aside for it, or that were overspent."""
    if not entries:
        return []
    terminal, epoch = entries[0].terminal, entries[0].epoch
    row = central.execute(_HEAD, (terminal, epoch)).fetchone()
    applied = -1 if row is None else int(row[0])
    escrow: Counter[str] = Counter(dict(central.execute(_ESCROW, (terminal, epoch)).fetchall()))
    for entry in entries[applied + 1 :]:
        if not isinstance(entry.body, GrantTaken):
            escrow.update(rights([entry]))
    wrong = []
    for lot, points in sorted(rights(entries).items()):
        if points < 0:
            wrong.append(f"{terminal}/{epoch} has given away {-points} points more of lot {lot} than it held")
        if points > escrow[lot]:
            wrong.append(f"{terminal}/{epoch} holds {points} of lot {lot}, its escrow has {escrow[lot]}")
    return wrong


def check_tables(entries: list[Entry], held: dict[str, int]) -> list[str]:
    """Rights in a terminal's tables that are not what its journal says."""
    journal = {lot: points for lot, points in rights(entries).items() if points}
    if journal == held:
        return []
    lots = sorted(lot for lot in journal.keys() | held.keys() if journal.get(lot) != held.get(lot))
    return [f"lot {lot}: the tables hold {held.get(lot, 0)}, the journal {journal.get(lot, 0)}" for lot in lots]
