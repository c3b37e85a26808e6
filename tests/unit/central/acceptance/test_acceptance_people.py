"""Points for people who are not at hand, invited, known by name; and staff of several companies (B6-B9)."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from backend_bridge.central.customers.services.inviting import expire_invitations
from backend_bridge.central.ledger.models import Cause
from backend_bridge.central.office.staff import let_act_for
from tests.unit.central.acceptance.till import BAR, ZUID, Books, Customer, Till, done, line, paid, points, refused
from tests.unit.central.acceptance.turning_clock import Clock
from tests.unit.central.lab import BREAD, NETWORK, Lab
from tests.unit.central.sales_shop import no_campaigns
from tests.unit.central.test_office import logged_in

GIVEN = "80 bread-points: company_funding(de-molen) > member_main(nora)"


@pytest.fixture
def shop(lab: Lab) -> Till:
    no_campaigns()
    return Till()


@pytest.fixture
def nora(shop: Till) -> Customer:
    return shop.enrol("nora")


def note(shop: Till, **about: Any) -> str:
    return str(done(shop.api.post("notes", {"pool": BREAD, "points": 80, **about}), 201)["note"])


def test_b6_what_is_noted_at_a_busy_counter_is_registered_later_and_once(
    shop: Till, nora: Customer, books: Books, clock: Clock
) -> None:
    noted = note(shop, username="nora")
    assert books.news() == []
    assert [one["note"] for one in shop.api.get("notes").body["items"]] == [noted]

    clock.turn_to("2026-03-02T17:45:00+01:00")
    first = done(shop.api.post(f"notes/{noted}/registration", {}), 200)
    again = done(shop.api.post(f"notes/{noted}/registration", {}), 200)
    other = shop.api.post(f"notes/{noted}/registration", {"customer": shop.enrol("otto").id})
    assert (first["state"], again, other.status) == ("registered", first, 409)
    assert books.news() == [GIVEN]
    assert shop.points(nora, BREAD) == 80
    cause = Cause.objects.latest("pk")
    assert (cause.happened_at.hour, cause.at.hour) == (10, 16), "it counts from when it was noted"
    assert shop.api.get("notes").body["items"] == []


def test_b6_a_note_in_words_gets_its_customer_later_and_can_be_discarded(
    shop: Till, nora: Customer, books: Books
) -> None:
    noted, other = note(shop, hint="the lady with the dog"), note(shop, hint="nobody knows")
    assert shop.api.post(f"notes/{noted}/registration", {}).status in {409, 422}, "nobody is named yet"
    assert books.news() == []
    done(shop.api.post(f"notes/{noted}/registration", {"customer": nora.id}), 200)
    done(shop.api.post(f"notes/{other}/discarding", {"reason": "forgotten"}), 200)

    assert shop.api.post(f"notes/{other}/registration", {"customer": nora.id}).status == 409
    assert books.news() == [GIVEN]


def test_b7_points_of_somebody_invited_wait_and_are_spendable_once_accepted(
    shop: Till, books: Books, clock: Clock
) -> None:
    invited = done(shop.api.post("invitations", {"contact": {"email": "iris@example.org"}}), 201)
    gift = {"customer": invited["customer"], "pool": BREAD, "points": 300}
    given = done(shop.api.post("points/gifts", gift), 201)
    assert given["waiting"] is True
    [waiting] = books.news()
    assert re.fullmatch(r"300 bread-points: company_funding\(de-molen\) > member_waiting\(.+\)", waiting)

    body = {
        "receipt": {"receipt": "w-1", "lines": [line(1, 500)]},
        "who": {"customer": invited["customer"]},
        "tenders": points(300, BREAD),
    }
    tried = shop.api.send("POST", "branches/utrecht-centraal/receipts/evaluation", body=body)
    assert tried.status == 422 or refused(tried.body["evaluation"], BREAD) == "not_enough_points", tried

    clock.turn_to("2026-05-30T10:00:00+02:00")  # the 89th day
    assert expire_invitations(at=clock.read()) == 0
    accepted = done(shop.api.post("invitations/acceptance", {"token": invited["token"], "username": "iris"}), 201)
    assert accepted["points"] == {BREAD: 300}
    [moved] = books.news()
    assert re.fullmatch(r"300 bread-points: member_waiting\(.+\) > member_main\(iris\)", moved)
    spend = {"receipt": "w-2", "who": {"username": "iris"}, "pool": BREAD, "points": 300}
    assert shop.api.post("points/spends", spend).status == 201
    assert books.news() == ["300 bread-points: member_main(iris) > company_redeemed(de-molen)"]


def test_b7_after_ninety_days_points_that_waited_go_back_to_the_company(shop: Till, books: Books, clock: Clock) -> None:
    invited = done(shop.api.post("invitations", {"contact": {"email": "iris@example.org"}}), 201)
    shop.api.post("points/gifts", {"customer": invited["customer"], "pool": BREAD, "points": 300})
    books.news()
    clock.turn_to("2026-05-31T10:00:01+00:00")  # 2 March, 10:00 UTC, and 90 days
    expire_invitations(at=clock.read())

    [back] = books.news()
    assert re.fullmatch(r"300 bread-points: member_waiting\(.+\) > company_funding\(de-molen\)", back)
    late = shop.api.post("invitations/acceptance", {"token": invited["token"], "username": "iris"})
    assert late.status in {409, 422}
    assert books.news() == []


def test_b8_a_username_is_one_persons_and_points_are_registered_by_it_without_a_card(
    shop: Till, nora: Customer, books: Books
) -> None:
    bar = Till(BAR, ZUID)
    for name in ("nora", "NORA"):
        assert bar.api.post("customers", {"username": name}).status in {409, 422}, name
    given = done(shop.api.post("points/gifts", {"username": "nora", "pool": BREAD, "points": 80}), 201)
    assert (given["customer"], books.news()) == (nora.id, [GIVEN])

    network = done(bar.api.post("points/gifts", {"username": "Nora", "pool": NETWORK, "points": 30}), 201)
    assert network["customer"] == nora.id, "the bar has never seen her card"
    assert books.news() == ["30 network-points: company_funding(cocktailbar-zuid) > member_main(nora)"]
    unknown = shop.api.post("points/gifts", {"username": "nobody", "pool": BREAD, "points": 80})
    assert unknown.broken == {("body.username", "unknown")}


def register(browser: Client, voucher: str, username: str) -> int:
    """Register a coupon on the office's pages, with the look before; the status of the last page."""
    page = f"/office/vouchers/voucher/{voucher}/do/register/"
    asked = browser.post(page, {"key": voucher, "username": username})
    seen = re.search(r'name="seen" value="(\w+)"', asked.content.decode())
    told = {"key": voucher, "username": username, "seen": seen.group(1) if seen else ""}
    return int(browser.post(page, told, follow=True).status_code)


