"""What must be kept of a sale so that it can be reversed, whatever becomes of campaigns and vouchers."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from loyalty.evaluation.basket import Basket
from loyalty.evaluation.case import RuleSet, Sale
from loyalty.evaluation.result import Evaluation
from loyalty.receipts.cash import cash_step
from loyalty.receipts.receipt import Line
from loyalty.reversal.errors import RecordMismatch
from loyalty.vouchers.voucher import Purpose, Voucher


class VatEffect(StrEnum):
    """What a payment means for VAT (`VatPart`): it is taxed, lowers the price, or was taxed before."""

    TAXED = "taxed"
    REDUCTION = "reduction"
    PREPAID = "prepaid"


class Coverage(msgspec.Struct, frozen=True, kw_only=True):
    """The lines, by number, that a campaign's award or rebate was given for."""

    campaign: str
    lines: tuple[int, ...]


class VoucherClass(msgspec.Struct, frozen=True, kw_only=True):
    """What the payment of a voucher meant for VAT."""

    voucher: str
    effect: VatEffect


class SoldReceipt(msgspec.Struct, frozen=True, kw_only=True):
    """A receipt as it was sold. `coverage` has every award and rebate, `vouchers` every voucher that paid."""

    lines: tuple[Line, ...]
    evaluation: Evaluation
    coverage: tuple[Coverage, ...] = ()
    vouchers: tuple[VoucherClass, ...] = ()
    cash_step_minor: int = 1


def sold_receipt(sale: Sale, rules: RuleSet, evaluation: Evaluation) -> SoldReceipt:
    """The record of `sale`, which came to `evaluation` by `rules`."""
    basket = Basket(sale.receipt)
    given = {one.campaign for one in evaluation.awards} | {one.campaign for one in evaluation.rebates}
    paid = {one.id for one in evaluation.paid if one.type == "voucher"}
    coverage = []
    for campaign in rules.campaigns:
        if campaign.campaign in given:
            mask = basket.covered(frozenset(campaign.articles), frozenset(campaign.article_groups))
            numbers = tuple(basket.lines[position].line for position in basket.positions(mask))
            coverage.append(Coverage(campaign=campaign.campaign, lines=numbers))
    return SoldReceipt(
        lines=sale.receipt.lines,
        evaluation=evaluation,
        coverage=tuple(coverage),
        vouchers=tuple(
            VoucherClass(voucher=one.voucher, effect=_effect(one)) for one in sale.vouchers if one.voucher in paid
        ),
        cash_step_minor=cash_step(rules.branch),
    )


def _effect(voucher: Voucher) -> VatEffect:
    if voucher.sold is None:
        return VatEffect.REDUCTION
    return VatEffect.PREPAID if voucher.sold.purpose is Purpose.SINGLE else VatEffect.TAXED


def covered_lines(sold: SoldReceipt, campaign: str, turnover_minor: int) -> tuple[int, ...]:
    """The lines that `campaign` gave something for; raises `RecordMismatch` unless their turnover is this."""
    lines = next((one.lines for one in sold.coverage if one.campaign == campaign), None)
    if lines is None:
        raise RecordMismatch("coverage", f"the lines of campaign {campaign!r} are missing")
    if sum(line.paid_minor for line in sold.evaluation.lines if line.line in set(lines)) != turnover_minor:
        raise RecordMismatch("coverage", f"the lines of campaign {campaign!r} do not come to its turnover")
    return lines
