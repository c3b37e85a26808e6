"""Points that are earned and spent (P1-P4, P7, P8): what the till is told, and what the books have."""

from __future__ import annotations

import pytest

from backend_bridge.central.organisation.models import Branch, Pool
from loyalty.benefits import PointsPerTurnover
from tests.unit.central.acceptance.till import (
    BAKERY,
    BAR,
    CARD,
    CASH,
    ZUID,
    Books,
    Customer,
    Till,
    awards,
    line,
    paid,
    points,
    refused,
)
from tests.unit.central.lab import BREAD, NETWORK, Lab
from tests.unit.central.sales_shop import no_campaigns, released

OOST = "utrecht-oost"


@pytest.fixture
def bakery(lab: Lab) -> Till:
    """The bakery's till on a day without campaigns."""
    no_campaigns()
    return Till()


@pytest.fixture
def nora(bakery: Till) -> Customer:
    return bakery.enrol("nora")


def test_p1_points_by_turnover_at_the_rate_that_the_merchant_has_set(
    bakery: Till, nora: Customer, books: Books
) -> None:
    released("all", PointsPerTurnover(pool=BREAD, rate=700))  # 7 points per 1.00
    told = bakery.sell(line(1, 1000), line(2, 235, "books", vat=2100), who=nora)

    assert awards(told["evaluation"]) == {"1-all": 86}  # 12.35 x 7 = 86.45, and a part of a point is not given
    assert books.news() == ["86 bread-points: company_funding(de-molen) > member_main(nora)"]
    assert bakery.points(nora, BREAD) == 86


def test_p1_turnover_is_what_is_really_paid(bakery: Till, nora: Customer, books: Books) -> None:
    bakery.give(nora, 300, BREAD)
    released("all", PointsPerTurnover(pool=BREAD, rate=700))
    coupon = bakery.on_card({"type": "amount", "amount_minor": 200}, nora)
    books.news()
    told = bakery.sell(line(1, 1000), who=nora, tenders=points(300, BREAD))

    # 10.00, 2.00 off, 3.00 by points: 5.00 earns 35 points.
    assert awards(told["evaluation"]) == {"1-all": 35}
    assert paid(told["evaluation"]) == [("points", 300), ("cash", 500)]
    assert books.news() == [
        "300 bread-points: member_main(nora) > company_redeemed(de-molen)",
        "35 bread-points: company_funding(de-molen) > member_main(nora)",
    ]
    assert bakery.status(coupon)["state"] == "redeemed"
    assert told["balances"][BREAD] == bakery.points(nora, BREAD) == 35


def test_p1_who_shows_no_card_earns_nothing(bakery: Till, books: Books) -> None:
    released("all", PointsPerTurnover(pool=BREAD, rate=700))
    told = bakery.sell(line(1, 1000))

    assert refused(told["evaluation"], "1-all") == "customer_needed"
    assert books.news() == []


def test_p2_points_pay_a_part_of_the_bill_and_who_pays_chooses_how_many(
    bakery: Till, nora: Customer, books: Books
) -> None:
    bakery.give(nora, 500, BREAD)
    books.news()
    told = bakery.sell(line(1, 1200), who=nora, tenders=points(230, BREAD))

    assert paid(told["evaluation"]) == [("points", 230), ("cash", 970)]
    assert told["evaluation"]["open_minor"] == 0
    assert books.news() == ["230 bread-points: member_main(nora) > company_redeemed(de-molen)"]
    assert bakery.points(nora, BREAD) == 270


def test_p2_points_pay_the_whole_bill_and_never_more_than_it(bakery: Till, nora: Customer, books: Books) -> None:
    bakery.give(nora, 500, BREAD)
    books.news()
    told = bakery.sell(line(1, 333), who=nora, tenders=points(None, BREAD))

    assert paid(told["evaluation"]) == [("points", 333)]
    assert (told["evaluation"]["open_minor"], told["evaluation"]["rounding_minor"]) == (0, 0)
    assert books.news() == ["333 bread-points: member_main(nora) > company_redeemed(de-molen)"]
    assert bakery.points(nora, BREAD) == 167


def test_p2_more_points_than_there_are_pay_nothing(bakery: Till, nora: Customer, books: Books) -> None:
    bakery.give(nora, 499, BREAD)
    books.news()
    spend = {"receipt": "s-1", "who": {"card": nora.card}, "pool": BREAD, "points": 500}
    answer = bakery.api.post("points/spends", spend)
    told = bakery.sell(line(1, 1000), who=nora, tenders=points(500, BREAD))

    assert (answer.status, answer.problem, answer.body["reason"]) == (409, "conflict", "not_enough_points")
    assert paid(told["evaluation"]) == [("cash", 1000)]
    assert refused(told["evaluation"], BREAD) == "not_enough_points"
    assert books.news() == []
    assert bakery.points(nora, BREAD) == 499


def test_p3_points_of_a_company_are_earned_and_spent_in_all_its_branches(
    bakery: Till, nora: Customer, books: Books
) -> None:
    Branch.objects.create(id=OOST, company_id=BAKERY, name="Utrecht Oost", timezone="Europe/Amsterdam")
    released("all", PointsPerTurnover(pool=BREAD, rate=1000))
    east = Till(BAKERY, OOST)
    bakery.sell(line(1, 2000), who=nora)
    told = east.sell(line(1, 150), who=nora, tenders=points(150, BREAD))

    assert paid(told["evaluation"]) == [("points", 150)]
    assert books.news() == [
        "200 bread-points: company_funding(de-molen) > member_main(nora)",
        "150 bread-points: member_main(nora) > company_redeemed(de-molen)",
    ]
    assert east.points(nora, BREAD) == bakery.points(nora, BREAD) == 50


