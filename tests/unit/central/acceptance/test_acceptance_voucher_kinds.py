"""What vouchers are for: money, points, goods, services, discounts on the past and on what comes (V1-V6)."""

from __future__ import annotations

from typing import Any

import pytest

from loyalty.benefits import PointsPerTurnover, Rebate
from tests.unit.central.acceptance.till import CASH, Books, Customer, Till, line, paid, refused
from tests.unit.central.acceptance.turning_clock import Clock
from tests.unit.central.lab import BREAD, Lab
from tests.unit.central.sales_shop import no_campaigns, released

MULTI = {"purpose": "multi"}


@pytest.fixture
def shop(lab: Lab) -> Till:
    """The bakery's till on a day without campaigns."""
    no_campaigns()
    return Till()


@pytest.fixture
def nora(shop: Till) -> Customer:
    return shop.enrol("nora")


def money(shop: Till, minor: int) -> str:
    """A money voucher that was sold."""
    return shop.voucher({"type": "money", "rest_minor": minor}, sold=MULTI, price_minor=minor)


def service(number: int, minor: int) -> dict[str, Any]:
    return line(number, minor, "wellness", vat=2100, kind="service")


def test_v1_a_voucher_for_money_is_used_in_parts_and_the_rest_stays_on_it(shop: Till, books: Books) -> None:
    voucher = money(shop, 5000)
    assert books.news() == ["5000 EUR: till(de-molen) > voucher_multi(de-molen)"]

    shop.sell(line(1, 1235), vouchers=[voucher], receipt="v-1")
    assert shop.status(voucher)["on_it_minor"] == 3765
    part = [{"type": "voucher", "voucher": voucher, "amount_minor": 1000}, CASH]
    told = shop.sell(line(1, 1500), vouchers=[voucher], tenders=part, receipt="v-2")
    assert paid(told["evaluation"]) == [("voucher", 1000), ("cash", 500)]
    assert shop.status(voucher)["on_it_minor"] == 2765
    told = shop.sell(line(1, 3000), vouchers=[voucher], receipt="v-3")
    assert paid(told["evaluation"]) == [("voucher", 2765), ("cash", 235)]

    assert books.news() == [
        "1235 EUR: voucher_multi(de-molen) > sales(de-molen)",
        "1000 EUR: voucher_multi(de-molen) > sales(de-molen)",
        "2765 EUR: voucher_multi(de-molen) > sales(de-molen)",
    ]
    status = shop.status(voucher)
    assert (status["state"], status["on_it_minor"], status["uses_made"]) == ("redeemed", 0, 3)
    told = shop.sell(line(1, 500), vouchers=[voucher])
    assert (paid(told["evaluation"]), refused(told["evaluation"], voucher)) == ([("cash", 500)], "redeemed")
    assert books.news() == []


def test_v1_a_part_that_comes_back_is_on_the_voucher_again(shop: Till, books: Books) -> None:
    voucher = money(shop, 2000)
    shop.sell(line(1, 800), line(2, 1200), vouchers=[voucher], receipt="v-1")
    assert shop.status(voucher)["state"] == "redeemed"
    books.news()
    shop.reverse("v-1", lines=[{"line": 1}])

    assert books.news() == ["800 EUR: sales(de-molen) > voucher_multi(de-molen)"]
    assert (shop.status(voucher)["on_it_minor"], shop.status(voucher)["state"]) == (800, "issued")


def test_v1_a_voucher_is_sold_on_a_receipt_earns_nothing_and_is_no_money_for_another(
    shop: Till, nora: Customer, books: Books
) -> None:
    released("all", PointsPerTurnover(pool=BREAD, rate=1000))
    sale = line(1, 2500, "", article="voucher", vat=0, kind="voucher_multi")
    like = {"company": shop.company, "value": {"type": "money", "rest_minor": 2500}}
    told = shop.sell(sale, who=nora, voucher_sales=[{"line": 1, "like": like}])
    [voucher] = told["vouchers"]

    assert told["evaluation"]["untaxed_minor"] == 2500
    assert books.news() == ["2500 EUR: till(de-molen) > voucher_multi(de-molen)"]
    another = shop.sell(sale, vouchers=[voucher], voucher_sales=[{"line": 1, "like": like}])
    assert paid(another["evaluation"]) == [("cash", 2500)]
    assert shop.status(voucher)["on_it_minor"] == 2500


def test_v2_a_voucher_for_points_posts_them_and_ends(shop: Till, nora: Customer, books: Books) -> None:
    voucher = shop.voucher({"type": "points", "pool": BREAD, "points": 120})
    assert books.news() == []
    told = shop.sell(line(1, 500), who=nora, vouchers=[voucher])

    assert told["evaluation"]["registered"] == [{"voucher": voucher, "pool": BREAD, "points": 120}]
    assert books.news() == ["120 bread-points: company_funding(de-molen) > member_main(nora)"]
    assert shop.points(nora, BREAD) == 120
    assert shop.status(voucher)["state"] == "registered"
    again = shop.sell(line(1, 500), who=nora, vouchers=[voucher])
    assert (again["evaluation"]["registered"], refused(again["evaluation"], voucher)) == ([], "redeemed")
    assert books.news() == []


