"""A till for the tests of sales: the demonstration's bakery and bar, with short ways to sell and to reverse."""

from __future__ import annotations

import datetime as dt
import itertools
from typing import Any

from backend_bridge.central.campaigns import versions
from backend_bridge.central.campaigns.models import LimitStock, Stage
from backend_bridge.central.customers.knowing import meet
from backend_bridge.central.customers.services import groups
from backend_bridge.central.instants import from_ms
from backend_bridge.central.ledger.models import Account, Holding, Transfer
from backend_bridge.central.organisation.models import Company
from backend_bridge.central.sales.request import ReverseRequest, SaleRequest, Who
from backend_bridge.central.sales.returning import ReversalTold, reverse_sale
from backend_bridge.central.sales.services import SaleTold, record_sale, top_up, try_sale
from backend_bridge.central.sales.terms import set_policy
from loyalty.benefits import CampaignBenefit
from loyalty.campaigns.campaign import Campaign
from loyalty.evaluation.case import CashTender, PointsTender
from loyalty.receipts.receipt import Line, Receipt
from loyalty.reversal.request import ReversalRequest, ReverseLine
from loyalty.reversal.taking_back import SpentPolicy
from tests.unit.central.lab import BREAD, NOW_MS, member

NOW = from_ms(NOW_MS)
MOLEN, BAR = ("de-molen", "utrecht-centraal"), ("cocktailbar-zuid", "zuid")
_numbers = itertools.count(1)


def line(number: int, gross_minor: int, group: str = "bread", **more: Any) -> Line:
    """A line with VAT of 9 %."""
    more.setdefault("vat_rate_bp", 900)
    return Line(line=number, article=f"article-{number}", group=group, gross_minor=gross_minor, **more)


def request(*lines: Line, receipt: str = "r-1", who: str | None = "anna", **more: Any) -> SaleRequest:
    """Somebody buys these lines and pays the rest in cash."""
    more.setdefault("tenders", (CashTender(),))
    return SaleRequest(
        receipt=Receipt(receipt=receipt, lines=lines or (line(1, 1000),)),
        who=None if who is None else Who(username=who),
        **more,
    )


def sell(*lines: Line, at: dt.datetime = NOW, place: tuple[str, str] = MOLEN, **more: Any) -> SaleTold:
    """Record it."""
    company, branch = place
    return record_sale(company=company, branch=branch, request=request(*lines, **more), by="staff:test", at=at)


def attempt(*lines: Line, at: dt.datetime = NOW, place: tuple[str, str] = MOLEN, **more: Any) -> SaleTold:
    """Try it."""
    return try_sale(company=place[0], branch=place[1], request=request(*lines, **more), at=at)


def reverse(
    receipt: str = "r-1",
    *parts: ReverseLine,
    policy: SpentPolicy = SpentPolicy.ABSORB,
    asked: SpentPolicy | None = None,
    key: str | None = None,
    at: dt.datetime = NOW,
    place: tuple[str, str] = MOLEN,
) -> ReversalTold:
    """Reverse these lines, or everything, at a company with this policy; another one may be asked for."""
    set_policy(policy, company=place[0])
    wanted = ReverseRequest(receipt=receipt, what=ReversalRequest(lines=parts or None), policy=asked)
    key = f"back-{next(_numbers)}" if key is None else key
    return reverse_sale(company=place[0], branch=place[1], request=wanted, key=key, by="staff:test", at=at)


def buy_points(minor: int, *, receipt: str = "top-1", who: str = "anna", **more: Any) -> SaleTold:
    """A top-up at the bakery, by card."""
    told: dict[str, Any] = {"pool": BREAD, "by": "staff:test", "at": NOW} | more
    return top_up(company=MOLEN[0], branch=MOLEN[1], receipt=receipt, who=Who(username=who), minor=minor, **told)


def pay(points: int | None = None, pool: str = BREAD) -> tuple[PointsTender, CashTender]:
    """With points first, the rest in cash."""
    return (PointsTender(pool=pool, points=points), CashTender())


def released(code: str, benefit: CampaignBenefit, *, company: str = "de-molen", **more: Any) -> Campaign:
    """A campaign of the bakery that holds now."""
    row = Company.objects.get(pk=company)
    rule = Campaign(campaign=versions.campaign_id(row, code), company=company, benefit=benefit, **more)
    version = versions.save(company=row, code=code, rule=rule, names={"en": code}, by="test", at=NOW)
    versions.set_stage(version.campaign, Stage.RELEASED)
    return rule


def no_campaigns() -> None:
    """The demonstration's own campaigns are paused."""
    from backend_bridge.central.campaigns.models import Campaign as Row

    for row in Row.objects.filter(stage=Stage.RELEASED):
        versions.set_stage(row, Stage.PAUSED)


def put_in_group(name: str, group: str, *, company: str = "de-molen") -> None:
    """The customer is in this group of the company."""
    meet(customer=member(name), company=company, at=NOW)
    if group not in [one.group for one in groups.groups(company=company)]:
        groups.create(company=company, group=group, name=group)
    groups.add(company=company, group=group, members=[member(name)], by="test", at=NOW)


def lots(name: str, pool: str = BREAD) -> dict[str, int]:
    """What is in the customer's main account, by lot."""
    rows = Holding.objects.filter(
        account__kind=Account.Kind.MEMBER_MAIN, lot__member=member(name), lot__unit=pool, amount__gt=0
    )
    return dict(rows.values_list("lot", "amount"))


def booked(kind: Account.Kind, unit: str, *, company: str = "de-molen") -> int:
    """The balance of a company's account: what came in less what went out."""
    rows = Transfer.objects.filter(unit=unit)
    into = rows.filter(credit__kind=kind, credit__company=company).values_list("amount", flat=True)
    out = rows.filter(debit__kind=kind, debit__company=company).values_list("amount", flat=True)
    return int(sum(into) - sum(out))


def left_in(stock: str) -> int:
    """What is left of a limit."""
    return int(LimitStock.objects.values_list("left", flat=True).get(pk=stock))


def state() -> tuple[object, ...]:
    """All that the books hold, and what is left of limits."""
    holdings = Holding.objects.filter(amount__gt=0).order_by("account", "lot").values_list("account", "lot", "amount")
    return list(holdings), list(LimitStock.objects.order_by("pk").values_list("pk", "left", "over"))