def test_p3_points_of_a_company_are_worth_nothing_at_another(bakery: Till, nora: Customer, books: Books) -> None:
    bakery.give(nora, 500, BREAD)
    books.news()
    bar = Till(BAR, ZUID)
    told = bar.sell(line(1, 900, "cocktails"), who=nora, tenders=[{"type": "points", "pool": BREAD}, CARD])
    gift = bar.api.post("points/gifts", {"username": "nora", "pool": BREAD, "points": 5})

    assert paid(told["evaluation"]) == [("card", 900)]
    assert refused(told["evaluation"], BREAD) == "pool_not_accepted"
    assert gift.broken == {("body.pool", "unknown")}
    assert BREAD not in told["balances"], "another company's points are not even shown"
    assert bar.api.get(f"customers/{nora.id}/balances/{BREAD}").status == 404
    assert books.news() == []
    assert bakery.points(nora, BREAD) == 500


def test_p4_network_points_are_earned_at_one_company_and_spent_at_another(
    bakery: Till, nora: Customer, books: Books
) -> None:
    released("net", PointsPerTurnover(pool=NETWORK, rate=1000), company=BAR)
    bar = Till(BAR, ZUID)
    bar.sell(line(1, 10000, "cocktails", vat=2100), who=nora)
    assert bakery.points(nora, NETWORK) == 1000
    told = bakery.sell(line(1, 600), who=nora, tenders=points(600, NETWORK))

    assert paid(told["evaluation"]) == [("points", 600)]
    assert books.news() == [
        "1000 network-points: company_funding(cocktailbar-zuid) > member_main(nora)",
        "600 network-points: member_main(nora) > company_redeemed(de-molen)",
    ]
    assert bar.points(nora, NETWORK) == 400


def test_p4_points_of_another_currency_do_not_pay(bakery: Till, nora: Customer, books: Books) -> None:
    bakery.give(nora, 2000, NETWORK)
    books.news()
    told = Till("kavarna-kaple", "kaple").sell(
        line(1, 900, "coffee"), who=nora, tenders=[{"type": "points", "pool": NETWORK}, CASH]
    )

    assert paid(told["evaluation"]) == [("cash", 900)]
    assert refused(told["evaluation"], NETWORK) == "pool_not_accepted"
    assert books.news() == []


def test_p7_a_point_is_worth_a_cent_unless_its_pool_says_otherwise(bakery: Till, nora: Customer, books: Books) -> None:
    Pool.objects.create(
        id="stars", programme_id="tapbon", names={}, company_id=BAKERY, network=False, currency="EUR",
        point_value_minor=25,
    )  # fmt: skip
    bakery.give(nora, 40, BREAD)
    bakery.give(nora, 40, "stars")
    books.news()
    shown = bakery.api.get("pools").body["items"]
    cents = bakery.sell(line(1, 110), who=nora, tenders=points(40, BREAD))
    stars = bakery.sell(line(1, 110), who=nora, tenders=points(None, "stars"))

    assert {one["id"]: one["point_value_minor"] for one in shown} == {BREAD: 1, "stars": 25, NETWORK: 1}
    assert paid(cents["evaluation"]) == [("points", 40), ("cash", 70)]
    assert paid(stars["evaluation"]) == [("points", 100), ("cash", 10)]  # four stars; a fifth would be too much
    assert books.news() == [
        "40 bread-points: member_main(nora) > company_redeemed(de-molen)",
        "4 stars: member_main(nora) > company_redeemed(de-molen)",
    ]


def test_p8_below_the_minimum_nothing_is_spent_and_from_it_on_any_part(
    bakery: Till, nora: Customer, books: Books
) -> None:
    bakery.give(nora, 999, NETWORK)  # the pool says 1000
    books.news()
    below = bakery.sell(line(1, 500), who=nora, tenders=points(5, NETWORK))
    assert refused(below["evaluation"], NETWORK) == "below_minimum"
    assert paid(below["evaluation"]) == [("cash", 500)]
    assert books.news() == []

    bakery.give(nora, 1, NETWORK)
    exactly = bakery.sell(line(1, 500), who=nora, tenders=points(5, NETWORK))
    assert paid(exactly["evaluation"]) == [("points", 5), ("cash", 495)]
    assert books.news()[-1] == "5 network-points: member_main(nora) > company_redeemed(de-molen)"

    again = bakery.sell(line(1, 500), who=nora, tenders=points(5, NETWORK))
    assert refused(again["evaluation"], NETWORK) == "below_minimum"  # 995 are left
    assert (books.news(), bakery.points(nora, NETWORK)) == ([], 995)


def test_p8_a_campaign_sets_the_minimum_too_and_only_for_its_company(
    bakery: Till, nora: Customer, books: Books
) -> None:
    Pool.objects.filter(pk=NETWORK).update(minimum_balance=0)
    released("saving", PointsPerTurnover(pool=NETWORK, rate=100, minimum_balance=1000))
    bakery.give(nora, 600, NETWORK)
    books.news()
    here = bakery.attempt(line(1, 500), who=nora, tenders=points(500, NETWORK))
    there = Till(BAR, ZUID).sell(line(1, 500), who=nora, tenders=points(500, NETWORK))

    assert refused(here, NETWORK) == "below_minimum"
    assert paid(there["evaluation"]) == [("points", 500)]
    assert books.news() == ["500 network-points: member_main(nora) > company_redeemed(cocktailbar-zuid)"]
