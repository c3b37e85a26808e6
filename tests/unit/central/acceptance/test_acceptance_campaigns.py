"""Who is awarded when, where and for what (P9, P10), and the three campaigns that the product was described with."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from backend_bridge.central.organisation.models import Branch
from loyalty.benefits import PointsPerTurnover
from loyalty.windows import Weekday, Window
from tests.unit.central.acceptance.till import (
    BAKERY,
    BAR,
    ZUID,
    Books,
    Customer,
    Till,
    awards,
    done,
    line,
    paid,
    points,
    refused,
)
from tests.unit.central.acceptance.turning_clock import Clock
from tests.unit.central.lab import BREAD, Lab
from tests.unit.central.sales_shop import no_campaigns, put_in_group, released

TEN = PointsPerTurnover(pool=BREAD, rate=1000)
AWARD = "50 bread-points: company_funding(de-molen) > member_main(nora)"


@pytest.fixture
def bakery(lab: Lab) -> Till:
    return Till()


@pytest.fixture
def nora(bakery: Till) -> Customer:
    return bakery.enrol("nora")


@pytest.fixture
def quiet(lab: Lab) -> None:
    no_campaigns()


def branch(name: str, timezone: str = "Europe/Amsterdam") -> Till:
    """One more branch of the bakery."""
    Branch.objects.create(id=name, company_id=BAKERY, name=name, timezone=timezone)
    return Till(BAKERY, name)


def given(till: Till, who: Customer) -> int:
    """The points that 5.00 earns now."""
    return sum(awards(till.sell(line(1, 500), who=who)["evaluation"]).values())


def test_p9_points_on_chosen_weekdays_and_hours(
    quiet: None, bakery: Till, nora: Customer, books: Books, clock: Clock
) -> None:
    happy = Window(weekdays=(Weekday.MONDAY, Weekday.TUESDAY), start="16:00", end="18:00")
    released("happy", TEN, windows=(happy,))
    for instant, expected in {
        "2026-03-02T15:59:59+01:00": 0,  # Monday, a second early
        "2026-03-02T16:00:00+01:00": 50,
        "2026-03-03T17:59:59+01:00": 50,
        "2026-03-03T18:00:00+01:00": 0,  # the end is not in it
        "2026-03-04T17:00:00+01:00": 0,  # Wednesday
    }.items():
        clock.turn_to(instant)
        assert given(bakery, nora) == expected, instant
    assert books.news() == [AWARD, AWARD]


def test_p9_the_clock_of_the_branch_decides_which_day_it_is(
    quiet: None, bakery: Till, nora: Customer, books: Books, clock: Clock
) -> None:
    released("monday", TEN, windows=(Window(weekdays=(Weekday.MONDAY,)),))
    london = branch("london", "Europe/London")
    clock.turn_to("2026-03-02T23:30:00+00:00")

    assert given(bakery, nora) == 0, "in Utrecht it is Tuesday, 0:30"
    assert given(london, nora) == 50, "in London it is still Monday"
    assert books.news() == [AWARD]


def test_p9_hours_are_those_on_the_wall_also_on_the_days_when_clocks_change(
    quiet: None, bakery: Till, nora: Customer, books: Books, clock: Clock
) -> None:
    night = Window(weekdays=(Weekday.SUNDAY,), start="02:00", end="03:00")
    released("night", TEN, windows=(night,))
    for instant, expected in {
        "2026-03-22T01:30:00+00:00": 50,  # 2:30 in winter
        "2026-03-29T00:59:59+00:00": 0,  # 1:59:59, and then it is 3:00
        "2026-03-29T01:00:00+00:00": 0,
        "2026-03-29T01:30:00+00:00": 0,
        "2026-10-25T00:30:00+00:00": 50,  # 2:30 in summer time
        "2026-10-25T01:30:00+00:00": 50,  # 2:30 once more in winter time
        "2026-10-25T02:00:00+00:00": 0,
    }.items():
        clock.turn_to(instant)
        assert given(bakery, nora) == expected, instant
    assert books.news() == [AWARD] * 3


def test_p9_a_receipt_that_comes_late_is_judged_by_when_it_was_bought(
    quiet: None, bakery: Till, nora: Customer, books: Books, clock: Clock
) -> None:
    happy = Window(weekdays=(Weekday.MONDAY,), start="16:00", end="18:00")
    released("happy", TEN, windows=(happy,))
    clock.turn_to("2026-03-03T09:00:00+01:00")  # Tuesday: the window is closed
    late: dict[str, Any] = {"who": nora, "happened_at": "2026-03-02T17:59:59+01:00"}

    assert awards(bakery.attempt(line(1, 500), **late)) == {"1-happy": 50}
    told = bakery.sell(line(1, 500), **late, receipt="late")
    assert awards(told["evaluation"]) == {"1-happy": 50}, "it was open then"
    shown = bakery.api.get("branches/utrecht-centraal/receipts/late").body
    assert dt.datetime.fromisoformat(shown["happened_at"]) == dt.datetime.fromisoformat(late["happened_at"])
    assert bakery.sell(line(1, 500), **late, receipt="late") == told | {"repeated": True}
    assert awards(bakery.sell(line(1, 500), who=nora)["evaluation"]) == {}

    clock.turn_to("2026-03-09T16:30:00+01:00")  # Monday: the window is open
    early = "2026-03-09T14:59:59Z"  # 15:59:59 on the branch's wall, a second before it opened
    told = bakery.sell(line(1, 500), who=nora, happened_at=early)
    assert (awards(told["evaluation"]), refused(told["evaluation"], "1-happy")) == ({}, "outside_window")
    award = {"receipt": "paid-1", "who": {"card": nora.card}, "amount_minor": 500}
    assert awards(done(bakery.api.post("points/awards", award), 201)["evaluation"]) == {"1-happy": 50}
    past = award | {"receipt": "paid-2", "happened_at": early}
    assert awards(done(bakery.api.post("points/awards", past), 201)["evaluation"]) == {}
    assert books.news() == [AWARD, AWARD]


@pytest.mark.parametrize(
    ("moment", "rule"),
    [
        ("2026-03-02T11:11:00Z", "future"),  # the clock shows 11:00, and a till may be 10 minutes ahead
        ("2026-01-26T10:59:00Z", "too_old"),  # 35 days and a minute ago
        ("2026-03-02T10:00:00", "offset"),
        ("yesterday", "format"),
    ],
)
def test_p9_a_receipt_of_no_possible_moment_is_refused_as_a_whole(
    bakery: Till, nora: Customer, books: Books, clock: Clock, *, moment: str, rule: str
) -> None:
    clock.turn_to("2026-03-02T11:00:00+00:00")
    reply = bakery.send(line(1, 500), who=nora, happened_at=moment)

    assert (reply.status, [(one["field"], one["rule"]) for one in reply.body["errors"]]) == (
        422,
        [("body.happened_at", rule)],
    )
    assert books.news() == []


def test_p9_a_late_receipt_is_paid_with_nothing_that_came_later_or_is_over_by_now(
    quiet: None, bakery: Till, nora: Customer, books: Books, clock: Clock
) -> None:
    clock.turn_to("2026-03-03T09:00:00+01:00")
    bakery.give(nora, 100, BREAD)
    coupon = bakery.on_card({"type": "percent", "rate_bp": 1000}, nora)
    books.news()
    monday: dict[str, Any] = {"who": nora, "happened_at": "2026-03-02T12:00:00+01:00"}

    told = bakery.sell(line(1, 500), **monday, tenders=points(None, BREAD))["evaluation"]
    assert (paid(told), told["discount_minor"]) == ([("cash", 500)], 0)
    reply = bakery.send(line(1, 500), **monday, vouchers=[coupon])
    assert (reply.status, reply.body["errors"][0]["rule"]) == (422, "later")
    clock.turn_to("2026-03-03T12:00:00+01:00")
    told = bakery.sell(line(1, 500), who=nora, happened_at="2026-03-03T10:00:00+01:00", tenders=points(None, BREAD))
    assert paid(told["evaluation"]) == [("points", 100), ("cash", 350)]

    bakery.give(nora, 200, BREAD, expires_at="2026-03-04T00:00:00+01:00")
    clock.turn_to("2026-03-04T09:00:00+01:00")
    late: dict[str, Any] = {"who": nora, "happened_at": "2026-03-03T13:00:00+01:00"}
    told = bakery.sell(line(1, 500), **late, tenders=points(None, BREAD))
    assert paid(told["evaluation"]) == [("cash", 500)], "a date in the past revives no points"


def test_p10_a_campaign_for_some_articles_branches_and_customers(
    quiet: None, bakery: Till, nora: Customer, books: Books
) -> None:
    east, other = branch("utrecht-oost"), bakery.enrol("otto")
    put_in_group("nora", "regulars")
    released("narrow", TEN, article_groups=("bread",), branches=("utrecht-oost",), customer_groups=("regulars",))
    mixed = (line(1, 500), line(2, 900, "cakes"))

    assert awards(east.sell(*mixed, who=nora)["evaluation"]) == {"1-narrow": 50}, "5.00 of bread, and not the cake"
    assert refused(east.sell(line(1, 900, "cakes"), who=nora)["evaluation"], "1-narrow") == "no_article"
    assert refused(east.sell(*mixed, who=other)["evaluation"], "1-narrow") == "other_group"
    assert refused(bakery.sell(*mixed, who=nora)["evaluation"], "1-narrow") == "other_branch"
    assert books.news() == [AWARD]


def test_p10_a_group_of_one_company_means_nothing_at_another(
    quiet: None, bakery: Till, nora: Customer, books: Books
) -> None:
    released("bar-vip", PointsPerTurnover(pool="network-points", rate=1000), company=BAR, customer_groups=("vip",))
    put_in_group("nora", "vip")
    told = Till(BAR, ZUID).sell(line(1, 500), who=nora)

    assert refused(told["evaluation"], "2-bar-vip") == "other_group"
    assert books.news() == []


def test_p10_seed_ten_points_per_euro_on_cocktails(bakery: Till, nora: Customer, books: Books) -> None:
    """ "Op onze cocktails krijgt u 10 punten per 1,- € omzet." """
    bar = Till(BAR, ZUID)
    shown = bar.api.get("campaigns/2-cocktails").body
    told = bar.sell(line(1, 1850, "cocktails", vat=2100), line(2, 420, "beer", vat=2100), who=nora)

    assert (shown["names"]["nl"], shown["state"]) == ("Op onze cocktails krijgt u 10 punten per 1,- € omzet", "running")
    assert awards(told["evaluation"]) == {"2-cocktails": 185}  # 18.50 of cocktails; the beer gives nothing
    assert books.news() == ["185 network-points: company_funding(cocktailbar-zuid) > member_main(nora)"]
    assert bar.points(nora, "network-points") == 185


def test_p10_seed_five_points_for_every_euro_of_bread_in_our_chain(bakery: Till, nora: Customer, books: Books) -> None:
    """ "Voor elke euro gekocht brood in onze bakkerijketen ontvangt u 5 punten." """
    west = branch("utrecht-west")
    here = bakery.sell(line(1, 320), line(2, 400, "coffee"), who=nora)
    there = west.sell(line(1, 200), who=nora)

    assert awards(here["evaluation"]) == {"1-bread": 16}  # 3.20 x 5
    assert awards(there["evaluation"]) == {"1-bread": 10}
    assert books.news() == [
        "16 bread-points: company_funding(de-molen) > member_main(nora)",
        "10 bread-points: company_funding(de-molen) > member_main(nora)",
    ]
    assert there["balances"][BREAD] == 26


def test_p10_seed_vips_get_twenty_points_per_euro_on_everything(bakery: Till, nora: Customer, books: Books) -> None:
    """ "Als VIP-klant krijgt u 20 punten per euro omzet op alle producten." """
    basket = (line(1, 320), line(2, 400, "coffee"), line(3, 1099, "books", vat=2100))
    before = bakery.sell(*basket, who=nora)
    put_in_group("nora", "vip")
    as_vip = bakery.sell(*basket, who=nora)

    assert awards(before["evaluation"]) == {"1-bread": 16}
    assert awards(as_vip["evaluation"]) == {"1-bread": 16, "1-vip": 363}  # 18.19 x 20 = 363.8
    assert sorted(books.news()) == [
        "16 bread-points: company_funding(de-molen) > member_main(nora)",
        "16 bread-points: company_funding(de-molen) > member_main(nora)",
        "363 bread-points: company_funding(de-molen) > member_main(nora)",
    ]
    assert bakery.points(nora, BREAD) == 395
