"""Nothing is had twice, or for nothing, by taking receipts back in an order or in parts that nobody had in mind."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from backend_bridge.central.ledger.models import Account
from backend_bridge.central.sales.errors import BadSale, NotReturnable
from backend_bridge.central.sales.request import VoucherLine
from backend_bridge.central.vouchers.models import Voucher
from backend_bridge.central.vouchers.services.finding import voucher as told_of
from backend_bridge.central.vouchers.services.issuing import issue_vouchers
from loyalty.acts.vouchers import NewVoucher
from loyalty.benefits import FreeGoods, MoneyValue, PastOff, PointsPerTurnover, PointsValue, Rebate
from loyalty.campaigns.campaign import Limits
from loyalty.evaluation.case import CardTender, CashTender
from loyalty.receipts.receipt import LineKind
from loyalty.reversal.request import ReverseLine
from loyalty.reversal.taking_back import SpentPolicy
from tests.unit.central.lab import BREAD, Lab, balance
from tests.unit.central.sales_shop import (
    NOW,
    attempt,
    booked,
    buy_points,
    left_in,
    line,
    no_campaigns,
    pay,
    released,
    reverse,
    sell,
)

_keys = itertools.count(1)
KEEP = SpentPolicy.WITHIN_BALANCE


@pytest.fixture(autouse=True)
def _quiet(lab: Lab) -> None:
    no_campaigns()


def coupon(points: int) -> str:
    """A free point coupon."""
    like = NewVoucher(company="de-molen", value=PointsValue(pool=BREAD, points=points))
    return issue_vouchers(company="de-molen", like=like, key=f"a-{next(_keys)}", by="test", at=NOW).voucher


def spend_all(name: str = "spent") -> None:
    """Anna's points are gone."""
    sell(line(1, balance("anna")), receipt=name, tenders=pay())
    assert balance("anna") == 0


def later(voucher: str) -> int:
    """What a voucher for later is worth."""
    value = told_of(company="de-molen", voucher=voucher).value
    assert isinstance(value, PastOff)
    return value.value_minor


def off(receipt: str = "see") -> int:
    """What vouchers would take off the next receipt."""
    return attempt(line(1, 9000, "drinks"), receipt=receipt).evaluation.discount_minor


def test_points_of_a_coupon_that_are_forgiven_are_not_on_a_new_coupon_too(lab: Lab) -> None:
    sell(line(1, 100), vouchers=(coupon(500),))
    spend_all()
    told = reverse(policy=KEEP)
    assert (told.forgiven, told.reissued) == (500, ())


def test_a_new_coupon_has_what_was_taken_back(lab: Lab) -> None:
    sell(line(1, 100), vouchers=(coupon(500),))
    sell(line(1, balance("anna") - 120), receipt="spent", tenders=pay(balance("anna") - 120))
    told = reverse(policy=KEEP)
    assert told.forgiven == 380
    assert [Voucher.objects.get(pk=one).points for one in told.reissued] == [120]


def test_what_is_forgiven_counts_against_the_limits_of_its_campaign(lab: Lab) -> None:
    limits = Limits(budget=1000, uses_per_customer=1)
    rule = released("few", PointsPerTurnover(pool=BREAD, rate=1000), limits=limits)
    sell(line(1, 5000), line(2, 1000))
    spend_all()
    assert reverse("r-1", ReverseLine(line=1), policy=KEEP).forgiven == 500
    assert left_in(f"{rule.campaign}/budget/") == 400
    assert reverse(policy=KEEP).forgiven == 100
    assert left_in(f"{rule.campaign}/budget/") == 400
    assert not [one for one in sell(line(1, 100), receipt="r-2").evaluation.awards if one.campaign == rule.campaign]


def test_v5_a_rebate_does_not_outlive_its_receipt_by_being_used_meanwhile(lab: Lab) -> None:
    released("later", Rebate(rate_bp=1000), article_groups=("bread",), limits=Limits(budget=1000))
    sell(line(1, 2000))
    assert sell(line(1, 1500, "drinks"), receipt="r-2").evaluation.discount_minor == 200
    reverse("r-1")
    assert left_in("1-later/budget/") == 800
    assert reverse("r-2").reissued == ()
    assert off() == 0


def test_v5_a_rebate_comes_back_as_small_as_its_receipt_is_by_then(lab: Lab) -> None:
    released("later", Rebate(rate_bp=1000), article_groups=("bread",))
    sell(line(1, 2000), line(2, 1000))
    sell(line(1, 1500, "drinks"), receipt="r-2")
    reverse("r-1", ReverseLine(line=1))
    [smaller] = reverse("r-2").reissued
    assert (later(smaller), off()) == (100, 100)

    reverse("r-1", ReverseLine(line=2, gross_minor=500))
    assert off() == 50
    sell(line(1, 9000, "drinks"), receipt="r-3")
    reverse("r-1")
    reverse("r-3")
    assert off() == 0


def test_a_rebate_whose_receipt_stands_comes_back_whole(lab: Lab) -> None:
    released("later", Rebate(rate_bp=1000), article_groups=("bread",))
    sell(line(1, 2000))
    sell(line(1, 1500, "drinks"), receipt="r-2")
    assert reverse("r-2").reissued == ()
    assert off() == 200


def test_goods_that_were_sold_cheaper_than_a_cent_each_are_not_refunded_after_use(lab: Lab) -> None:
    sold = line(1, 3, "vouchers", kind=LineKind.VOUCHER_MULTI, vat_rate_bp=0)
    which = VoucherLine(line=1, like=NewVoucher(company="de-molen", value=FreeGoods(), uses=5))
    [voucher] = sell(sold, voucher_sales=(which,), tenders=(CardTender(),)).vouchers
    sell(line(1, 300), vouchers=(voucher,), receipt="r-2")
    with pytest.raises(NotReturnable):
        reverse("r-1")

    reverse("r-2")
    assert reverse("r-1").reversal.refund_minor == 3


def test_d2_points_are_not_bought_with_cash_that_is_rounded_to_nothing(lab: Lab) -> None:
    before = balance("anna")
    with pytest.raises(BadSale) as caught:
        buy_points(2, cash=True)
    assert caught.value.rule == "cash_step"
    buy_points(2, receipt="by-card")
    buy_points(1000, receipt="coins", cash=True)
    buy_points(3, receipt="rounded-up", cash=True)
    assert balance("anna") == before + 1005


def test_d2_vouchers_are_not_bought_with_cash_that_is_rounded_to_nothing(lab: Lab) -> None:
    def offer(minor: int) -> dict[str, Any]:
        like = NewVoucher(company="de-molen", value=MoneyValue(rest_minor=minor))
        return {"voucher_sales": (VoucherLine(line=1, like=like),), "tenders": (CashTender(),)}

    def sold(minor: int) -> Any:
        return line(1, minor, "vouchers", kind=LineKind.VOUCHER_MULTI, vat_rate_bp=0)

    with pytest.raises(BadSale):
        attempt(sold(502), **offer(502))
    with pytest.raises(BadSale):
        sell(sold(502), **offer(502))
    assert booked(Account.Kind.VOUCHER_MULTI, "EUR") == 0
    # The bread is what is rounded here.
    assert sell(sold(500), line(2, 102), **offer(500)).evaluation.rounding_minor == -2
