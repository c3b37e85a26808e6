"""P1, P10: points for what is really paid, by the formula, within limits, once per campaign and receipt."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.benefits import MoneyValue, PercentOff, PointsPerTurnover, Rebate
from loyalty.campaigns.campaign import Limits, Stock
from loyalty.evaluation.case import Balance, PointsTender, PoolTerms
from loyalty.evaluation.past import PaidReceipt, past_off
from loyalty.receipts.receipt import LineKind
from tests.unit.loyalty.evaluation.shop import NOON, POOL, campaign, evaluated, line, reasons, taken, voucher

TEN = PointsPerTurnover(pool=POOL, rate=1000)


@given(st.integers(0, 10**9), st.integers(0, 10**6))
def test_p1_points_are_exactly_the_formula(turnover: int, rate: int) -> None:
    award = campaign("c", PointsPerTurnover(pool=POOL, rate=rate))
    evaluation = evaluated(line(1, turnover), campaigns=(award,))
    assert sum(one.points for one in evaluation.awards) == turnover * rate // (100 * 10**2)


@given(st.integers(0, 10**7), st.integers(0, 10**5), st.integers(0, 10**5))
def test_p1_more_turnover_never_gives_fewer_points(turnover: int, more: int, rate: int) -> None:
    award = campaign("c", PointsPerTurnover(pool=POOL, rate=rate))
    less, greater = (
        sum(one.points for one in evaluated(line(1, minor), campaigns=(award,)).awards)
        for minor in (turnover, turnover + more)
    )
    assert less <= greater


def test_p1_the_floor_is_taken_once_per_receipt_and_not_per_line() -> None:
    evaluation = evaluated(*(line(one, 19) for one in (1, 2, 3)), campaigns=(campaign("c", TEN),))
    assert [one.points for one in evaluation.awards] == [5]


def test_turnover_is_net_of_discounts_vouchers_points_and_sales_of_points_and_vouchers() -> None:
    evaluation = evaluated(
        line(1, 2000),
        line(2, 5000, kind=LineKind.POINTS),
        line(3, 5000, kind=LineKind.VOUCHER_SINGLE),
        campaigns=(campaign("c", TEN), campaign("off", PercentOff(rate_bp=1000))),
        vouchers=(voucher("gift", MoneyValue(rest_minor=300)),),
        balances=(Balance(pool=POOL, points=500),),
        tenders=(PointsTender(pool=POOL, points=500),),
    )
    assert [(one.turnover_minor, one.points) for one in evaluation.awards] == [(2000 - 200 - 300 - 500, 100)]


def test_additive_campaigns_add_up_and_of_a_group_the_most_valuable_counts() -> None:
    pools = (PoolTerms(pool=POOL, currency="EUR"), PoolTerms(pool="gold", currency="EUR", point_value_minor=5))
    group = {"exclusive_group": "g"}
    evaluation = evaluated(
        pools=pools,
        campaigns=(
            campaign("plain", TEN),
            campaign("a", PointsPerTurnover(pool=POOL, rate=4000), **group),
            campaign("c", PointsPerTurnover(pool="gold", rate=1000), **group),
            campaign("b", PointsPerTurnover(pool="gold", rate=1000), **group),
        ),
    )
    assert [(one.campaign, one.points) for one in evaluation.awards] == [("b", 100), ("plain", 100)]
    assert reasons(evaluation) == {"a": "outdone", "c": "outdone"}


@pytest.mark.parametrize(
    ("limits", "stock", "reason"),
    [
        (Limits(uses=10), Stock(campaign="c", uses=0), "uses_spent"),
        (Limits(uses=10), Stock(campaign="c", uses=1), None),
        (Limits(uses_per_customer=1), Stock(campaign="c", uses=9), "customer_uses_spent"),
        (Limits(uses_per_customer=1), Stock(campaign="c", customer_uses=1), None),
        (Limits(uses_per_day=1), Stock(campaign="c"), "day_uses_spent"),
        (Limits(uses_per_day=1), Stock(campaign="c", day_uses=1), None),
        (Limits(budget=500), Stock(campaign="c", budget=99), "budget_spent"),
        (Limits(budget=500), Stock(campaign="c", budget=100), None),
        (Limits(uses=10), Stock(campaign="other", uses=5), "uses_spent"),
        (Limits(), Stock(campaign="c"), None),
    ],
)
def test_a_limit_is_a_stock_and_what_is_not_granted_cannot_be_spent(
    limits: Limits, stock: Stock, reason: str | None
) -> None:
    for benefit in (TEN, PercentOff(rate_bp=1000)):
        evaluation = evaluated(campaigns=(campaign("c", benefit, limits=limits),), stocks=(stock,))
        assert reasons(evaluation).get("c") == reason
        assert (sum(taken(evaluation).values()) + sum(one.points for one in evaluation.awards)) == (
            0 if reason else 100
        )


def test_a_limit_per_customer_needs_a_customer() -> None:
    once = campaign("c", PercentOff(rate_bp=1000), limits=Limits(uses_per_customer=1))
    assert reasons(evaluated(campaigns=(once,), customer=None)) == {"c": "customer_needed"}


def test_p4_points_of_a_pool_that_is_not_accepted_or_has_another_currency_are_not_given() -> None:
    pools = (PoolTerms(pool="koruna", currency="CZK"),)
    campaigns = (
        campaign("a", TEN),
        campaign("b", PointsPerTurnover(pool="koruna", rate=1000)),
    )
    assert reasons(evaluated(pools=pools, campaigns=campaigns)) == dict.fromkeys("ab", "pool_not_accepted")


def test_v5_a_rebate_on_one_receipt_is_a_voucher_for_later_and_leaves_the_receipt_alone() -> None:
    evaluation = evaluated(line(1, 1990), campaigns=(campaign("later", Rebate(rate_bp=500)),))
    (rebate,) = evaluation.rebates
    assert (rebate.value_minor, evaluation.due_minor) == (99, 1990)
    assert reasons(evaluated(vouchers=(voucher("v", rebate.value),))) == {"v": "own_receipt"}


def test_v5_a_rebate_on_a_period_counts_whole_days_on_the_branch_s_wall_clock() -> None:
    def paid(name: str, at: str, minor: int) -> PaidReceipt:
        return PaidReceipt(receipt=name, at=dt.datetime.fromisoformat(at), paid_minor=minor)

    receipts = [
        paid("before", "2025-09-30T21:59:59+00:00", 10_000),
        paid("first", "2025-09-30T22:00:00+00:00", 1_000),
        paid("last", "2025-10-31T22:59:59+00:00", 230),
        paid("after", "2025-10-31T23:00:00+00:00", 10_000),
    ]
    value = past_off(
        receipts,
        rate_bp=1000,
        first_day=dt.date(2025, 10, 1),
        last_day=dt.date(2025, 10, 31),
        timezone="Europe/Amsterdam",
    )
    assert (value.turnover_minor, value.value_minor, value.receipts) == (1230, 123, ("first", "last"))
    assert taken(evaluated(vouchers=(voucher("october", value),), at=NOON)) == {"october": 123}
