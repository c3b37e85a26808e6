"""What receipts take of the limits of campaigns (P10: limited campaigns)."""

from __future__ import annotations

import datetime as dt

import pytest

from loyalty.benefits import AmountOff, PercentOff, PointsPerTurnover, Rebate
from loyalty.campaigns.campaign import Campaign, Limits, Stock
from loyalty.campaigns.taking import Limit, Taken, limits_of, taken_by
from loyalty.evaluation.case import CashTender
from tests.unit.loyalty.evaluation.shop import POOL, campaign, evaluated, line

DAY = dt.date(2025, 6, 13)
ALL = Limits(budget=5000, uses=10, uses_per_customer=2, uses_per_day=3)
PLENTY = {"budget": 5000, "uses": 10, "customer_uses": 2, "day_uses": 3}


def taken(*campaigns: Campaign, customer: str | None = "anna") -> dict[str, int]:
    stocks = tuple(Stock(campaign=one.campaign, **PLENTY) for one in campaigns)
    evaluation = evaluated(line(1, 1000), campaigns=campaigns, stocks=stocks, tenders=(CashTender(),))
    return {one.stock: one.amount for one in taken_by(evaluation, campaigns, customer=customer, day=DAY)}


@pytest.mark.parametrize(
    ("benefit", "budget"),
    [
        (PointsPerTurnover(pool=POOL, rate=1000), 100),
        (PercentOff(rate_bp=1000), 100),
        (AmountOff(amount_minor=250), 250),
        (Rebate(rate_bp=500), 50),
    ],
)
def test_a_budget_is_taken_in_what_the_campaign_gives(benefit: object, budget: int) -> None:
    assert taken(campaign("c", benefit, limits=ALL)) == {  # type: ignore[arg-type]
        "c/budget/": budget,
        "c/uses/": 1,
        "c/customer/anna": 1,
        "c/day/2025-06-13": 1,
    }


def test_only_limits_that_are_there_and_campaigns_that_applied_take_anything() -> None:
    limited = campaign("a", PercentOff(rate_bp=1000), limits=Limits(uses=10))
    unlimited = campaign("b", PercentOff(rate_bp=1000))
    elsewhere = campaign("c", PercentOff(rate_bp=1000), limits=ALL, article_groups=("shoes",))

    assert taken(limited, unlimited, elsewhere) == {"a/uses/": 1}


def test_nobody_has_no_stock_of_their_own() -> None:
    one = campaign("c", PercentOff(rate_bp=1000), limits=ALL)
    assert Limit.CUSTOMER not in limits_of(one, customer=None, day=DAY)


def test_what_was_taken_says_by_which_limit() -> None:
    one = campaign("c", PercentOff(rate_bp=1000), limits=Limits(uses=10))
    stocks = (Stock(campaign="c", uses=4),)
    evaluation = evaluated(line(1, 1000), campaigns=(one,), stocks=stocks)

    assert taken_by(evaluation, (one,), customer="anna", day=DAY) == (
        Taken(campaign="c", limit=Limit.USES, amount=1, most=10),
    )
