"""Writing down what redemptions mean between companies, in the transaction in which they are posted.

Whoever posts a spend of points calls `record`, with `reward_cells` or with the cells of a sale
(`loyalty.reversal.points.cells_of`). Who reverses a sale calls `record_returned` with the cells that
`loyalty.reversal` names; who undoes a redemption as a whole, `record_undone`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import msgspec
from django.db.models import Sum

from backend_bridge.central.clearing.calendar import open_month, zone_of
from backend_bridge.central.clearing.models import ClearingLine
from backend_bridge.central.errors import BooksError
from backend_bridge.central.ledger.posting import Posting
from backend_bridge.central.organisation.models import Pool
from loyalty.clearing.entries import ClearingEntry, ClearingPool, entries, mirrored
from loyalty.clearing.split import Cell, Rate, split

_LONGEST_REFERENCE, _LONGEST_RECEIPT = 140, 64


def reward_cells(pool: Pool, lots: Iterable[tuple[str, int]]) -> tuple[Cell, ...]:
    """Points that paid for nothing with a VAT rate: a reward, or a debt that they fill. `lots`: (lot, points)."""
    counts: Counter[str] = Counter()
    for lot, points in lots:
        counts[lot] += points
    value = counts.total() * pool.point_value_minor
    return split(counts, {None: value}, point_value_minor=pool.point_value_minor)


def record(
    posting: Posting,
    *,
    pool: Pool,
    cells: Iterable[Cell],
    timezone: str | None = None,
    taker: str | None = None,
    issuer: str | None = None,
    reference: str = "",
    receipt: str = "",
) -> int:
    """Note a spend of network points; how many lines that made. A company's own points make none.

    `issuer` owes for it in the place of those who gave the lots: what was spent at somebody's risk. `taker` is the
    posting's company unless another is named: a debt is filled at the company it is owed to. `timezone` is the
    branch's; without one, that of the taker's first branch. `reference` names the redemption where the posting's key
    does not. Raises `BooksError`.
    """
    if not pool.network:
        return 0
    found = _entries(posting, cells, pool=pool, taker=taker or posting.company, issuer=issuer)
    return _write(posting, found, pool=pool, timezone=timezone, reference=reference or posting.key, receipt=receipt)


def record_returned(
    posting: Posting,
    *,
    pool: Pool,
    cells: Iterable[Cell],
    reference: str,
    timezone: str | None = None,
    receipt: str = "",
) -> int:
    """Note that `cells` of the redemption `reference` came back: lines below zero, in the first open month.

    The taker is the one who took the points. Raises `BooksError` for more than was cleared and not
    returned.
    """
    if not pool.network:
        return 0
    left = _left(reference)
    takers = {entry.taker for entry in left if entry.pool == pool.pk}
    if len(takers) != 1:
        raise BooksError("the redemption that is reversed was not cleared at one company")
    found = _entries(posting, cells, pool=pool, taker=takers.pop())
    rest = {_place(entry): entry for entry in left}
    back = []
    for entry in found:
        known = rest.get(_place(entry))
        if known is None or entry.value_minor > known.value_minor or entry.points > known.points:
            raise BooksError("more is returned than was cleared of this redemption")
        # Whoever owed for it is owed: that was not the lot's issuer where it was spent at somebody's risk.
        back.append(mirrored(msgspec.structs.replace(entry, issuer=known.issuer)))
    return _write(posting, back, pool=pool, timezone=timezone, reference=reference, receipt=receipt)


def record_undone(
    posting: Posting, *, reference: str, timezone: str | None = None, receipt: str = "", pool: Pool | None = None
) -> int:
    """Note that all that is left of the redemption `reference` came back, in `pool` or in all pools; how many
    lines that made."""
    made = 0
    left = [entry for entry in _left(reference) if pool is None or entry.pool == pool.pk]
    for one in Pool.objects.filter(pk__in={entry.pool for entry in left}).order_by("pk"):
        back = [mirrored(entry) for entry in left if entry.pool == one.pk]
        made += _write(posting, back, pool=one, timezone=timezone, reference=reference, receipt=receipt)
    return made


def _entries(
    posting: Posting, cells: Iterable[Cell], *, pool: Pool, taker: str, issuer: str | None = None
) -> tuple[ClearingEntry, ...]:
    cells = tuple(cells)
    issuers = {cell.lot: issuer or posting.bearers.get(cell.lot) or posting.lot(cell.lot).issuer for cell in cells}
    terms = ClearingPool(pool=pool.pk, currency=pool.currency, point_value_minor=pool.point_value_minor)
    return entries(cells, issuers, taker=taker, pool=terms)


def _write(
    posting: Posting, found: Iterable[ClearingEntry], *, pool: Pool, timezone: str | None, reference: str, receipt: str
) -> int:
    found = [entry for entry in found if entry.value_minor or entry.points]
    if not found:
        return 0
    if len(reference) > _LONGEST_REFERENCE or len(receipt) > _LONGEST_RECEIPT:
        raise BooksError("the reference or the receipt's number is too long")
    zone = timezone or zone_of(found[0].taker)
    month = open_month(pool.programme_id, posting.happened_at, timezone=zone)
    rows = [
        ClearingLine(
            cause_id=posting.key,
            reference=reference,
            receipt=receipt,
            programme_id=pool.programme_id,
            pool_id=entry.pool,
            currency=entry.currency,
            issuer_id=entry.issuer,
            taker_id=entry.taker,
            lot_id=entry.lot,
            rate_bp=entry.rate_bp,
            points=entry.points,
            value_minor=entry.value_minor,
            happened_at=posting.happened_at,
            timezone=zone,
            month=month,
            at=posting.at,
        )
        for entry in found
    ]
    ClearingLine.objects.bulk_create(rows)
    return len(rows)


def _left(reference: str) -> list[ClearingEntry]:
    """What is cleared of a redemption and not returned, by lot and rate."""
    places = ("issuer_id", "taker_id", "pool_id", "currency", "lot_id", "rate_bp")
    rows = ClearingLine.objects.filter(reference=reference).values_list(*places).order_by(*places)
    found = []
    for issuer, taker, pool, currency, lot, rate, points, value in rows.annotate(Sum("points"), Sum("value_minor")):
        if value or points:
            found.append(
                ClearingEntry(
                    issuer=issuer,
                    taker=taker,
                    pool=pool,
                    currency=currency,
                    lot=lot,
                    rate_bp=rate,
                    points=points,
                    value_minor=value,
                )
            )
    return found


def _place(entry: ClearingEntry) -> tuple[str, str, Rate]:
    return (entry.pool, entry.lot, entry.rate_bp)
