"""Coupons on a customer's card (C3-C5), and the three that the product was described with."""

from __future__ import annotations

from typing import Any

import pytest

from backend_bridge.central.organisation.models import Branch, Company
from backend_bridge.central.vouchers.services.rebates import issue_order_discount
from loyalty.benefits import FreeGoods
from loyalty.conditions import Conditions
from loyalty.vouchers.dates import DateWish, NextWeekday
from loyalty.windows import Weekday
from tests.unit.central.acceptance.till import CAFE, KAPLE, Books, Customer, Till, done, line, paid, refused
from tests.unit.central.acceptance.turning_clock import Clock
from tests.unit.central.api_neighbour import Neighbour, neighbour
from tests.unit.central.lab import Lab
from tests.unit.central.sales_shop import no_campaigns, put_in_group

TEN_PERCENT = {"type": "percent", "rate_bp": 1000}


@pytest.fixture
def shop(lab: Lab) -> Till:
    return Till()


@pytest.fixture
def nora(shop: Till) -> Customer:
    return shop.enrol("nora")


@pytest.fixture
def cafe(lab: Lab) -> Till:
    """The café in Prague, in crowns."""
    return Till(CAFE, KAPLE)


def danish() -> Till:
    """A shop in Copenhagen, in kroner."""
    told = {"id": "bager-nord", "number": 9, "name": "Bager Nord", "currency": "DKK", "programme_id": "tapbon"}
    Company.objects.create(**told)
    Branch.objects.create(id="nord", company_id="bager-nord", name="Nord", timezone="Europe/Copenhagen")
    return Till("bager-nord", "nord")


def test_c3_reading_the_card_grants_the_discount_and_nothing_else_has_to_be_shown(
    shop: Till, nora: Customer, books: Books
) -> None:
    no_campaigns()
    coupon = shop.on_card(TEN_PERCENT, nora)
    without = shop.sell(line(1, 2000))
    other = shop.sell(line(1, 2000), who=shop.enrol("otto"))
    told = shop.sell(line(1, 2000), who=nora)
    again = shop.sell(line(1, 2000), who=nora)

    assert [one["evaluation"]["discount_minor"] for one in (without, other, told, again)] == [0, 0, 200, 0]
    assert paid(told["evaluation"]) == [("cash", 1800)]
    assert told["evaluation"]["discounts"][0]["id"] == coupon
    assert (shop.status(coupon)["state"], books.news()) == ("redeemed", [])


def test_c3_a_new_card_of_the_same_customer_has_the_same_coupons(shop: Till, nora: Customer) -> None:
    no_campaigns()
    shop.on_card(TEN_PERCENT, nora)
    [old] = shop.api.get(f"customers/{nora.id}").body["cards"]
    number = "04ffeeddccbbaa"
    assert shop.api.post(f"cards/{old['card']}/replacement", {"number": number}).status == 201
    found = Customer(id=nora.id, username="nora", card=number)

    assert shop.send(line(1, 2000), who=nora).status == 422, "the lost card is blocked"
    assert shop.sell(line(1, 2000), who=found)["evaluation"]["discount_minor"] == 200


@pytest.mark.parametrize("place", ["EUR", "CZK", "DKK"])
def test_c4_percent_a_free_product_or_an_amount_in_the_currency_of_the_company(
    shop: Till, cafe: Till, books: Books, place: str
) -> None:
    no_campaigns()
    till = {"EUR": lambda: shop, "CZK": lambda: cafe, "DKK": danish}[place]()
    nora = till.enrol("nora")
    basket = (line(1, 3000, "coffee"), line(2, 1250, "coffee"))
    for value, off in (
        (TEN_PERCENT, 425),  # of 42.50
        ({"type": "goods"}, 3000),  # the dearest piece
        ({"type": "amount", "amount_minor": 1500}, 1500),
    ):
        coupon = till.on_card(value, nora)
        told = till.sell(*basket, who=nora, tenders=[{"type": "card"}])
        assert told["evaluation"]["discount_minor"] == off
        assert paid(told["evaluation"]) == [("card", 4250 - off)]
        assert (till.status(coupon)["state"], till.status(coupon)["currency"]) == ("redeemed", place)
    assert books.news() == []


