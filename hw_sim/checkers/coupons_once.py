"""No coupon is used beyond its uses: its points are given once, to one member, and its home is one place."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable

from loyalty.entries import CouponRegistered, Entry


def check_journals(entries: Iterable[Entry]) -> list[str]:
    """Coupons that several entries, of whichever terminals, have ended."""
    ended = Counter(entry.body.coupon for entry in entries if isinstance(entry.body, CouponRegistered))
    return [f"coupon {coupon} was registered in {count} entries" for coupon, count in ended.items() if count > 1]


def check_ledger(central: sqlite3.Connection) -> list[str]:
    """Coupons whose points were given more than once, or not though they are registered, or otherwise than it says."""
    rows = central.execute(
        "SELECT v.id, v.state, v.points, count(t.id), coalesce(sum(t.amount), 0) FROM vouchers_voucher v"
        " LEFT JOIN vouchers_voucherevent e ON e.voucher_id = v.id AND e.what = 'registered'"
        " LEFT JOIN ledger_cause c ON c.key = e.cause"
        " LEFT JOIN ledger_transfer t ON t.cause_id = c.id AND t.kind = 'coupon'"
        " WHERE v.kind = 'points' GROUP BY v.id"
    )
    wrong = []
    for coupon, state, points, times, given in rows:
        wanted = (1, points) if state == "registered" else (0, 0)
        if (times, given) != wanted:
            wrong.append(f"coupon {coupon} is {state}; its points were given {times} times, {given} in all")
    return wrong
