"""A small shop that the tests of the evaluation share: one branch, one customer, short builders."""

from __future__ import annotations

import datetime as dt
from typing import Any

from loyalty.benefits import CampaignBenefit, VoucherValue
from loyalty.campaigns.campaign import Campaign
from loyalty.evaluation.case import Case, PoolTerms
from loyalty.evaluation.evaluate import evaluate
from loyalty.evaluation.result import Evaluation
from loyalty.receipts.receipt import Branch, Customer, Line, Receipt
from loyalty.vouchers.voucher import Voucher

COMPANY = "bakery"
POOL = "bakery-points"
ANNA = Customer(customer="anna", groups=("regulars",))
BRANCH = Branch(branch="station", company=COMPANY, currency="EUR", timezone="Europe/Amsterdam", country="NL")
#: A Friday in June 2025, at noon.
NOON = dt.datetime.fromisoformat("2025-06-13T12:00:00+02:00")


def line(number: int, gross_minor: int, group: str = "bread", **more: Any) -> Line:
    """A line with an article of its own."""
    return Line(line=number, article=f"article-{number}", group=group, gross_minor=gross_minor, **more)


def campaign(name: str, benefit: CampaignBenefit, **more: Any) -> Campaign:
    """A campaign of the shop's company."""
    return Campaign(campaign=name, company=more.pop("company", COMPANY), benefit=benefit, **more)


def voucher(name: str, value: VoucherValue, **more: Any) -> Voucher:
    """A voucher of the shop's company."""
    return Voucher(voucher=name, company=more.pop("company", COMPANY), value=value, **more)


def case(*lines: Line, **more: Any) -> Case:
    """Anna buys these lines."""
    given: dict[str, Any] = {
        "at": NOON,
        "branch": BRANCH,
        "customer": ANNA,
        "pools": (PoolTerms(pool=POOL, currency="EUR"),),
        "receipt": Receipt(receipt="r-1", lines=lines or (line(1, 1000),)),
    }
    return Case(**(given | more))


def evaluated(*lines: Line, **more: Any) -> Evaluation:
    """What it comes to."""
    return evaluate(case(*lines, **more))


def reasons(evaluation: Evaluation) -> dict[str, str]:
    """The reason for each thing that did not apply."""
    return {one.id: one.reason.value for one in evaluation.not_applied}


def taken(evaluation: Evaluation) -> dict[str, int]:
    """What each discount takes off."""
    return {one.id: one.minor for one in evaluation.discounts}
