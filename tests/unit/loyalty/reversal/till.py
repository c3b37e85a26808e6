"""What the tests of reversal share: a sale at the small shop with its record, and figures to compare."""

from __future__ import annotations

from collections import Counter
from typing import Any

from loyalty.evaluation.case import Case
from loyalty.evaluation.evaluate import evaluate
from loyalty.evaluation.result import Evaluation
from loyalty.receipts.receipt import Line
from loyalty.reversal.record import SoldReceipt, sold_receipt
from loyalty.reversal.request import ReversalRequest, ReverseLine
from loyalty.reversal.result import Reversal
from loyalty.reversal.reverse import reverse
from tests.unit.loyalty.evaluation.shop import case

WHOLE = ReversalRequest()
Figures = Counter[tuple[object, ...]]


def sold(*lines: Line, **more: Any) -> SoldReceipt:
    """The record of what Anna buys."""
    return record(case(*lines, **more))


def record(bought: Case) -> SoldReceipt:
    """The record of a case."""
    return sold_receipt(bought, bought.rules(), evaluate(bought))


def reversed_by(sale: SoldReceipt, *requests: ReversalRequest) -> tuple[Reversal, ...]:
    """The reversals, one after the other."""
    done: tuple[Reversal, ...] = ()
    for request in requests:
        done = (*done, reverse(sale, done, request))
    return done


def of(line: int, **more: int) -> ReversalRequest:
    """A request for one line."""
    return ReversalRequest(lines=(ReverseLine(line=line, **more),))


def figures_sold(sale: SoldReceipt) -> Figures:
    """Every figure of a receipt that a whole reversal has to return."""
    evaluation = sale.evaluation
    found: Figures = Counter()
    for line in evaluation.lines:
        for name in ("gross", "discount", "voucher", "points", "paid", "net", "tax"):
            found["line", line.line, name] = getattr(line, f"{name}_minor")
    found.update({("pieces", line.line): line.quantity for line in sale.lines})
    for discount in evaluation.discounts:
        found["discount", discount.kind, discount.id] = discount.minor
    for at, paid in enumerate(evaluation.paid):
        found["payment", at] = paid.minor
        found["points", at] = paid.points
        found.update({("lot", at, use.lot): use.points for use in paid.lots})
    found.update({("award", one.campaign): one.points for one in evaluation.awards})
    found.update({("turnover", one.campaign): one.turnover_minor for one in evaluation.awards})
    found.update({("rebate", one.campaign): one.value_minor for one in evaluation.rebates})
    found.update({("registered", one.voucher): one.points for one in evaluation.registered})
    for part in evaluation.vat:
        for name in ("gross", "discount", "reduction", "prepaid", "net", "tax"):
            found["vat", part.rate_bp, name] = getattr(part, f"{name}_minor")
    return found + _totals(evaluation)


def _totals(whole: Evaluation | Reversal) -> Figures:
    names = ("untaxed", "gross", "discount", "open")
    return Counter({("total", name): getattr(whole, f"{name}_minor") for name in names})


def figures_back(reversals: tuple[Reversal, ...]) -> Figures:
    """The same figures, of all reversals together."""
    found: Figures = Counter()
    for reversal in reversals:
        found.update(_figures_of(reversal))
    return +found


def _figures_of(reversal: Reversal) -> Figures:
    found: Figures = Counter()
    for line in reversal.lines:
        for name in ("gross", "discount", "voucher", "points", "paid", "net", "tax"):
            found["line", line.line, name] = getattr(line, f"{name}_minor")
        found["pieces", line.line] = line.quantity
    for discount in reversal.discounts:
        found["discount", discount.kind, discount.id] = discount.minor
    for voucher in reversal.vouchers:
        found["payment", voucher.payment] = voucher.minor
    for points in reversal.points:
        found["payment", points.payment] = points.minor
        found["points", points.payment] = points.points
        found.update({("lot", points.payment, lot): count for lot, count in points.by_lot().items() if lot})
    found.update({("payment", refund.payment): refund.minor for refund in reversal.refunds})
    found.update({("award", one.campaign): one.points for one in reversal.awards})
    found.update({("turnover", one.campaign): one.turnover_minor for one in reversal.awards})
    found.update({("rebate", one.campaign): one.value_minor for one in reversal.rebates})
    found.update({("registered", one.voucher): one.points for one in reversal.registered})
    for part in reversal.vat:
        for name in ("gross", "discount", "reduction", "prepaid", "net", "tax"):
            found["vat", part.rate_bp, name] = getattr(part, f"{name}_minor")
    return found + _totals(reversal)
