"""Receipts that were sold here, and the right to reverse them: consequences of entries (ADR 0021)."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from firmware.journal.consequences import apply, change, give, once, take
from firmware.journal.errors import recording
from firmware.journal.storage import Connection
from loyalty.entries import Entry, ReceiptReturned, ReceiptReversed, ReceiptSold, read_payload
from loyalty.errors import NotEnoughRights
from loyalty.reversal.result import Reversal
from loyalty.selling import paid_lots


class KeptReceipt(msgspec.Struct, frozen=True, kw_only=True):
    """A receipt that can be reversed here: the entry's number, what it said, and what came back so far."""

    seq: int
    body: ReceiptSold
    reversals: tuple[Reversal, ...] = ()
    complete: bool = False


@apply.register
def _(body: ReceiptSold, connection: Connection, seq: int, at_ms: int) -> None:
    number = body.sale.receipt.receipt
    once(connection, "INSERT INTO receipt VALUES (?, ?, 1)", (number, seq), f"receipt {number}")
    if body.sale.customer is None:
        return
    member = body.sale.customer.customer
    pool_of = {lot.lot: balance.pool for balance in body.sale.balances for lot in balance.lots or ()}
    paid = paid_lots(body.sold)
    take(connection, member, paid)
    give(connection, member, body.lots)
    moved = [(lot.pool, lot.points) for lot in body.lots] + [(pool_of[one.lot], -one.points) for one in paid]
    _changed(connection, seq, member, moved)


@apply.register
def _(body: ReceiptReversed, connection: Connection, seq: int, at_ms: int) -> None:
    kept = receipt(connection, body.receipt)
    if kept is None or kept.seq != body.seq or body.number != len(kept.reversals) + 1:
        raise NotEnoughRights(f"receipt {body.receipt} cannot be reversed here")
    connection.execute("INSERT INTO receipt_part VALUES (?, ?, ?)", (body.receipt, body.number, seq))
    if kept.body.sale.customer is None:
        return
    member = kept.body.sale.customer.customer
    give(connection, member, body.lots)
    for gift in body.gifts:
        take(connection, member, gift.taken)
    moved = [(lot.pool, lot.points) for lot in body.lots]
    moved += [(gift.pool, -sum(part.points for part in gift.taken) - gift.debt) for gift in body.gifts]
    _changed(connection, seq, member, moved)


@apply.register
def _(body: ReceiptReturned, connection: Connection, seq: int, at_ms: int) -> None:
    statement = "UPDATE receipt SET here = 0 WHERE number = ? AND seq = ? AND here = 1"
    if connection.execute(statement, (body.receipt, body.seq)).rowcount != 1:
        raise NotEnoughRights(f"the right to reverse receipt {body.receipt} is not held here")


def receipt(connection: Connection, number: str) -> KeptReceipt | None:
    """The receipt of this number, if the right to reverse it is held here."""
    with recording():
        row = connection.execute("SELECT seq FROM receipt WHERE number = ? AND here = 1", (number,)).fetchone()
        if row is None:
            return None
        parts = connection.execute("SELECT seq FROM receipt_part WHERE number = ? ORDER BY part", (number,)).fetchall()
        body = _entry(connection, row[0]).body
        reversals = [_entry(connection, seq).body for (seq,) in parts]
    if not isinstance(body, ReceiptSold):
        raise NotEnoughRights(f"entry {row[0]} is no receipt")
    done = tuple(one.reversal for one in reversals if isinstance(one, ReceiptReversed))
    return KeptReceipt(seq=row[0], body=body, reversals=done, complete=any(one.complete for one in done))


def _entry(connection: Connection, seq: int) -> Entry:
    return read_payload(connection.execute("SELECT payload FROM entry WHERE seq = ?", (seq,)).fetchone()[0])


def _changed(connection: Connection, seq: int, member: str, moved: Sequence[tuple[str, int]]) -> None:
    sums: dict[str, int] = {}
    for pool, points in moved:
        sums[pool] = sums.get(pool, 0) + points
    for pool, points in sums.items():
        if points:
            change(connection, seq, member, pool, points)
