"""Points that paid and come back: to which lots, and at which VAT rates.

Which lot paid for which rate follows from the sale (`loyalty.clearing.split`), so that clearing can be
undone exactly by what is returned here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from loyalty.clearing.split import Cell, Rate, split, take
from loyalty.evaluation.result import Paid
from loyalty.reversal.errors import RecordMismatch
from loyalty.reversal.record import SoldReceipt
from loyalty.reversal.result import Reversal, ReversalPoints
from loyalty.reversal.sources import shares_of


def cells_of(sold: SoldReceipt, payment: int) -> tuple[Cell, ...]:
    """By lot and VAT rate, what the points of one payment paid for: what clearing is given for a sale.

    `payment` is its place in `Evaluation.paid`. Raises `RecordMismatch` where points and amounts differ.
    """
    paid = sold.evaluation.paid[payment]
    if paid.type != "points" or not paid.points or paid.minor % paid.points:
        raise RecordMismatch(f"evaluation.paid[{payment}]", "this is no payment with whole points")
    lots = {use.lot: use.points for use in paid.lots} if paid.lots else {"": paid.points}
    if sum(lots.values()) != paid.points:
        raise RecordMismatch(f"evaluation.paid[{payment}].lots", "the lots do not add up to the points")
    by_rate = minor_by_rate(sold, {share.line: share.minor for share in paid.shares})
    return split(lots, by_rate, point_value_minor=paid.minor // paid.points)


def minor_by_rate(sold: SoldReceipt, minor: Mapping[int, int]) -> dict[Rate, int]:
    """Amounts by line, added up by the VAT rates of the lines."""
    rates = {line.line: line.vat_rate_bp for line in sold.lines}
    sums: dict[Rate, int] = {}
    for line, amount in minor.items():
        sums[rates[line]] = sums.get(rates[line], 0) + amount
    return sums


def returned_points(
    sold: SoldReceipt, payment: int, minor: Mapping[int, int], earlier: Iterable[Reversal]
) -> ReversalPoints:
    """What comes back of one payment where `minor`, by line, of what it paid is reversed."""
    paid: Paid = sold.evaluation.paid[payment]
    before: dict[tuple[str, Rate], int] = {}
    for reversal in earlier:
        for one in reversal.points:
            for cell in one.cells if one.payment == payment else ():
                key = (cell.lot, cell.rate_bp)
                before[key] = before.get(key, 0) + cell.value_minor
    cells = take(cells_of(sold, payment), before, minor_by_rate(sold, minor))
    return ReversalPoints(
        payment=payment,
        pool=paid.id,
        origin=paid.origin,
        points=sum(cell.points for cell in cells),
        minor=sum(minor.values()),
        shares=shares_of(minor),
        cells=cells,
    )
