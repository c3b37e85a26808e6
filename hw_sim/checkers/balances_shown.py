"""Once all has converged, a screen shows the balance of the ledger: main account and all that terminals hold."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

_TOTAL = """
SELECT coalesce(sum(h.amount), 0) FROM ledger_holding h JOIN ledger_account a ON a.id = h.account_id
JOIN ledger_lot l ON l.id = h.lot_id
WHERE l.member_id = ? AND a.unit = ? AND a.kind IN ('member_main', 'member_escrow') AND l.expires_at IS NULL
"""


@dataclass(frozen=True, kw_only=True)
class ShownBalance:
    """What somebody read: their points of one pool at one terminal. `total` is what the ledger had at that moment."""

    member: str
    terminal: str
    pool: str
    shown: int
    total: int


def total_of(central: sqlite3.Connection, *, member: str, pool: str) -> int | None:
    """The points of `member` in the ledger; None where some of them can expire, which depends on the moment."""
    expiring = central.execute(
        "SELECT count(*) FROM ledger_lot WHERE member_id = ? AND unit = ? AND expires_at IS NOT NULL", (member, pool)
    ).fetchone()[0]
    return None if expiring else int(central.execute(_TOTAL, (member, pool)).fetchone()[0])


def check(shown: Iterable[ShownBalance]) -> list[str]:
    """Balances that were shown and are not in the ledger."""
    return [f"{one}" for one in shown if one.shown != one.total]