def test_c5_a_relative_date_is_fixed_when_it_is_scheduled(cafe: Till, clock: Clock, books: Books, lab: Lab) -> None:
    """Scheduled on a Wednesday, "next Wednesday" is a week later, also for who hears of it two days after."""
    no_campaigns()
    nora = cafe.enrol("nora")
    clock.turn_to("2026-03-03T23:30:00+00:00")  # in Prague it is Wednesday already
    made = issue_order_discount(
        company=CAFE,
        value=FreeGoods(),
        key="mailing-1",
        by="job:mailing",
        at=clock.read(),
        branch=KAPLE,
        owner=nora.id,
        dates=DateWish(first=NextWeekday(Weekday.WEDNESDAY)),
        conditions=Conditions(company=CAFE, article_groups=("coffee",)),
    )
    shown = cafe.status(made.voucher)["conditions"]
    assert (shown["valid_from"], shown["valid_until"]) == ("2026-03-11", "2026-03-11")
    for instant, off, why in (
        ("2026-03-04T12:00:00+01:00", 0, "not_yet_valid"),
        ("2026-03-10T23:59:59+01:00", 0, "not_yet_valid"),
        ("2026-03-12T00:00:00+01:00", 0, "no_longer_valid"),
        ("2026-03-18T12:00:00+01:00", 0, "no_longer_valid"),
    ):
        clock.turn_to(instant)
        told = cafe.attempt(line(1, 6500, "coffee"), who=nora)
        assert (told["discount_minor"], refused(told, made.voucher)) == (off, why), instant
    clock.turn_to("2026-03-11T00:00:00+01:00")
    told = cafe.sell(line(1, 6500, "coffee"), who=nora)
    assert (told["evaluation"]["discount_minor"], paid(told["evaluation"])) == (6500, [])
    assert books.news() == []


def test_c5_a_wish_becomes_fixed_dates_over_the_api(cafe: Till, clock: Clock, books: Books) -> None:
    """At 23:30 UTC on Tuesday it is Wednesday at the branch in Prague; asking moves nothing."""
    clock.turn_to("2026-03-03T23:30:00+00:00")

    def days(wish: dict[str, Any], till: Neighbour = cafe.api, **more: str) -> tuple[str, str | None]:
        told = done(till.send("POST", "vouchers/dates", body={"dates": wish, **more}), 200)
        return told["valid_from"], told["valid_until"]

    next_wednesday = {"first": {"type": "next_weekday", "weekday": "wed"}}
    assert days(next_wednesday) == ("2026-03-11", "2026-03-11")
    assert days(next_wednesday, neighbour(CAFE), branch=KAPLE) == ("2026-03-11", "2026-03-11")
    assert days({"first": {"type": "in_days", "days": 10}}) == ("2026-03-14", "2026-03-14")
    assert days({"last": {"type": "end_of_month"}}) == ("2026-03-04", "2026-03-31")
    assert days({"open_end": True}) == ("2026-03-04", None)
    past = cafe.api.send("POST", "vouchers/dates", body={"dates": {"first": {"type": "on_date", "date": "2026-03-03"}}})
    assert {rule for _field, rule in past.broken} == {"date"}
    foreign = cafe.api.send("POST", "vouchers/dates", body={"dates": {}, "branch": "zuid"})
    assert ("body.branch", "unknown") in foreign.broken
    assert books.news() == []


def test_v6_a_discount_on_what_is_still_to_be_ordered_is_issued_over_the_api(
    cafe: Till, clock: Clock, books: Books
) -> None:
    """With its days fixed when it is issued (C5): asked for again, a day later, it is the same voucher."""
    no_campaigns()
    nora = cafe.enrol("nora")
    body = {
        "value": {"type": "goods"},
        "owner": nora.id,
        "dates": {"first": {"type": "next_weekday", "weekday": "wed"}},
        "conditions": {"company": CAFE, "article_groups": ["coffee"]},
    }
    made = cafe.api.post("vouchers/order-discounts", body, key="mailing-1")
    clock.turn_to("2026-03-05T10:00:00+01:00")
    again = cafe.api.post("vouchers/order-discounts", body, key="mailing-1")
    assert (made.status, again.body) == (201, made.body)
    shown = cafe.status(made.body["voucher"])
    assert (shown["owner"], shown["form"], shown["owner_bound"]) == (nora.id, "account", True)
    assert (shown["conditions"]["valid_from"], shown["conditions"]["valid_until"]) == ("2026-03-04", "2026-03-04")

    late = cafe.attempt(line(1, 6500, "coffee"), who=nora)
    assert refused(late, made.body["voucher"]) == "no_longer_valid"
    ten = cafe.api.post("vouchers/order-discounts", {"value": TEN_PERCENT})
    told = cafe.sell(line(1, 6500, "coffee"), vouchers=[ten.body["voucher"]])
    assert told["evaluation"]["discount_minor"] == 650
    assert cafe.status(ten.body["voucher"])["conditions"]["valid_until"] == "2026-12-31"
    strangers = cafe.api.post("vouchers/order-discounts", body | {"conditions": {"company": "de-molen"}})
    assert ("body.company", "own") in strangers.broken
    assert books.news() == []


