"""`evaluate`: everything that a receipt comes to. The same input always gives the same answer.

The order is: coupons and discounts, then tenders (vouchers, points, money, cash rounding), then awards.
"""

from __future__ import annotations

from loyalty.evaluation.awards import award
from loyalty.evaluation.case import Case, Sale
from loyalty.evaluation.checks import check_sale
from loyalty.evaluation.discounts import discount
from loyalty.evaluation.payments import pay
from loyalty.evaluation.presented import present
from loyalty.evaluation.result import Evaluation, NotApplied
from loyalty.evaluation.rules import Rules, compile_rules
from loyalty.evaluation.vat import split
from loyalty.evaluation.work import begin
from loyalty.receipts.cash import round_cash
from loyalty.receipts.receipt import UNTAXED


def evaluate(case: Case) -> Evaluation:
    """What a case comes to; raises `CaseError` naming the field where it contradicts itself."""
    return evaluate_sale(case, compile_rules(case.rules()))


def evaluate_sale(sale: Sale, rules: Rules) -> Evaluation:
    """The same with rules that were made ready before (`compile_rules`), as a terminal does it."""
    check_sale(sale)
    work = begin(sale, rules)
    presented = present(work)
    discounts, proven = discount(work, presented.reducing)
    due = sum(work.basket.left)
    payment = pay(work, presented)
    awards, rebates = award(work)
    vat, lines = split(work.basket)
    return Evaluation(
        lines=lines,
        discounts=discounts,
        paid=tuple(payment.paid),
        awards=awards,
        rebates=rebates,
        registered=tuple(presented.registered),
        not_applied=tuple(sorted(work.not_applied, key=_by_name)),
        vat=vat,
        untaxed_minor=sum(line.gross_minor for line in work.basket.lines if line.kind in UNTAXED),
        gross_minor=sum(line.gross_minor for line in work.basket.lines),
        discount_minor=sum(work.basket.discount),
        due_minor=due,
        open_minor=payment.open_minor,
        cash_due_minor=round_cash(payment.open_minor, step=rules.cash_step),
        rounding_minor=payment.rounding_minor,
        change_minor=payment.change_minor,
        best_is_proven=proven,
    )


def _by_name(one: NotApplied) -> tuple[str, str]:
    return (one.kind, one.id)
