"""The refund: first what was never paid is no longer owed, then cards get back, then cash.

Cash is rounded over all reversals together, as the sale was: their refunds add up to the cash that was paid.
"""

from __future__ import annotations

from dataclasses import dataclass

from loyalty.receipts.cash import round_cash
from loyalty.reversal.record import SoldReceipt
from loyalty.reversal.result import Refund


@dataclass(frozen=True, slots=True)
class Refunds:
    """What one reversal pays back: money paid = open + refunds - rounding."""

    refunds: tuple[Refund, ...]
    open_minor: int
    rounding_minor: int


def refunds(sold: SoldReceipt, *, before_minor: int, now_minor: int) -> Refunds:
    """The refund where `now_minor` of what money was to pay is reversed, after `before_minor`."""
    was, becomes = _up_to(sold, before_minor), _up_to(sold, before_minor + now_minor)
    given = {refund.payment: refund.minor for refund in was.refunds}
    changed = (
        Refund(payment=one.payment, type=one.type, minor=one.minor - given.get(one.payment, 0))
        for one in becomes.refunds
    )
    return Refunds(
        refunds=tuple(one for one in changed if one.minor),
        open_minor=becomes.open_minor - was.open_minor,
        rounding_minor=becomes.rounding_minor - was.rounding_minor,
    )


def _up_to(sold: SoldReceipt, reversed_minor: int) -> Refunds:
    """Everything together after `reversed_minor` is reversed; it never falls when that grows."""
    evaluation = sold.evaluation
    never_paid = min(reversed_minor, evaluation.open_minor)
    left = reversed_minor - never_paid
    found, rounding = [], 0
    for payment, paid in enumerate(evaluation.paid):
        if paid.type == "card":
            minor = min(left, paid.minor)
            left -= minor
            found.append(Refund(payment=payment, type=paid.type, minor=minor))
    for payment, paid in enumerate(evaluation.paid):
        if paid.type == "cash":
            due = paid.minor - evaluation.rounding_minor
            minor = paid.minor if left >= due else min(paid.minor, round_cash(left, step=sold.cash_step_minor))
            rounding = minor - min(left, due)
            found.append(Refund(payment=payment, type=paid.type, minor=minor))
    return Refunds(tuple(found), never_paid, rounding)
