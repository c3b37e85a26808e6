"""`reverse`: exactly what happens when a receipt, or some of its lines, is reversed.

What it does is a difference of two sums, or a part of what is left, so that the same receipt in any
parts and any order comes to exactly the receipt. It decides nothing about points that are spent already:
that is `loyalty.reversal.taking_back`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from loyalty.receipts.receipt import UNTAXED
from loyalty.reversal.errors import RecordMismatch, ReversedAlready
from loyalty.reversal.gifts import awards_back, rebates_back, registrations_back
from loyalty.reversal.money import refunds
from loyalty.reversal.points import returned_points
from loyalty.reversal.record import SoldReceipt, VatEffect
from loyalty.reversal.request import Portion, ReversalRequest, portions
from loyalty.reversal.result import Reversal, ReversalDiscount, ReversalLine, ReversalPoints, ReversalVoucher
from loyalty.reversal.sources import ByLine, Source, reverse_lines, reversed_before, shares_of, sources
from loyalty.reversal.vat import taxes, vat_parts


@dataclass(frozen=True, slots=True)
class _Work:
    """One reversal while it is worked out; `before` and `now` are by source and line."""

    sold: SoldReceipt
    earlier: tuple[Reversal, ...]
    portions: Mapping[int, Portion]
    finished: frozenset[int]
    parts: tuple[Source, ...]
    before: list[ByLine]
    now: list[ByLine]

    @property
    def complete(self) -> bool:
        """Whether nothing of the receipt is left."""
        return len(self.finished) == len(self.sold.lines)

    @property
    def money(self) -> tuple[ByLine, ByLine]:
        """What money was to pay, reversed before and now: the last source."""
        return self.before[-1], self.now[-1]


def reverse(sold: SoldReceipt, earlier: tuple[Reversal, ...], request: ReversalRequest) -> Reversal:
    """What comes back for `request`, after the `earlier` reversals of the same receipt.

    Raises `UnknownLine`, `MoreThanLeft`, `ReversedAlready` or `MalformedReversal` for the request, naming
    its field, and `RecordMismatch` where `sold` and `earlier` do not fit together.
    """
    work = _begin(sold, earlier, request)
    tax = taxes(sold, work.parts, work.before, work.now)
    lines = _lines(work, tax)
    gross = {line: portion.gross_minor for line, portion in work.portions.items()}
    money_before, money_now = work.money
    refund = refunds(sold, before_minor=sum(money_before.values()), now_minor=sum(money_now.values()))
    untaxed = {line.line for line in sold.lines if line.kind in UNTAXED}
    return Reversal(
        lines=lines,
        discounts=_discounts(work),
        vouchers=_vouchers(work),
        points=_points(work),
        awards=awards_back(sold, money_before, money_now),
        rebates=rebates_back(sold, money_before, money_now),
        registered=registrations_back(sold, complete=work.complete),
        vat=vat_parts(sold, work.parts, work.now, gross=gross, tax=tax),
        refunds=refund.refunds,
        untaxed_minor=sum(minor for line, minor in gross.items() if line in untaxed),
        gross_minor=sum(gross.values()),
        discount_minor=sum(line.discount_minor for line in lines),
        open_minor=refund.open_minor,
        rounding_minor=refund.rounding_minor,
        refund_minor=sum(one.minor for one in refund.refunds),
        complete=work.complete,
    )


def _begin(sold: SoldReceipt, earlier: tuple[Reversal, ...], request: ReversalRequest) -> _Work:
    if any(one.complete for one in earlier):
        raise ReversedAlready("lines", "this receipt is reversed already")
    parts = sources(sold)
    done = _done(sold, earlier)
    wanted = portions(request, sold.lines, done)
    finished = set()
    for line in sold.lines:
        before, now = done.get(line.line, Portion(0, 0)), wanted.get(line.line, Portion(0, 0))
        if before.quantity + now.quantity == line.quantity:
            finished.add(line.line)
    before_by_source = reversed_before(earlier, parts, sold.evaluation)
    now_by_source = reverse_lines(wanted, parts, before_by_source)
    return _Work(sold, earlier, wanted, frozenset(finished), parts, before_by_source, now_by_source)


def _done(sold: SoldReceipt, earlier: tuple[Reversal, ...]) -> dict[int, Portion]:
    done: dict[int, Portion] = {}
    for reversal in earlier:
        for line in reversal.lines:
            before = done.get(line.line, Portion(0, 0))
            done[line.line] = Portion(before.quantity + line.quantity, before.gross_minor + line.gross_minor)
    whole = {line.line: line for line in sold.lines}
    for number, portion in done.items():
        line_sold = whole.get(number)
        if line_sold is None or portion.quantity > line_sold.quantity or portion.gross_minor > line_sold.gross_minor:
            raise RecordMismatch("earlier", f"more of line {number} came back than there was")
    return done


def _lines(work: _Work, tax: Mapping[int, int]) -> tuple[ReversalLine, ...]:
    return tuple(_line(work, line, tax.get(line, 0)) for line in work.portions)


def _line(work: _Work, line: int, tax: int) -> ReversalLine:
    by_kind = {"discount": 0, "voucher": 0, "points": 0, "money": 0}
    taxed = 0
    carries_vat = all(one.line != line or one.kind not in UNTAXED for one in work.sold.lines)
    for source, minor in zip(work.parts, work.now, strict=True):
        by_kind[source.kind] += minor.get(line, 0)
        if carries_vat and source.effect is VatEffect.TAXED:
            taxed += minor.get(line, 0)
    return ReversalLine(
        line=line,
        quantity=work.portions[line].quantity,
        gross_minor=work.portions[line].gross_minor,
        discount_minor=by_kind["discount"],
        voucher_minor=by_kind["voucher"],
        points_minor=by_kind["points"],
        paid_minor=by_kind["money"],
        net_minor=taxed - tax,
        tax_minor=tax,
        finished=line in work.finished,
    )


def _use_back(work: _Work, source: Source) -> bool:
    """Whether all lines that `source` was for are reversed, the last of them just now."""
    lines = source.minor.keys()
    return lines <= work.finished and not lines.isdisjoint(work.portions)


def _discounts(work: _Work) -> tuple[ReversalDiscount, ...]:
    found = []
    for source, minor in zip(work.parts, work.now, strict=True):
        if source.kind == "discount" and (minor or _use_back(work, source)):
            one = work.sold.evaluation.discounts[source.at]
            found.append(
                ReversalDiscount(
                    kind=one.kind,
                    id=one.id,
                    minor=sum(minor.values()),
                    shares=shares_of(minor),
                    use_back=_use_back(work, source),
                )
            )
    return tuple(found)


def _vouchers(work: _Work) -> tuple[ReversalVoucher, ...]:
    found = []
    for source, minor in zip(work.parts, work.now, strict=True):
        if source.kind == "voucher" and (minor or _use_back(work, source)):
            paid = work.sold.evaluation.paid[source.at]
            found.append(
                ReversalVoucher(
                    payment=source.at,
                    voucher=paid.id,
                    minor=sum(minor.values()),
                    shares=shares_of(minor),
                    restores=paid.rest_minor is not None,
                    use_back=_use_back(work, source),
                )
            )
    return tuple(found)


def _points(work: _Work) -> tuple[ReversalPoints, ...]:
    return tuple(
        returned_points(work.sold, source.at, minor, work.earlier)
        for source, minor in zip(work.parts, work.now, strict=True)
        if source.kind == "points" and minor
    )
