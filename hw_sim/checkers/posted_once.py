"""What a journal entry promised is in the ledger exactly once: each spend and each registration."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Sequence

from hw_sim.checkers.evidence import StoredEntry
from loyalty.entries import CouponRegistered, PointsSpent, RightsReturned, read_payload

#: (kind of transfer, lot, points), as often as it is to be in the ledger.
Promises = Counter[tuple[str, str, int]]


def promised(entries: Iterable[StoredEntry]) -> Promises:
    """The transfers that the entries of a journal call for."""
    promises: Promises = Counter()
    for stored in entries:
        body = read_payload(stored.payload).body
        if isinstance(body, PointsSpent):
            promises.update(("spent", lot.lot, lot.points) for lot in body.lots)
        elif isinstance(body, RightsReturned):
            promises.update(("returned", lot.lot, lot.points) for lot in body.lots)
        elif isinstance(body, CouponRegistered):
            promises["coupon", body.lot.lot, body.lot.points] += 1
    return promises


def check(entries: Sequence[StoredEntry], central: sqlite3.Connection, *, terminal: str) -> list[str]:
    """Promises of the journal that the ledger has not, or has more often."""
    rows = central.execute(
        "SELECT t.kind, t.lot_id, t.amount FROM ledger_transfer t JOIN ledger_cause c ON c.id = t.cause_id "
        "WHERE c.key LIKE ? AND t.lot_id IS NOT NULL AND t.kind IN ('spent', 'returned', 'coupon')",
        (f"{terminal}/%",),
    ).fetchall()
    booked: Promises = Counter((kind, lot, points) for kind, lot, points in rows)
    wanted = promised(entries)
    wrong = [f"not in the ledger: {count} x {what}" for what, count in (wanted - booked).items()]
    return wrong + [
        f"in the ledger without a journal entry: {count} x {what}" for what, count in (booked - wanted).items()
    ]


def check_coupons(central: sqlite3.Connection) -> list[str]:
    """Coupons whose points were given more than once, or never though they are registered."""
    ended = "SELECT count(*) FROM vouchers_voucher WHERE kind = 'points' AND state = 'registered'"
    registered = central.execute(ended).fetchone()[0]
    given = central.execute("SELECT count(*) FROM ledger_transfer WHERE kind = 'coupon'").fetchone()[0]
    return [] if registered == given else [f"{registered} coupons are registered, {given} were posted"]