def test_c5_seed_come_next_wednesday_and_get_a_free_coffee(cafe: Till, books: Books, clock: Clock) -> None:
    """Czech: "Přijďte k nám příští středu a dostanete jednu kávu zdarma." """
    nora = cafe.enrol("nora")
    put_in_group("nora", "coupons", company=CAFE)
    shown = cafe.api.get("campaigns/3-coffee-next-wednesday").body
    assert shown["names"]["cs"] == "Přijďte k nám příští středu a dostanete jednu kávu zdarma"
    assert (shown["valid_from"], shown["valid_until"]) == ("2026-03-04", "2026-03-04")

    two = (line(1, 6500, "coffee"), line(2, 4500, "coffee"), line(3, 9900, "cakes"))
    assert cafe.attempt(*two, who=nora)["discount_minor"] == 0, "it is Monday"
    clock.turn_to("2026-03-04T08:00:00+01:00")
    told = cafe.sell(*two, who=nora)
    assert told["evaluation"]["discount_minor"] == 6500, "one coffee, and not both"
    assert paid(told["evaluation"]) == [("cash", 14400)]
    assert cafe.sell(*two, who=nora)["evaluation"]["discount_minor"] == 0, "once for each customer"
    assert cafe.attempt(*two, who=cafe.enrol("otto"))["discount_minor"] == 0, "it was sent to Nora"
    clock.turn_to("2026-03-11T08:00:00+01:00")
    assert cafe.attempt(*two, who=nora)["discount_minor"] == 0, "that was last Wednesday"
    assert books.news() == []


def test_c5_seed_ten_percent_off_all_bread_on_friday(shop: Till, nora: Customer, books: Books, clock: Clock) -> None:
    """Czech: "V pátek 10% sleva na všechny druhy chleba." """
    put_in_group("nora", "coupons")
    basket = (line(1, 450), line(2, 305, article="rye"), line(3, 400, "coffee"))
    clock.turn_to("2026-03-05T12:00:00+01:00")
    assert shop.attempt(*basket, who=nora)["discount_minor"] == 0
    clock.turn_to("2026-03-06T12:00:00+01:00")
    told = shop.sell(*basket, who=nora)

    assert told["evaluation"]["discount_minor"] == 76  # of 7.55: 75.5
    assert paid(told["evaluation"]) == [("cash", 1080)]  # 10.79, in cash 10.80
    # 6.79 of bread is really paid: 33 points.
    assert books.news() == ["33 bread-points: company_funding(de-molen) > member_main(nora)"]
    assert shop.attempt(*basket)["discount_minor"] == 0, "the card is the key"


def test_c5_seed_on_mondays_ten_percent_off_all_main_courses(cafe: Till, books: Books, clock: Clock) -> None:
    """Czech: coupons that "v pondělí poskytují 10 % slevu na všechna hlavní jídla"."""
    nora = cafe.enrol("nora")
    put_in_group("nora", "coupons", company=CAFE)
    dinner = (line(1, 24900, "main-courses", vat=1200), line(2, 3900, "beer", vat=2100))
    told = cafe.sell(*dinner, who=nora)
    assert told["evaluation"]["discount_minor"] == 2490
    assert paid(told["evaluation"]) == [("cash", 26300)]  # 263.10, and there are no hellers

    for instant, off in (
        ("2026-03-03T00:00:00+01:00", 0),
        ("2026-03-08T23:59:59+01:00", 0),
        ("2026-03-09T00:00:00+01:00", 2490),
        ("2026-03-30T23:59:59+02:00", 2490),
    ):
        clock.turn_to(instant)
        assert cafe.attempt(*dinner, who=nora)["discount_minor"] == off, instant
    assert books.news() == []


def test_c5_a_coupon_for_weekdays_on_the_card(shop: Till, nora: Customer, clock: Clock, books: Books) -> None:
    no_campaigns()
    windows = [{"weekdays": ["mon"], "start": "11:00", "end": "15:00"}]
    coupon = shop.on_card(TEN_PERCENT, nora, windows=windows, article_groups=["main-courses"], uses=2)
    dinner = line(1, 2490, "main-courses")
    assert shop.sell(dinner, who=nora)["evaluation"]["discount_minor"] == 249
    clock.turn_to("2026-03-03T11:00:00+01:00")
    assert refused(shop.attempt(dinner, who=nora), coupon) == "outside_window"
    clock.turn_to("2026-03-09T14:59:59+01:00")
    assert shop.sell(dinner, who=nora)["evaluation"]["discount_minor"] == 249
    assert (shop.status(coupon)["state"], shop.status(coupon)["uses_made"], books.news()) == ("redeemed", 2, [])
