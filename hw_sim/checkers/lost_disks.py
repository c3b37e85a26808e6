"""What was shown at a terminal whose disk was lost with it: covered by rights that stay frozen, or were written off.

A spend that nobody can prove any more is paid by the bearer of the risk at most, and never by the customer: the
points that paid it are still in that journal's escrow, or went back to the member when it was closed.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from loyalty.entries import CouponRegistered, Entry, PointsSpent

_FROZEN = """
SELECT coalesce(sum(h.amount), 0) FROM ledger_holding h JOIN ledger_account a ON a.id = h.account_id
WHERE a.kind = 'member_escrow' AND a.terminal_id = ? AND a.epoch = ? AND h.lot_id = ?
"""
_CLOSED = "SELECT count(*) FROM fleet_journalclosing WHERE terminal_id = ? AND epoch = ?"
_HEAD = "SELECT seq FROM fleet_epochhead WHERE terminal_id = ? AND epoch = ?"
_HOME = "SELECT home_terminal_id, home_epoch FROM vouchers_voucher WHERE id = ?"


def uncovered(entries: Sequence[Entry], central: sqlite3.Connection) -> tuple[set[str], list[str]]:
    """Codes and coupons of one lost journal that may be missing in the ledger, and what nothing covers."""
    excused: set[str] = set()
    wrong: list[str] = []
    if not entries:
        return excused, wrong
    place = (entries[0].terminal, entries[0].epoch)
    row = central.execute(_HEAD, place).fetchone()
    missing = entries[(-1 if row is None else int(row[0])) + 1 :]
    closed = bool(central.execute(_CLOSED, place).fetchone()[0])
    born = {entry.body.lot.lot for entry in missing if isinstance(entry.body, CouponRegistered)}
    for entry in missing:
        body = entry.body
        if isinstance(body, PointsSpent):
            excused.add(body.code)
            for spend in body.lots:
                frozen = int(central.execute(_FROZEN, (*place, spend.lot)).fetchone()[0])
                if not closed and spend.lot not in born and frozen < spend.points:
                    wrong.append(f"{place}: {spend.points} of lot {spend.lot} were spent and lost, frozen are {frozen}")
        elif isinstance(body, CouponRegistered):
            excused.add(body.coupon)
            home = central.execute(_HOME, (body.coupon,)).fetchone()
            if not closed and tuple(home) != place:
                wrong.append(f"{place}: coupon {body.coupon} was registered and lost, its home is {home}")
    return excused, wrong
