"""Trying a campaign: a receipt that nobody bought, judged by the code that judges real ones."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence

import msgspec
from django.utils.translation import gettext as _

from backend_bridge.central.campaigns import rulesets, versions, words
from backend_bridge.central.campaigns.form_rules import major
from backend_bridge.central.campaigns.models import Campaign
from backend_bridge.central.organisation.models import Branch
from loyalty.benefits import PointsPerTurnover
from loyalty.campaigns.campaign import Campaign as Rule
from loyalty.campaigns.campaign import Stock
from loyalty.evaluation.case import CashTender, Sale
from loyalty.evaluation.evaluate import evaluate_sale
from loyalty.evaluation.result import Evaluation
from loyalty.evaluation.rules import compile_rules
from loyalty.receipts.receipt import Customer, Receipt
from loyalty.rules import localised


class Row(msgspec.Struct, frozen=True):
    """One thing that the trial says: whose campaign, what it does, and in detail."""

    name: str
    told: str
    detail: str = ""


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """What a receipt came to, ready to be shown."""

    evaluation: Evaluation
    lines: list[list[str]]
    given: list[Row]
    not_given: list[Row]
    due: str
    cash: str


def trial(
    campaign: Campaign,
    *,
    branch: Branch,
    at: dt.datetime,
    receipt: Receipt,
    customer: Customer | None,
    with_others: bool,
) -> Trial:
    """What `campaign` does for `receipt`, alone or beside the company's other campaigns. Limits count as
    untouched. Raises `loyalty.evaluation.errors.CaseError` for a receipt that cannot be judged."""
    if campaign.current is None:
        raise ValueError(f"campaign {campaign.pk} has no version")
    tried = [campaign.current]
    if with_others:
        running = rulesets.running_versions(branch.company, on=at.date())
        tried += [version for version in running if version.campaign_id != campaign.pk]
    rules = [versions.rule_of(version) for version in tried]
    sale = Sale(
        at=at,
        receipt=receipt,
        customer=customer,
        tenders=(CashTender(),),
        stocks=tuple(_untouched(rule) for rule in rules),
    )
    evaluation = evaluate_sale(sale, compile_rules(rulesets.ruleset(branch, tuple(rules))))
    names = {version.campaign_id: localised(version.names, "en") for version in tried}
    return _told(evaluation, sale, rules, names, branch.company.currency)


def _untouched(rule: Rule) -> Stock:
    limits = rule.limits
    return Stock(
        campaign=rule.campaign,
        budget=limits.budget or 0,
        uses=limits.uses or 0,
        customer_uses=limits.uses_per_customer or 0,
        day_uses=limits.uses_per_day or 0,
    )


def _told(evaluation: Evaluation, sale: Sale, rules: Sequence[Rule], names: dict[str, str], currency: str) -> Trial:
    def money(minor: int) -> str:
        return f"{major(minor, currency)} {currency}"

    def points(count: int) -> str:
        return _("%(count)d points") % {"count": count}

    in_points = {rule.campaign for rule in rules if isinstance(rule.benefit, PointsPerTurnover)}
    bought = {line.line: line for line in sale.receipt.lines}
    lines = [
        [
            bought[line.line].article,
            bought[line.line].group or "–",
            str(bought[line.line].quantity),
            money(line.gross_minor),
            money(-line.discount_minor) if line.discount_minor else "–",
            money(line.gross_minor - line.discount_minor),
        ]
        for line in evaluation.lines
    ]
    return Trial(
        evaluation=evaluation,
        lines=[[cell.replace(" ", "\N{NO-BREAK SPACE}") for cell in line] for line in lines],
        given=_given(evaluation, names, money, points),
        not_given=[
            Row(names[one.id], words.why(one, names=names, amount=points if one.id in in_points else money))
            for one in evaluation.not_applied
            if one.id in names
        ],
        due=money(evaluation.due_minor),
        cash=money(evaluation.due_minor + evaluation.rounding_minor),
    )


def _given(
    evaluation: Evaluation, names: dict[str, str], money: Callable[[int], str], points: Callable[[int], str]
) -> list[Row]:
    rows = []
    for discount in evaluation.discounts:
        shares = ", ".join(
            _("line %(line)d: %(amount)s") % {"line": share.line, "amount": money(share.minor)}
            for share in discount.shares
        )
        rows.append(Row(names[discount.id], _("takes off %(amount)s") % {"amount": money(discount.minor)}, shares))
    for award in evaluation.awards:
        paid = _("for %(amount)s that is really paid") % {"amount": money(award.turnover_minor)}
        rows.append(Row(names[award.campaign], _("gives %(points)s") % {"points": points(award.points)}, paid))
    for rebate in evaluation.rebates:
        told = _("gives a voucher over %(amount)s for later") % {"amount": money(rebate.value_minor)}
        rows.append(Row(names[rebate.campaign], told))
    return rows
