"""V17: points that are bought are a liability, pay for services, and come back as money while they are unspent."""

from __future__ import annotations

import datetime as dt

import pytest

from backend_bridge.central.ledger.models import Account, Lot
from backend_bridge.central.organisation.models import Pool
from backend_bridge.central.sales.errors import BadSale, NotReturnable
from backend_bridge.central.sales.expiring import expire_lots
from backend_bridge.central.sales.models import Effect, Receipt
from backend_bridge.central.sales.request import TopUpLine
from loyalty.evaluation.case import CardTender, PointsTender
from loyalty.receipts.receipt import LineKind
from loyalty.reversal.request import ReverseLine
from loyalty.reversal.taking_back import SpentPolicy
from tests.unit.central.lab import BREAD, NETWORK, Lab, balance
from tests.unit.central.sales_shop import (
    NOW,
    booked,
    buy_points,
    line,
    lots,
    no_campaigns,
    pay,
    reverse,
    sell,
)

Kind = Account.Kind


def money() -> dict[str, int]:
    """What the money accounts of the bakery hold."""
    kinds = (Kind.TILL, Kind.PURCHASED_LIABILITY, Kind.SALES, Kind.BREAKAGE)
    return {kind.value: booked(kind, "EUR") for kind in kinds if booked(kind, "EUR")}


def wellness(minor: int, receipt: str = "spa", points: int | None = None, who: str = "anna") -> None:
    """A service that is paid with points, those that were given first since they are older."""
    service = line(1, minor, "wellness", kind=LineKind.SERVICE)
    sell(service, receipt=receipt, who=who, tenders=(PointsTender(pool=BREAD, points=points), CardTender()))


def bought_lot() -> str:
    return Lot.objects.get(origin="purchased").pk


def test_points_are_bought_for_what_they_are_worth_and_are_owed(lab: Lab) -> None:
    told = buy_points(5000, bonus=500)

    assert told.balances[BREAD] == 640 + 5000 + 500
    assert money() == {"till": -5000, "purchased_liability": 5000}
    assert sorted(Lot.objects.filter(member__username="anna", unit=BREAD).values_list("origin", flat=True)) == [
        "earned",
        "earned",
        "goodwill",
        "purchased",
    ]
    assert booked(Kind.COMPANY_PURCHASED, BREAD) == -5000


def test_bought_points_pay_for_services_and_are_never_mixed_with_given_ones(lab: Lab) -> None:
    no_campaigns()
    buy_points(5000)
    wellness(2000)
    row = Receipt.objects.get(number="spa")

    assert money() == {"till": -5000, "purchased_liability": 5000 - 1360, "sales": 1360}
    assert (row.points_minor, row.paid_minor) == (2000, 0)
    paid = Effect.objects.filter(receipt=row, what__endswith="_paid").values_list("what", "points", "minor")
    assert set(paid) == {("points_paid", 640, 640), ("purchased_paid", 1360, 1360)}


def test_a_sale_that_was_paid_with_bought_points_goes_back_into_the_liability(lab: Lab) -> None:
    no_campaigns()
    buy_points(5000)
    wellness(2000)
    reverse("spa")

    assert money() == {"till": -5000, "purchased_liability": 5000}
    assert balance("anna") == 5640


def test_a_top_up_earns_nothing_and_is_not_paid_with_points(lab: Lab) -> None:
    told = buy_points(1000)
    assert (told.evaluation.awards, told.evaluation.discounts) == ((), ())

    sold = line(1, 1000, kind=LineKind.POINTS, vat_rate_bp=0)
    top_ups = (TopUpLine(line=1, pool=BREAD),)
    tried = sell(sold, receipt="r-2", tenders=(PointsTender(pool=BREAD), CardTender()), top_ups=top_ups)
    assert [one.type for one in tried.evaluation.paid] == ["card"]


def test_the_same_top_up_again_is_one_top_up(lab: Lab) -> None:
    assert not buy_points(1000).repeated
    assert buy_points(1000).repeated
    assert balance("anna") == 1640


def test_an_unspent_top_up_is_reversed_with_its_bonus(lab: Lab) -> None:
    buy_points(5000, bonus=500)
    told = reverse("top-1")

    assert (told.reversal.refund_minor, money(), balance("anna")) == (5000, {}, 640)
    assert booked(Kind.COMPANY_PURCHASED, BREAD) == 0


