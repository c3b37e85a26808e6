"""The VAT that is taken back: per line in proportion of what is taxed, over all reversals together.

The tax of a line is rounded down over all its parts, so that all parts together are exactly its tax.
"""

from __future__ import annotations

from collections.abc import Mapping

from loyalty.receipts.receipt import UNTAXED
from loyalty.reversal.errors import RecordMismatch
from loyalty.reversal.record import SoldReceipt, VatEffect
from loyalty.reversal.result import ReversalVat
from loyalty.reversal.sources import ByLine, Source, added


def taxes(sold: SoldReceipt, parts: tuple[Source, ...], before: list[ByLine], now: list[ByLine]) -> dict[int, int]:
    """The tax that is taken back now of each line that carries VAT."""
    untaxed = {line.line for line in sold.lines if line.kind in UNTAXED}
    was, comes = taxed(parts, before), taxed(parts, now)
    whole = taxed(parts, [dict(source.minor) for source in parts])
    found = {}
    for line in sold.evaluation.lines:
        if line.line in untaxed or line.line not in comes:
            continue
        of = whole[line.line]
        if of != line.net_minor + line.tax_minor:
            raise RecordMismatch("vouchers", f"the payments of line {line.line} do not come to what was taxed")
        done = was.get(line.line, 0)
        tax = line.tax_minor * (done + comes[line.line]) // of - line.tax_minor * done // of
        found[line.line] = tax
    return found


def taxed(parts: tuple[Source, ...], amounts: list[ByLine]) -> ByLine:
    """What of `amounts`, by source and line, is taxed; lines without any are left out."""
    return _with_effect(VatEffect.TAXED, parts, amounts)


def vat_parts(
    sold: SoldReceipt,
    parts: tuple[Source, ...],
    now: list[ByLine],
    *,
    gross: Mapping[int, int],
    tax: Mapping[int, int],
) -> tuple[ReversalVat, ...]:
    """What is taken back per rate, in rising order, for the lines in `gross`."""
    by_effect = {effect: _with_effect(effect, parts, now) for effect in VatEffect}
    discount = _with_effect(None, parts, now)
    rates: dict[int, list[int]] = {}
    for line in sold.lines:
        if line.kind not in UNTAXED and line.line in gross:
            rates.setdefault(line.vat_rate_bp, []).append(line.line)
    found = []
    for rate in sorted(rates):
        lines = rates[rate]
        all_taxed, all_tax = _sum(by_effect[VatEffect.TAXED], lines), _sum(tax, lines)
        found.append(
            ReversalVat(
                rate_bp=rate,
                gross_minor=_sum(gross, lines),
                discount_minor=_sum(discount, lines),
                reduction_minor=_sum(by_effect[VatEffect.REDUCTION], lines),
                prepaid_minor=_sum(by_effect[VatEffect.PREPAID], lines),
                net_minor=all_taxed - all_tax,
                tax_minor=all_tax,
            )
        )
    return tuple(found)


def _with_effect(effect: VatEffect | None, parts: tuple[Source, ...], amounts: list[ByLine]) -> ByLine:
    sums: ByLine = {}
    for source, minor in zip(parts, amounts, strict=True):
        if source.effect is effect:
            sums = added(sums, minor)
    return {line: minor for line, minor in sums.items() if minor}


def _sum(minor: Mapping[int, int], lines: list[int]) -> int:
    return sum(minor.get(line, 0) for line in lines)
