"""Receipts that terminals sold and took back (ADR 0021): from what an entry says to the act that it is."""

from __future__ import annotations

import hashlib

from backend_bridge.central.fleet.models import JournalEntry
from loyalty.acts.sales import LotGiven, SaleMade, SaleReversed
from loyalty.entries import Entry, ReceiptReversed, ReceiptSold, read_payload
from loyalty.reversal.taking_back import SpentPolicy


def sale_made(entry: Entry, body: ReceiptSold, *, branch: str) -> SaleMade:
    """The act of a receipt that an entry says was sold at `branch`."""
    sale = body.sale
    return SaleMade(
        branch=branch,
        receipt=sale.receipt.receipt,
        channel=sale.receipt.channel,
        member=None if sale.customer is None else sale.customer.customer,
        day=body.day,
        sold=body.sold,
        rules=entry.rules,
        versions={},
        request=_digest(entry),
        awards=tuple(
            LotGiven(lot=lot.lot, pool=lot.pool, points=lot.points, by=award.campaign, expires_ms=lot.expires_ms)
            for lot, award in zip(body.lots, body.sold.evaluation.awards, strict=True)
        ),
    )


def sale_reversed(entry: Entry, body: ReceiptReversed, *, branch: str, sale: str, member: str | None) -> SaleReversed:
    """The act of a reversal of the receipt whose cause is `sale`."""
    return SaleReversed(
        branch=branch,
        receipt=body.receipt,
        sale=sale,
        number=body.number,
        member=member,
        day=body.day,
        policy=SpentPolicy.ABSORB,
        reversal=body.reversal,
        request=_digest(entry),
        gifts=body.gifts,
        reason=body.reason,
    )


def kept_sale(cause: str) -> SaleMade:
    """The act of the receipt with this cause, from the entry that is kept. Raises `LookupError`."""
    row, entry = _entry(cause)
    if not isinstance(entry.body, ReceiptSold):
        raise LookupError(f"{cause} is no receipt")
    return sale_made(entry, entry.body, branch=row.branch_id or row.terminal.branch_id)


def kept_reversal(cause: str) -> SaleReversed:
    """The act of the reversal with this cause, from the entry that is kept. Raises `LookupError`."""
    row, entry = _entry(cause)
    body = entry.body
    if not isinstance(body, ReceiptReversed):
        raise LookupError(f"{cause} is no reversal")
    sale = f"{entry.terminal}/{entry.epoch}/{body.seq}"
    return sale_reversed(
        entry, body, branch=row.branch_id or row.terminal.branch_id, sale=sale, member=kept_sale(sale).member
    )


def _entry(cause: str) -> tuple[JournalEntry, Entry]:
    terminal, epoch, seq = cause.split("/")
    row = JournalEntry.objects.filter(terminal=terminal, epoch=int(epoch), seq=int(seq)).first()
    if row is None:
        raise LookupError(f"there is no entry {cause}")
    return row, read_payload(bytes(row.payload))


def _digest(entry: Entry) -> str:
    """Names the entry; a repetition of it is told by its place in the journal."""
    return hashlib.blake2b(f"{entry.terminal}/{entry.epoch}/{entry.seq}".encode(), digest_size=16).hexdigest()