def test_v3_goods_given_away_are_a_discount_and_sold_ones_a_payment(shop: Till, books: Books) -> None:
    given = shop.voucher({"type": "goods"}, article_groups=["coffee"])
    told = shop.sell(line(1, 250, "coffee"), line(2, 320, "coffee"), line(3, 900, "cakes"), vouchers=[given])

    assert told["evaluation"]["discounts"][0]["shares"] == [{"line": 2, "minor": 320}]  # the dearest coffee
    assert paid(told["evaluation"]) == [("cash", 1150)]
    assert (shop.status(given)["state"], books.news()) == ("redeemed", [])

    sold = shop.voucher({"type": "goods"}, article_groups=["coffee"], sold=MULTI, price_minor=300)
    told = shop.sell(line(1, 320, "coffee"), vouchers=[sold])
    assert paid(told["evaluation"])[0][0] == "voucher"
    assert books.news() == [
        "300 EUR: till(de-molen) > voucher_multi(de-molen)",
        "300 EUR: voucher_multi(de-molen) > sales(de-molen)",
    ]


def test_v4_a_voucher_for_a_service_makes_that_service_free_and_no_goods(shop: Till, books: Books) -> None:
    voucher = shop.voucher({"type": "service"}, article_groups=["wellness"])
    goods = line(1, 4500, "wellness")
    told = shop.attempt(goods, vouchers=[voucher])
    assert (told["discount_minor"], refused(told, voucher)) == (0, "no_article")

    told = shop.sell(goods, service(2, 6000), vouchers=[voucher])
    assert told["evaluation"]["discounts"][0]["shares"] == [{"line": 2, "minor": 6000}]
    assert paid(told["evaluation"]) == [("cash", 4500)]
    assert (shop.status(voucher)["state"], books.news()) == ("redeemed", [])


def test_v4_a_service_that_was_sold_ahead_is_paid_with_its_voucher(shop: Till, books: Books) -> None:
    sold = {"purpose": "single", "vat_rate_bp": 2100}
    voucher = shop.voucher({"type": "service"}, article_groups=["wellness"], sold=sold, price_minor=6000)
    told = shop.sell(service(1, 6000), vouchers=[voucher])

    assert paid(told["evaluation"]) == [("voucher", 6000)]
    [vat] = told["evaluation"]["vat"]
    assert (vat["rate_bp"], vat["prepaid_minor"], vat["tax_minor"]) == (2100, 6000, 0)  # taxed when it was sold
    assert books.news() == [
        "6000 EUR: till(de-molen) > voucher_single(de-molen)",
        "6000 EUR: voucher_single(de-molen) > sales(de-molen)",
    ]


def test_v5_a_discount_on_a_receipt_of_the_past_is_used_later_and_never_alters_it(
    shop: Till, nora: Customer, books: Books, clock: Clock
) -> None:
    released("back", Rebate(rate_bp=1000), article_groups=("bread",))
    told = shop.sell(line(1, 4000), line(2, 900, "cakes"), who=nora, receipt="past")
    [voucher] = told["rebates"]
    before = shop.api.get("branches/utrecht-centraal/receipts/past").body
    assert before["evaluation"]["discount_minor"] == 0
    status = shop.status(voucher)
    assert (status["kind"], status["value"]["turnover_minor"], status["owner"]) == ("past", 4000, nora.id)

    clock.turn_to("2026-03-05T12:00:00+01:00")
    later = shop.sell(line(1, 1000, "cakes"), who=nora)  # the card is enough
    assert [(one["id"], one["minor"]) for one in later["evaluation"]["discounts"]] == [(voucher, 400)]
    assert shop.api.get("branches/utrecht-centraal/receipts/past").body == before
    assert (shop.status(voucher)["state"], books.news()) == ("redeemed", [])


def test_v5_a_discount_on_the_turnover_of_a_period(shop: Till, nora: Customer, books: Books) -> None:
    value = {"type": "past", "rate_bp": 300, "turnover_minor": 25050}
    voucher = shop.on_card(value, nora)
    told = shop.sell(line(1, 2000), who=nora)

    assert told["evaluation"]["discount_minor"] == 751  # 3 % of 250.50 = 7.515
    assert (shop.status(voucher)["state"], books.news()) == ("redeemed", [])


def test_v6_a_discount_on_what_is_still_to_be_ordered(shop: Till, nora: Customer, books: Books, clock: Clock) -> None:
    shop.sell(line(1, 8000), who=nora, receipt="before")
    voucher = shop.on_card({"type": "percent", "rate_bp": 1500}, nora, valid_from="2026-03-03")
    today = shop.sell(line(1, 1000), who=nora)
    assert (today["evaluation"]["discount_minor"], refused(today["evaluation"], voucher)) == (0, "not_yet_valid")

    clock.turn_to("2026-03-03T00:00:00+01:00")
    told = shop.sell(line(1, 1990), who=nora)
    assert told["evaluation"]["discount_minor"] == 299  # 15 % of 19.90 = 2.985
    assert shop.api.get("branches/utrecht-centraal/receipts/before").body["evaluation"]["discount_minor"] == 0
    assert (shop.status(voucher)["state"], books.news()) == ("redeemed", [])
