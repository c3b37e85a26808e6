"""What an entry does to the rights held here, in the same transaction as the entry.

The rules themselves are `loyalty.rights`; this module keeps their results in tables.
"""

from __future__ import annotations

import sqlite3
from functools import singledispatch

from firmware.journal.errors import AlreadyRecorded
from loyalty import rights as rules
from loyalty.entries import Body, CouponNoted, CouponRegistered, EpochBegun, GrantTaken, PointsSpent, RightsReturned
from loyalty.errors import NotEnoughRights
from loyalty.rights import LotRight, LotSpend

_HELD = "SELECT lot, member, pool, points, issuer, origin, expires_ms, created_ms FROM lot_right WHERE member = ?"
_HOLD = (
    "INSERT INTO lot_right (lot, member, pool, points, issuer, origin, expires_ms, created_ms)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)


def held_by(connection: sqlite3.Connection, member: str) -> tuple[LotRight, ...]:
    """The lots that are held here for `member`."""
    return tuple(_right(row) for row in connection.execute(_HELD, (member,)))


def _right(row: tuple[str, str, str, int, str, str, int | None, int]) -> LotRight:
    lot, member, pool, points, issuer, origin, expires_ms, created_ms = row
    return LotRight(
        lot=lot,
        member=member,
        pool=pool,
        points=points,
        issuer=issuer,
        origin=origin,
        expires_ms=expires_ms,
        created_ms=created_ms,
    )


@singledispatch
def apply(body: Body, connection: sqlite3.Connection, seq: int, at_ms: int) -> None:
    """Carry out what `body`, entry `seq` written at `at_ms`, does to the rights.

    Raises `NotEnoughRights` or `AlreadyRecorded` for an entry that must not be written.
    """
    raise TypeError(f"{type(body).__name__} is no body of a journal entry")


@apply.register
def _(body: EpochBegun, connection: sqlite3.Connection, seq: int, at_ms: int) -> None:
    """No rights are held at the beginning."""


@apply.register
def _(body: GrantTaken, connection: sqlite3.Connection, seq: int, at_ms: int) -> None:
    _once(connection, "INSERT INTO taken_grant VALUES (?, ?)", (body.grant, seq), f"grant {body.grant}")
    _write(connection, body.member, rules.add(held_by(connection, body.member), body.lots))
    if body.unlocked:
        pools = {lot.pool for lot in body.lots}
        connection.executemany("INSERT OR IGNORE INTO unlocked VALUES (?, ?)", [(body.member, pool) for pool in pools])
    if body.coupon is not None:
        connection.execute("INSERT OR REPLACE INTO coupon_right VALUES (?, ?)", (body.coupon, body.member))


@apply.register
def _(body: PointsSpent, connection: sqlite3.Connection, seq: int, at_ms: int) -> None:
    _take(connection, body.member, body.lots)
    _once(
        connection,
        "INSERT INTO spend VALUES (?, ?, ?, ?, ?, ?)",
        (seq, body.spend, body.member, body.reward, body.code, at_ms),
        f"spend {body.spend}",
    )
    _change(connection, seq, body.member, body.pool, -sum(lot.points for lot in body.lots))


@apply.register
def _(body: CouponRegistered, connection: sqlite3.Connection, seq: int, at_ms: int) -> None:
    lot = body.lot
    _end_home(connection, body.coupon, lot.member)
    _once(connection, "INSERT INTO ended_coupon VALUES (?, ?)", (body.coupon, seq), f"coupon {body.coupon}")
    _write(connection, lot.member, rules.add(held_by(connection, lot.member), (lot,)))
    _change(connection, seq, lot.member, lot.pool, lot.points)


@apply.register
def _(body: CouponNoted, connection: sqlite3.Connection, seq: int, at_ms: int) -> None:
    _once(connection, "INSERT INTO ended_coupon VALUES (?, ?)", (body.coupon, seq), f"coupon {body.coupon}")


@apply.register
def _(body: RightsReturned, connection: sqlite3.Connection, seq: int, at_ms: int) -> None:
    if body.coupon is not None:
        _end_home(connection, body.coupon, body.member)
    _take(connection, body.member, body.lots)


def _take(connection: sqlite3.Connection, member: str, lots: tuple[LotSpend, ...]) -> None:
    left = rules.take(held_by(connection, member), lots, member=member)
    _write(connection, member, left)
    # The word that a minimum is reached was given for these rights: it goes with the last of them.
    still = {right.pool for right in left}
    for (pool,) in connection.execute("SELECT pool FROM unlocked WHERE member = ?", (member,)).fetchall():
        if pool not in still:
            connection.execute("DELETE FROM unlocked WHERE member = ? AND pool = ?", (member, pool))


def _write(connection: sqlite3.Connection, member: str, rights: tuple[LotRight, ...]) -> None:
    connection.execute("DELETE FROM lot_right WHERE member = ?", (member,))
    connection.executemany(
        _HOLD,
        [(r.lot, r.member, r.pool, r.points, r.issuer, r.origin, r.expires_ms, r.created_ms) for r in rights],
    )


def _end_home(connection: sqlite3.Connection, coupon: str, member: str) -> None:
    gone = connection.execute("DELETE FROM coupon_right WHERE coupon = ? AND member = ?", (coupon, member))
    if gone.rowcount != 1:
        raise NotEnoughRights(f"coupon {coupon} does not have its home here for this member")


def _change(connection: sqlite3.Connection, seq: int, member: str, pool: str, points: int) -> None:
    connection.execute("INSERT INTO change VALUES (?, ?, ?, ?)", (seq, member, pool, points))


def _once(connection: sqlite3.Connection, statement: str, values: tuple[object, ...], what: str) -> None:
    try:
        connection.execute(statement, values)
    except sqlite3.IntegrityError as error:
        raise AlreadyRecorded(f"{what} is in the journal already") from error
