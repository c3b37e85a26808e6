"""What an entry does to the rights held here, in the same transaction as the entry.

The rules themselves are `loyalty.rights`; this module keeps their results in tables.
"""

from __future__ import annotations

import sqlite3
from functools import singledispatch

from firmware.journal.errors import AlreadyRecorded
from firmware.journal.storage import Connection
from loyalty import rights as rules
from loyalty.entries import Body, CouponNoted, CouponRegistered, EpochBegun, GrantTaken, PointsSpent, RightsReturned
from loyalty.errors import NotEnoughRights
from loyalty.rights import LotRight, LotSpend

_HELD = "SELECT lot, member, pool, points, issuer, origin, expires_ms, created_ms FROM lot_right WHERE member = ?"
_HOLD = (
    "INSERT INTO lot_right (lot, member, pool, points, issuer, origin, expires_ms, created_ms)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)


def held_by(connection: Connection, member: str) -> tuple[LotRight, ...]:
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
def apply(body: Body, connection: Connection, seq: int, at_ms: int) -> None:
    """Carry out what `body`, entry `seq` written at `at_ms`, does to the rights.

    Raises `NotEnoughRights` or `AlreadyRecorded` for an entry that must not be written.
    """
    raise TypeError(f"{type(body).__name__} is no body of a journal entry")


@apply.register
def _(body: EpochBegun, connection: Connection, seq: int, at_ms: int) -> None:
    """No rights are held at the beginning."""


@apply.register
def _(body: GrantTaken, connection: Connection, seq: int, at_ms: int) -> None:
    once(connection, "INSERT INTO taken_grant VALUES (?, ?)", (body.grant, seq), f"grant {body.grant}")
    _write(connection, body.member, rules.add(held_by(connection, body.member), body.lots))
    if body.unlocked:
        pools = {lot.pool for lot in body.lots}
        connection.executemany("INSERT OR IGNORE INTO unlocked VALUES (?, ?)", [(body.member, pool) for pool in pools])
    if body.coupon is not None:
        connection.execute("INSERT OR REPLACE INTO coupon_right VALUES (?, ?)", (body.coupon, body.member))


@apply.register
def _(body: PointsSpent, connection: Connection, seq: int, at_ms: int) -> None:
    take(connection, body.member, body.lots)
    once(
        connection,
        "INSERT INTO spend VALUES (?, ?, ?, ?, ?, ?)",
        (seq, body.spend, body.member, body.reward, body.code, at_ms),
        f"spend {body.spend}",
    )
    change(connection, seq, body.member, body.pool, -sum(lot.points for lot in body.lots))


@apply.register
def _(body: CouponRegistered, connection: Connection, seq: int, at_ms: int) -> None:
    lot = body.lot
    _end_home(connection, body.coupon, lot.member)
    once(connection, "INSERT INTO ended_coupon VALUES (?, ?)", (body.coupon, seq), f"coupon {body.coupon}")
    _write(connection, lot.member, rules.add(held_by(connection, lot.member), (lot,)))
    change(connection, seq, lot.member, lot.pool, lot.points)


@apply.register
def _(body: CouponNoted, connection: Connection, seq: int, at_ms: int) -> None:
    once(connection, "INSERT INTO ended_coupon VALUES (?, ?)", (body.coupon, seq), f"coupon {body.coupon}")


@apply.register
def _(body: RightsReturned, connection: Connection, seq: int, at_ms: int) -> None:
    if body.coupon is not None:
        _end_home(connection, body.coupon, body.member)
    take(connection, body.member, body.lots)


def give(connection: Connection, member: str, lots: tuple[LotRight, ...]) -> None:
    """Hold `lots` for `member`, too; raises `NotEnoughRights` for lots that cannot be."""
    if any(lot.member != member for lot in lots):
        raise NotEnoughRights("the lots belong to another member")
    _write(connection, member, rules.add(held_by(connection, member), lots))


def take(connection: Connection, member: str, lots: tuple[LotSpend, ...]) -> None:
    """Hold `lots` no longer; raises `NotEnoughRights` for what is not held for `member`."""
    left = rules.take(held_by(connection, member), lots, member=member)
    _write(connection, member, left)
    # The word that a minimum is reached was given for these rights: it goes with the last of them.
    still = {right.pool for right in left}
    for (pool,) in connection.execute("SELECT pool FROM unlocked WHERE member = ?", (member,)).fetchall():
        if pool not in still:
            connection.execute("DELETE FROM unlocked WHERE member = ? AND pool = ?", (member, pool))


def _write(connection: Connection, member: str, rights: tuple[LotRight, ...]) -> None:
    connection.execute("DELETE FROM lot_right WHERE member = ?", (member,))
    connection.executemany(
        _HOLD,
        [(r.lot, r.member, r.pool, r.points, r.issuer, r.origin, r.expires_ms, r.created_ms) for r in rights],
    )


def _end_home(connection: Connection, coupon: str, member: str) -> None:
    gone = connection.execute("DELETE FROM coupon_right WHERE coupon = ? AND member = ?", (coupon, member))
    if gone.rowcount != 1:
        raise NotEnoughRights(f"coupon {coupon} does not have its home here for this member")


def change(connection: Connection, seq: int, member: str, pool: str, points: int) -> None:
    """Note by how much entry `seq` changes what `member` has."""
    connection.execute("INSERT INTO change VALUES (?, ?, ?, ?)", (seq, member, pool, points))


def once(connection: Connection, statement: str, values: tuple[object, ...], what: str) -> None:
    """Insert what can be there once; raises `AlreadyRecorded` naming `what`."""
    try:
        connection.execute(statement, values)
    except sqlite3.IntegrityError as error:
        raise AlreadyRecorded(f"{what} is in the journal already") from error
