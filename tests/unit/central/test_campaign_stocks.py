"""Stocks of limits: what is taken is gone, never below zero, and what is given back is there again."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend_bridge.central.campaigns import stocks
from backend_bridge.central.campaigns.errors import LimitSpent
from backend_bridge.central.campaigns.models import LimitStock
from loyalty.benefits import PercentOff
from loyalty.campaigns.campaign import Campaign, Limits, Stock
from loyalty.campaigns.taking import Limit, Taken
from tests.unit.central.lab import Lab

BREAD = "1-bread"
DAY = dt.date(2026, 3, 2)


def limited(**limits: int) -> Campaign:
    return Campaign(campaign=BREAD, company="de-molen", benefit=PercentOff(rate_bp=100), limits=Limits(**limits))


def used(amount: int = 1, *, most: int = 3, limit: Limit = Limit.USES, subject: str = "") -> Taken:
    return Taken(campaign=BREAD, limit=limit, subject=subject, amount=amount, most=most)


def take(*taken: Taken) -> None:
    with transaction.atomic():
        stocks.take(taken)


def give_back(*taken: Taken) -> None:
    with transaction.atomic():
        stocks.give_back(taken)


def left(uses: int = 3) -> int:
    [stock] = stocks.left_of([limited(uses=uses)], customer=None, day=DAY)
    return stock.uses


def test_what_is_left_is_told_for_this_customer_and_this_day(lab: Lab) -> None:
    take(used(limit=Limit.CUSTOMER, subject="anna", most=2), used(limit=Limit.DAY, subject="2026-03-02"))
    campaign = limited(budget=500, uses=9, uses_per_customer=2, uses_per_day=3)
    tomorrow = DAY + dt.timedelta(days=1)

    for lock in (False, True):
        with transaction.atomic():
            [anna] = stocks.left_of([campaign], customer="anna", day=DAY, lock=lock)
            [bram] = stocks.left_of([campaign], customer="bram", day=tomorrow, lock=lock)
        assert anna == Stock(campaign=BREAD, budget=500, uses=9, customer_uses=1, day_uses=2)
        assert bram == Stock(campaign=BREAD, budget=500, uses=9, customer_uses=2, day_uses=3)


def test_looking_without_a_lock_writes_nothing(lab: Lab) -> None:
    assert left() == 3
    assert not LimitStock.objects.exists()


def test_more_than_is_left_is_refused_and_nothing_is_taken(lab: Lab) -> None:
    take(used(2))
    with pytest.raises(LimitSpent):
        take(used(1, limit=Limit.BUDGET, most=100), used(2))

    assert left() == 1
    assert not LimitStock.objects.filter(pk=f"{BREAD}/budget/").exists()


def test_the_database_refuses_what_a_mistake_would_take(lab: Lab) -> None:
    take(used(3))
    for wrong in ({"left": -1}, {"left": 4}, {"over": -1}, {"left": 1, "over": 1}):
        with pytest.raises(IntegrityError), transaction.atomic():
            LimitStock.objects.update(**wrong)


def test_a_limit_that_was_raised_or_lowered_counts_from_the_next_receipt(lab: Lab) -> None:
    take(used(3))
    assert (left(5), left(2), left(3)) == (2, 0, 0)

    take(used(1, most=5))  # the limit is 5 now, and 4 are used
    with pytest.raises(LimitSpent):
        take(used(1, most=2))
    assert left(5) == 1


def test_what_comes_back_after_the_limit_was_lowered_is_not_taken_again_beyond_it(lab: Lab) -> None:
    take(used(3))
    with transaction.atomic():
        stocks.left_of([limited(uses=1)], customer=None, day=DAY, lock=True)
        give_back(used(2))
    assert left(1) == 0
    give_back(used(1))
    assert left(1) == 1


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.booleans(), st.integers(1, 6), st.integers(0, 12)), max_size=12))
def test_a_stock_is_always_the_limit_less_what_is_in_use(lab: Lab, steps: list[tuple[bool, int, int]]) -> None:
    LimitStock.objects.all().delete()
    in_use = 0
    for giving_back, amount, most in steps:
        if giving_back:
            back = min(amount, in_use)
            give_back(used(back, most=most))
            in_use -= back
        elif in_use + amount <= most:
            take(used(amount, most=most))
            in_use += amount
        else:
            with pytest.raises(LimitSpent):
                take(used(amount, most=most))
        assert left(most) == max(most - in_use, 0)
