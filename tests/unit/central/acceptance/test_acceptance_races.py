"""Tills that do the same at the same moment: nothing is redeemed twice, overdrawn, or spent below a minimum."""

from __future__ import annotations

from functools import partial

import pytest

from tests.unit.central.acceptance.rush_hour import at_once
from tests.unit.central.acceptance.till import Books, Customer, Till, line, paid, points
from tests.unit.central.lab import BREAD, NETWORK, Lab
from tests.unit.central.sales_shop import no_campaigns

MULTI = {"purpose": "multi"}
FIVE_OFF = {"type": "amount", "amount_minor": 500}


@pytest.fixture
def shop(lab: Lab) -> Till:
    no_campaigns()
    return Till()


@pytest.fixture
def nora(shop: Till) -> Customer:
    return shop.enrol("nora")


def test_v12_of_six_tills_at_once_one_gets_the_discount(shop: Till, books: Books) -> None:
    voucher = shop.voucher(FIVE_OFF)
    tills = [Till() for _number in range(6)]
    answers = at_once(*(partial(till.send, line(1, 2000), vouchers=[voucher]) for till in tills))

    assert [one.status for one in answers] == [201] * 6
    assert sorted(one.body["evaluation"]["discount_minor"] for one in answers) == [0, 0, 0, 0, 0, 500]
    assert shop.status(voucher)["uses_made"] == 1


def test_v12_tills_at_once_never_take_more_than_is_on_it(shop: Till, books: Books) -> None:
    voucher = shop.voucher({"type": "money", "rest_minor": 2000}, sold=MULTI, price_minor=2000)
    books.news()
    tills = [Till() for _number in range(5)]
    answers = at_once(*(partial(till.send, line(1, 700), vouchers=[voucher]) for till in tills))

    taken = sorted(sum(minor for kind, minor in paid(one.body["evaluation"]) if kind == "voucher") for one in answers)
    assert taken == [0, 0, 600, 700, 700]
    assert sorted(books.news()) == [
        "600 EUR: voucher_multi(de-molen) > sales(de-molen)",
        "700 EUR: voucher_multi(de-molen) > sales(de-molen)",
        "700 EUR: voucher_multi(de-molen) > sales(de-molen)",
    ]
    assert (shop.status(voucher)["state"], shop.status(voucher)["on_it_minor"]) == ("redeemed", 0)


def test_v12_two_customers_who_register_one_coupon_at_once_get_its_points_once(
    shop: Till, nora: Customer, books: Books
) -> None:
    otto = shop.enrol("otto")
    coupon = shop.voucher({"type": "points", "pool": BREAD, "points": 100})
    path = f"vouchers/{coupon}/registration"
    answers = at_once(*(partial(shop.api.post, path, {"customer": who.id}) for who in (nora, otto)))

    assert sorted(one.status for one in answers) == [200, 409]
    assert len(books.news()) == 1
    assert shop.points(nora, BREAD) + shop.points(otto, BREAD) == 100


def test_v12_a_coupon_on_the_card_is_granted_once_at_two_tills_at_once(shop: Till, nora: Customer) -> None:
    coupon = shop.on_card(FIVE_OFF, nora)
    answers = at_once(*(partial(till.send, line(1, 2000), who=nora) for till in (Till(), Till(), Till())))

    assert sorted(one.body["evaluation"]["discount_minor"] for one in answers) == [0, 0, 500]
    assert shop.status(coupon)["uses_made"] == 1


def test_v12_one_request_sent_four_times_at_once_is_done_once(shop: Till, books: Books) -> None:
    voucher = shop.voucher({"type": "money", "rest_minor": 2000}, sold=MULTI, price_minor=2000)
    books.news()
    same = partial(shop.send, line(1, 700), vouchers=[voucher], receipt="v-1", key="request-1")
    answers = at_once(same, same, same, same)

    assert [one.body for one in answers] == [answers[0].body] * 4
    assert books.news() == ["700 EUR: voucher_multi(de-molen) > sales(de-molen)"]
    assert shop.status(voucher)["on_it_minor"] == 1300


def test_p2_tills_at_once_never_spend_more_points_than_there_are(shop: Till, nora: Customer, books: Books) -> None:
    shop.give(nora, 500, BREAD)
    books.news()
    tills = [Till() for _number in range(4)]
    answers = at_once(*(partial(till.send, line(1, 200), who=nora, tenders=points(200, BREAD)) for till in tills))

    assert sorted(paid(one.body["evaluation"]) for one in answers) == [
        [("cash", 200)],
        [("cash", 200)],
        [("points", 200)],
        [("points", 200)],
    ]
    assert books.news() == ["200 bread-points: member_main(nora) > company_redeemed(de-molen)"] * 2
    assert shop.points(nora, BREAD) == 100


def test_p8_of_tills_at_once_only_one_finds_the_balance_at_the_minimum(
    shop: Till, nora: Customer, books: Books
) -> None:
    """1000 are needed and there: whoever is second finds 995."""
    shop.give(nora, 1000, NETWORK)
    books.news()
    tills = [Till() for _number in range(6)]
    answers = at_once(*(partial(till.send, line(1, 500), who=nora, tenders=points(5, NETWORK)) for till in tills))

    assert [one.status for one in answers] == [201] * 6
    assert books.news() == ["5 network-points: member_main(nora) > company_redeemed(de-molen)"]
    assert shop.points(nora, NETWORK) == 995