def test_b9_one_person_acts_for_several_companies_one_at_a_time(shop: Till, nora: Customer, books: Books) -> None:
    bar = Till(BAR, ZUID)
    bread = shop.voucher({"type": "points", "pool": BREAD, "points": 80})
    drink = bar.voucher({"type": "points", "pool": NETWORK, "points": 90})
    let_act_for(User.objects.get(username="molen"), BAR)
    staff = logged_in("molen")
    assert staff.get("/office/").headers["Location"] == "/office/act-for/", "first she chooses"

    staff.post("/office/act-for/", {"company": shop.company})
    register(staff, drink, "nora")
    assert (books.news(), bar.status(drink)["state"]) == ([], "issued"), "the bar's coupon is out of reach"
    assert register(staff, bread, "nora") == 200
    assert books.news() == [GIVEN]

    staff.post("/office/act-for/", {"company": BAR})
    assert register(staff, drink, "nora") == 200
    assert books.news() == ["90 network-points: company_funding(cocktailbar-zuid) > member_main(nora)"]
    by = Cause.objects.latest("pk")
    assert (by.company_id, by.by.startswith("office:")) == (BAR, True)


def test_b9_a_key_speaks_for_one_company_whatever_it_asks_for(shop: Till, nora: Customer, books: Books) -> None:
    like = {"company": BAR, "value": {"type": "points", "pool": NETWORK, "points": 90}}
    told = shop.api.post("vouchers/registered", {"like": like, "customer": nora.id})

    assert told.status == 422
    assert books.news() == []
    assert paid(shop.sell(line(1, 500), who=nora)["evaluation"]) == [("cash", 500)]
