"""What customers were shown is in the ledger exactly once: each hand-in code, each registration of a coupon."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class ShownCode:
    """A code to hand in, as somebody saw it; reward and points are as the shop's poster has them."""

    code: str
    member: str
    terminal: str
    reward: str
    pool: str
    points: int


@dataclass(frozen=True, kw_only=True)
class ShownRegistration:
    """A coupon of which somebody saw that its points are on their account."""

    coupon: str
    member: str
    points: int


def check_codes(shown: Iterable[ShownCode], central: sqlite3.Connection) -> list[str]:
    """Codes that the ledger does not have, has twice, or has for another member, reward or number of points."""
    booked: dict[str, list[tuple[str, str, str, int]]] = {}
    for code, *about in central.execute("SELECT code, member_id, reward, pool_id, points FROM ledger_redemption"):
        booked.setdefault(code, []).append((about[0], about[1], about[2], about[3]))
    spent = dict(
        central.execute(
            "SELECT r.code, sum(t.amount) FROM ledger_redemption r JOIN ledger_cause c ON c.key = r.entry"
            " JOIN ledger_transfer t ON t.cause_id = c.id AND t.kind = 'spent' GROUP BY r.code"
        )
    )
    wrong = []
    for one in shown:
        wanted = (one.member, one.reward, one.pool, one.points)
        if booked.get(one.code, []) != [wanted]:
            wrong.append(f"{one} was shown; in the ledger are {booked.get(one.code, [])}")
        elif spent.get(one.code) != one.points:
            wrong.append(f"{one} was shown; spent were {spent.get(one.code)} points")
    return wrong


def check_registrations(shown: Iterable[ShownRegistration], central: sqlite3.Connection) -> list[str]:
    """Registrations that the ledger does not have, or has for somebody else."""
    given: dict[str, list[tuple[str, int]]] = {}
    rows = central.execute(
        "SELECT v.id, l.member_id, t.amount FROM vouchers_voucher v JOIN vouchers_voucherevent e ON e.voucher_id = v.id"
        " AND e.what = 'registered' JOIN ledger_cause c ON c.key = e.cause"
        " JOIN ledger_transfer t ON t.cause_id = c.id AND t.kind = 'coupon' JOIN ledger_lot l ON l.id = t.lot_id"
    )
    for coupon, member, points in rows:
        given.setdefault(coupon, []).append((member, points))
    return [
        f"{one} was shown; in the ledger is {given.get(one.coupon, [])}"
        for one in shown
        if given.get(one.coupon, []) != [(one.member, one.points)]
    ]