def test_what_is_spent_of_a_top_up_is_not_paid_back(lab: Lab) -> None:
    no_campaigns()
    buy_points(1000, who="bram")
    wellness(480, who="bram")  # 80 given and 400 bought points
    for policy in (SpentPolicy.ABSORB, SpentPolicy.REFUSE):
        with pytest.raises(NotReturnable) as caught:
            reverse("top-1", policy=policy)
        assert caught.value.rule == "spent"

    told = reverse("top-1", policy=SpentPolicy.WITHIN_BALANCE)
    assert (told.reversal.refund_minor, told.reversal.complete, balance("bram")) == (600, False, 0)
    assert money() == {"till": -400, "sales": 400}
    with pytest.raises(NotReturnable):
        reverse("top-1", policy=SpentPolicy.WITHIN_BALANCE)


def test_a_part_of_a_top_up_takes_its_part_of_the_bonus_and_all_parts_all_of_it(lab: Lab) -> None:
    buy_points(1000, bonus=101)
    for minor, left in ((333, 640 + 667 + 68), (333, 640 + 334 + 34), (334, 640)):
        reverse("top-1", ReverseLine(line=1, gross_minor=minor))
        assert balance("anna") == left


def test_a_bonus_that_is_spent_is_never_taken_out_of_bought_points(lab: Lab) -> None:
    no_campaigns()
    buy_points(1000, bonus=100, who="bram")
    wellness(1180, who="bram", points=1180)  # all: 80 given before, and what was bought today
    buy_points(1000, receipt="top-2", who="bram")
    with pytest.raises(NotReturnable):
        reverse("top-1", policy=SpentPolicy.WITHIN_BALANCE)
    assert {Lot.objects.get(pk=lot).origin: points for lot, points in lots("bram").items()} == {"purchased": 1000}


@pytest.mark.parametrize(
    ("pool", "field"), [(NETWORK, "top_ups.pool"), ("kaple-points", "top_ups.pool"), ("nothing", "top_ups.pool")]
)
def test_only_a_companys_own_points_are_sold(lab: Lab, pool: str, field: str) -> None:
    with pytest.raises(BadSale) as caught:
        buy_points(1000, pool=pool)
    assert caught.value.field == field
    assert not Receipt.objects.exists()


def test_points_cost_a_whole_number_of_points(lab: Lab) -> None:
    Pool.objects.filter(pk=BREAD).update(point_value_minor=7)
    with pytest.raises(BadSale) as caught:
        buy_points(1000)
    assert caught.value.rule == "whole_points"
    assert buy_points(700).balances[BREAD] == 740


def test_a_line_of_points_says_which_points(lab: Lab) -> None:
    for top_ups in ((), (TopUpLine(line=2, pool=BREAD),)):
        with pytest.raises(BadSale) as caught:
            sell(line(1, 1000, kind=LineKind.POINTS, vat_rate_bp=0), top_ups=top_ups)
        assert caught.value.field == "top_ups"
    points = line(1, 1000, kind=LineKind.POINTS, vat_rate_bp=0)
    with pytest.raises(BadSale) as caught:
        sell(points, who=None, top_ups=(TopUpLine(line=1, pool=BREAD),))
    assert caught.value.field == "who"


def test_bought_points_that_run_out_are_the_companys_and_no_longer_returnable(lab: Lab) -> None:
    buy_points(1000)
    Lot.objects.filter(pk=bought_lot()).update(expires_at=NOW + dt.timedelta(days=1))

    assert expire_lots(at=NOW) == 0
    assert expire_lots(at=NOW + dt.timedelta(days=1)) == 1000
    assert money() == {"till": -1000, "breakage": 1000}
    with pytest.raises(NotReturnable):
        reverse("top-1", at=NOW + dt.timedelta(days=2))


def test_a_receipt_with_bread_and_points_earns_for_the_bread_only(lab: Lab) -> None:
    points = line(2, 1000, kind=LineKind.POINTS, vat_rate_bp=0)
    told = sell(line(1, 1000), points, tenders=pay(), top_ups=(TopUpLine(line=2, pool=BREAD),))

    assert [one.points for one in told.evaluation.awards] == [(1000 - 640) * 5 // 100]
