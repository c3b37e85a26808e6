"""The VAT split: per rate, and from there to the lines, so that the lines add up to the rate exactly.

Gross prices include the tax, so tax = taxed * rate / (1 + rate), rounded half up once per rate.
"""

from __future__ import annotations

from loyalty.allocation import allocate, half_up
from loyalty.evaluation.basket import Basket
from loyalty.evaluation.result import LineResult, VatPart
from loyalty.receipts.receipt import UNTAXED


def split(basket: Basket) -> tuple[tuple[VatPart, ...], tuple[LineResult, ...]]:
    """The parts by rate in rising order, and all lines with their net and tax."""
    rates: dict[int, list[int]] = {}
    for position, line in enumerate(basket.lines):
        if line.kind not in UNTAXED:
            rates.setdefault(line.vat_rate_bp, []).append(position)
    net, tax = [0] * len(basket.lines), [0] * len(basket.lines)
    parts = tuple(_part(basket, rate, rates[rate], net, tax) for rate in sorted(rates))
    return parts, tuple(_line(basket, position, net, tax) for position in range(len(basket.lines)))


def _part(basket: Basket, rate: int, positions: list[int], net: list[int], tax: list[int]) -> VatPart:
    taxed = [_taxed(basket, one) for one in positions]
    whole = sum(taxed)
    whole_tax = half_up(whole * rate, 10_000 + rate)
    for position, amount, part in zip(positions, taxed, allocate(whole_tax, taxed), strict=True):
        tax[position], net[position] = part, amount - part
    return VatPart(
        rate_bp=rate,
        gross_minor=sum(basket.lines[one].gross_minor for one in positions),
        discount_minor=sum(basket.discount[one] for one in positions),
        reduction_minor=sum(basket.reduction[one] for one in positions),
        prepaid_minor=sum(basket.prepaid[one] for one in positions),
        net_minor=whole - whole_tax,
        tax_minor=whole_tax,
    )


def _taxed(basket: Basket, position: int) -> int:
    gross = basket.lines[position].gross_minor
    return gross - basket.discount[position] - basket.reduction[position] - basket.prepaid[position]


def _line(basket: Basket, position: int, net: list[int], tax: list[int]) -> LineResult:
    line = basket.lines[position]
    return LineResult(
        line=line.line,
        gross_minor=line.gross_minor,
        discount_minor=basket.discount[position],
        voucher_minor=basket.voucher[position],
        points_minor=basket.points[position],
        paid_minor=basket.left[position],
        net_minor=net[position],
        tax_minor=tax[position],
    )
