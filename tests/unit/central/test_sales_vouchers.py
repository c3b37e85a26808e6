"""Vouchers on receipts: used, registered, given for later and sold; and all of it taken back."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from backend_bridge.central.ledger.models import Account
from backend_bridge.central.sales.errors import BadSale, NotReturnable
from backend_bridge.central.sales.request import VoucherLine
from backend_bridge.central.vouchers.errors import VoucherNotKnown
from backend_bridge.central.vouchers.models import Voucher
from backend_bridge.central.vouchers.services.finding import voucher as told_of
from backend_bridge.central.vouchers.services.issuing import issue_vouchers
from loyalty.acts.vouchers import NewVoucher
from loyalty.benefits import FreeGoods, MoneyValue, PastOff, PercentOff, PointsValue, Rebate, VoucherValue
from loyalty.evaluation.case import CardTender, VoucherTender
from loyalty.receipts.receipt import LineKind
from loyalty.reversal.request import ReverseLine
from loyalty.reversal.taking_back import SpentPolicy
from loyalty.vouchers.voucher import Purpose, Sold, VoucherForm
from tests.unit.central.lab import BREAD, Lab, balance, member
from tests.unit.central.sales_shop import NOW, attempt, booked, line, no_campaigns, released, reverse, sell

Kind = Account.Kind
_keys = itertools.count(1)


@pytest.fixture(autouse=True)
def _quiet(lab: Lab) -> None:
    no_campaigns()


def issued(value: VoucherValue, *, sold: Sold | None = None, price_minor: int = 0, **more: Any) -> str:
    """A new voucher of the bakery."""
    like = NewVoucher(company="de-molen", value=value, **more)
    return issue_vouchers(
        company="de-molen", like=like, key=f"v-{next(_keys)}", by="test", at=NOW, sold=sold, price_minor=price_minor
    ).voucher


def on_card(value: VoucherValue, name: str = "anna", **more: Any) -> str:
    return issued(value, owner=member(name), form=VoucherForm.ACCOUNT, owner_bound=True, **more)


def state(voucher: str) -> tuple[str, int, int]:
    told = told_of(company="de-molen", voucher=voucher)
    return told.state, told.on_it_minor, told.uses_left


def test_a_money_voucher_pays_in_parts_and_gets_its_rest_back(lab: Lab) -> None:
    voucher = issued(MoneyValue(rest_minor=1000), sold=Sold(purpose=Purpose.MULTI), price_minor=1000)
    sell(line(1, 300), vouchers=(voucher,))
    sell(line(1, 900), vouchers=(voucher,), receipt="r-2")
    assert state(voucher) == ("redeemed", 0, 0)
    assert booked(Kind.SALES, "EUR") == 1000

    reverse("r-2", ReverseLine(line=1, gross_minor=450))
    assert state(voucher) == ("issued", 350, 1)
    reverse("r-2")
    reverse("r-1")
    assert state(voucher) == ("issued", 1000, 1)
    assert (booked(Kind.SALES, "EUR"), booked(Kind.VOUCHER_MULTI, "EUR")) == (0, 1000)


def test_a_voucher_tender_takes_at_most_what_it_says(lab: Lab) -> None:
    voucher = issued(MoneyValue(rest_minor=1000))
    tenders = (VoucherTender(voucher=voucher, amount_minor=200), CardTender())
    sell(line(1, 900), vouchers=(voucher,), tenders=tenders)
    assert state(voucher) == ("issued", 800, 1)


def test_c3_reading_the_card_grants_the_discount_and_its_use_comes_back_with_the_last_line(lab: Lab) -> None:
    voucher = on_card(PercentOff(rate_bp=1000))
    told = sell(line(1, 500), line(2, 500))
    assert (told.evaluation.discount_minor, state(voucher)[0]) == (100, "redeemed")
    assert not sell(line(1, 500), receipt="again").evaluation.discounts

    reverse("r-1", ReverseLine(line=1))
    assert state(voucher)[0] == "redeemed"
    reverse()
    assert state(voucher) == ("registered", 0, 1)


def test_a_card_of_somebody_else_grants_nothing(lab: Lab) -> None:
    on_card(PercentOff(rate_bp=1000))
    assert not sell(line(1, 500), who="bram").evaluation.discounts


def test_free_goods_given_away_are_a_discount_and_sold_ones_pay(lab: Lab) -> None:
    given = issued(FreeGoods())
    sold = issued(FreeGoods(), sold=Sold(purpose=Purpose.MULTI), price_minor=150)
    told = sell(line(1, 300), line(2, 200), vouchers=(given, sold))

    assert (told.evaluation.discount_minor, [one.id for one in told.evaluation.paid if one.id]) == (300, [sold])
    assert booked(Kind.SALES, "EUR") == 150
    reverse()
    assert (state(given), state(sold)) == (("issued", 0, 1), ("issued", 150, 1))
    assert booked(Kind.SALES, "EUR") == 0


def test_a_point_coupon_is_registered_and_made_anew_when_it_is_taken_back(lab: Lab) -> None:
    coupons = [issued(PointsValue(pool=BREAD, points=points)) for points in (50, 70)]
    sell(line(1, 500), vouchers=tuple(coupons))
    assert balance("anna") == 760
    told = reverse()

    assert balance("anna") == 640
    assert sorted(Voucher.objects.get(pk=one).points for one in told.reissued) == [50, 70]
    assert {state(one)[0] for one in coupons} == {"registered"}
    assert not Voucher.objects.filter(pk__in=told.reissued).exclude(owner=member("anna")).exists()
    sell(line(1, 500), receipt="r-2")  # they are on the card now
    assert balance("anna") == 760


def test_v5_a_rebate_is_a_voucher_on_the_card_for_the_next_receipt(lab: Lab) -> None:
    released("later", Rebate(rate_bp=1000), article_groups=("bread",))
    [voucher] = sell(line(1, 2000)).rebates
    told = attempt(line(1, 1500, "drinks"), receipt="r-2")
    assert [(one.id, one.minor) for one in told.evaluation.discounts] == [(voucher, 200)]

    reverse()
    assert state(voucher)[0] == "cancelled"
    assert not attempt(line(1, 1500, "drinks"), receipt="r-2").evaluation.discounts


def test_a_part_that_is_reversed_makes_the_rebate_smaller(lab: Lab) -> None:
    released("later", Rebate(rate_bp=1000))
    sell(line(1, 2000), line(2, 1000))
    told = reverse("r-1", ReverseLine(line=1))
    value = told_of(company="de-molen", voucher=told.reissued[0]).value
    assert isinstance(value, PastOff)
    assert value.value_minor == 100

    reverse()
    assert state(told.reissued[0])[0] == "cancelled"


def test_a_rebate_that_is_used_is_forgiven_or_refused_as_the_company_says(lab: Lab) -> None:
    released("later", Rebate(rate_bp=1000), article_groups=("bread",))
    [voucher] = sell(line(1, 2000)).rebates
    sell(line(1, 1500, "drinks"), receipt="r-2")
    assert state(voucher)[0] == "redeemed"

    with pytest.raises(NotReturnable):
        reverse(policy=SpentPolicy.REFUSE)
    assert reverse().reversal.refund_minor == 2000


def test_p6_a_voucher_of_another_company_is_not_there(lab: Lab) -> None:
    like = NewVoucher(company="cocktailbar-zuid", value=PercentOff(rate_bp=1000))
    foreign = issue_vouchers(company="cocktailbar-zuid", like=like, key="x", by="test", at=NOW).voucher
    for voucher in (foreign, "0" * 16):
        with pytest.raises(VoucherNotKnown):
            sell(line(1, 500), vouchers=(voucher,))


def test_a_voucher_is_presented_once(lab: Lab) -> None:
    voucher = issued(PercentOff(rate_bp=1000))
    with pytest.raises(BadSale):
        sell(line(1, 500), vouchers=(voucher, voucher))


def voucher_line(number: int, minor: int, quantity: int = 1) -> tuple[Any, VoucherLine]:
    sold = line(number, minor, "vouchers", quantity=quantity, kind=LineKind.VOUCHER_MULTI, vat_rate_bp=0)
    like = NewVoucher(company="de-molen", value=MoneyValue(rest_minor=minor // quantity))
    return sold, VoucherLine(line=number, like=like)


def test_vouchers_are_sold_on_a_receipt_and_refunded_while_they_are_unused(lab: Lab) -> None:
    sold, which = voucher_line(1, 5000, quantity=2)
    told = sell(sold, line(2, 100), voucher_sales=(which,), tenders=(CardTender(),))
    assert [state(one) for one in told.vouchers] == [("issued", 2500, 1)] * 2
    assert (booked(Kind.TILL, "EUR"), booked(Kind.VOUCHER_MULTI, "EUR")) == (-5000, 5000)

    sell(line(1, 300), vouchers=(told.vouchers[0],), receipt="r-2")
    with pytest.raises(NotReturnable):
        reverse("r-1", ReverseLine(line=1, quantity=2))
    back = reverse("r-1", ReverseLine(line=1, quantity=1))
    assert back.reversal.refund_minor == 2500
    assert [state(one)[0] for one in told.vouchers] == ["issued", "cancelled"]
    assert (booked(Kind.TILL, "EUR"), booked(Kind.VOUCHER_MULTI, "EUR")) == (-2500, 2200)


def test_a_part_of_a_voucher_is_not_taken_back(lab: Lab) -> None:
    sold, which = voucher_line(1, 5000)
    sell(sold, voucher_sales=(which,), tenders=(CardTender(),))
    with pytest.raises(NotReturnable) as caught:
        reverse("r-1", ReverseLine(line=1, gross_minor=100))
    assert caught.value.rule == "whole_vouchers"


def test_a_line_of_vouchers_says_which_and_all_cost_the_same(lab: Lab) -> None:
    sold, which = voucher_line(1, 5000)
    with pytest.raises(BadSale):
        sell(sold)
    odd, _which = voucher_line(1, 5001, quantity=2)
    with pytest.raises(BadSale):
        sell(odd, voucher_sales=(which,))
