"""Bought points (V17), codes that are read (V19), figures and status (V23, V24), and the API itself (V25)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from backend_bridge.central.vouchers.services.expiring import expire_vouchers
from loyalty.benefits import PointsPerTurnover
from tests.unit.central.acceptance.till import BAR, ZUID, Books, Customer, Till, awards, done, line, points, refused
from tests.unit.central.acceptance.turning_clock import Clock
from tests.unit.central.api_neighbour import neighbour
from tests.unit.central.lab import BREAD, NETWORK, Lab
from tests.unit.central.sales_shop import no_campaigns, released

MULTI = {"purpose": "multi"}
FIFTY = {"type": "points", "points": 50}


@pytest.fixture
def park(lab: Lab) -> Till:
    """A till of the company, here a park with services, on a day without campaigns."""
    no_campaigns()
    return Till()


@pytest.fixture
def nora(park: Till) -> Customer:
    return park.enrol("nora")


def massage(minor: int) -> dict[str, Any]:
    return line(1, minor, "wellness", vat=2100, kind="service")


def top_up(till: Till, who: Customer, minor: int, **more: Any) -> dict[str, Any]:
    body = {"receipt": "top-1", "who": {"card": who.card}, "pool": BREAD, "amount_minor": minor, **more}
    return done(till.api.post("points/top-ups", body), 201)


def test_v17_points_are_bought_and_spent_on_services_apart_from_earned_ones(
    park: Till, nora: Customer, books: Books
) -> None:
    released("all", PointsPerTurnover(pool=BREAD, rate=1000))
    park.give(nora, 200, BREAD, origin="earned")
    books.news()
    bought = top_up(park, nora, 5000)
    assert awards(bought["evaluation"]) == {}, "buying points earns none"
    assert sorted(books.news()) == [
        "5000 EUR: till(de-molen) > purchased_liability(de-molen)",
        "5000 bread-points: company_purchased(de-molen) > member_main(nora)",
    ]
    assert books.origins("nora", BREAD) == {"earned": 200, "purchased": 5000}

    told = park.sell(massage(3000), who=nora, tenders=points(3000, BREAD), receipt="spa-1")
    # The oldest first: the 200 earned ones, which lower the price, then 2800 bought ones, which are money.
    by_origin = {(one["type"], one.get("origin")): one["minor"] for one in told["evaluation"]["paid"]}
    assert by_origin == {("points", "earned"): 200, ("points", "purchased"): 2800}
    assert sorted(books.news()) == [
        "200 bread-points: member_main(nora) > company_redeemed(de-molen)",
        "2800 EUR: purchased_liability(de-molen) > sales(de-molen)",
        "2800 bread-points: member_main(nora) > company_redeemed(de-molen)",
    ]
    [vat] = told["evaluation"]["vat"]
    assert (vat["gross_minor"], vat["reduction_minor"], vat["net_minor"] + vat["tax_minor"]) == (3000, 200, 2800)
    lots = done(park.api.get(f"customers/{nora.id}/balances/{BREAD}"), 200)["lots"]
    assert {one["origin"]: one["points"] for one in lots} == {"purchased": 2200}


def test_v17_a_bonus_is_a_lot_of_its_own_and_a_purchase_is_paid_back_as_money(
    park: Till, nora: Customer, books: Books
) -> None:
    top_up(park, nora, 5000, bonus=500)
    assert books.origins("nora", BREAD) == {"purchased": 5000, "goodwill": 500}
    assert sorted(books.news()) == [
        "500 bread-points: company_funding(de-molen) > member_main(nora)",
        "5000 EUR: till(de-molen) > purchased_liability(de-molen)",
        "5000 bread-points: company_purchased(de-molen) > member_main(nora)",
    ]
    park.reverse("top-1")

    assert sorted(books.news()) == [
        "500 bread-points: member_main(nora) > company_funding(de-molen)",
        "5000 EUR: purchased_liability(de-molen) > till(de-molen)",
        "5000 bread-points: member_main(nora) > company_purchased(de-molen)",
    ]
    assert park.points(nora, BREAD) == 0


def test_v17_points_of_the_network_are_not_sold(park: Till, nora: Customer, books: Books) -> None:
    body = {"receipt": "top-1", "who": {"card": nora.card}, "pool": NETWORK, "amount_minor": 5000}

    assert park.api.post("points/top-ups", body).status == 422
    assert books.news() == []


def test_v19_reading_the_code_establishes_value_and_validity(park: Till, books: Books, clock: Clock) -> None:
    like = {"type": "money", "rest_minor": 2500}
    voucher = park.voucher(like, sold=MULTI, price_minor=2500, valid_until="2026-12-31")
    code = done(park.api.get(f"vouchers/{voucher}/code"), 200)["code"]
    read = done(park.api.send("POST", "vouchers/reading", body={"code": code}), 200)
    assert (read["voucher"], read["on_it_minor"], read["state"]) == (voucher, 2500, "issued")
    assert (read["currency"], read["conditions"]["valid_until"]) == ("EUR", "2026-12-31")

    books.news()
    park.sell(line(1, 2500), vouchers=[read["voucher"]])
    assert books.news() == ["2500 EUR: voucher_multi(de-molen) > sales(de-molen)"]
    read = done(park.api.send("POST", "vouchers/reading", body={"code": code}), 200)
    assert (read["on_it_minor"], read["state"]) == (0, "redeemed")


def test_v19_a_code_that_was_changed_or_is_anothers_establishes_nothing(park: Till) -> None:
    voucher = park.voucher({"type": "amount", "amount_minor": 500})
    code = done(park.api.get(f"vouchers/{voucher}/code"), 200)["code"]
    near_the_end, middle = len(code) - 5, len(code) // 2
    for changed in (another_at(near_the_end, code), another_at(middle, code), code[:-3]):
        answer = park.api.send("POST", "vouchers/reading", body={"code": changed})
        assert answer.status == 422, changed
    assert Till(BAR, ZUID).api.send("POST", "vouchers/reading", body={"code": code}).status == 422


def another_at(place: int, code: str) -> str:
    """The code with another character there."""
    other = "A" if code[place] != "A" else "B"
    return code[:place] + other + code[place + 1 :]


def test_v19_reading_a_code_says_whether_it_holds_now_and_why_not(
    park: Till, nora: Customer, books: Books, clock: Clock
) -> None:
    """Judged when it is read: no job has closed anything yet."""

    def read(voucher: str, till: Till = park, **more: str) -> tuple[bool, str | None]:
        code = done(park.api.get(f"vouchers/{voucher}/code"), 200)["code"]
        told = done(till.api.send("POST", "vouchers/reading", body={"code": code, **more}), 200)
        assert (told["rule"] is None) == (told["hindrance"] is None)
        return told["usable"], told["hindrance"]

    five, otto = {"type": "amount", "amount_minor": 500}, park.enrol("otto")
    dated = park.voucher(five, valid_from="2026-03-03", valid_until="2026-03-04")
    bound = park.voucher(five, owner=nora.id, owner_bound=True)
    web, points_on_it = park.voucher(five, channels=["webshop"]), park.voucher({**FIFTY, "pool": BREAD})
    assert read(dated) == (False, "not_yet_valid")
    assert (read(web), read(web, Till(channel="webshop"))) == ((False, "other_channel"), (True, None))
    assert (read(bound), read(bound, customer=otto.id)) == ((False, "customer_needed"), (False, "other_owner"))
    assert (read(bound, customer=nora.id), read(points_on_it)) == ((True, None), (True, None))

    park.api.post(f"vouchers/{points_on_it}/registration", {"customer": nora.id})
    assert read(points_on_it) == (False, "points_posted")
    clock.turn_to("2026-03-04T23:59:00+01:00")
    assert read(dated) == (True, None)
    clock.turn_to("2026-03-05T00:00:00+01:00")
    assert (read(dated), park.status(dated)["state"]) == ((False, "no_longer_valid"), "issued")
    refused_now = park.sell(line(1, 2000), vouchers=[dated])["evaluation"]
    assert refused(refused_now, dated) == "no_longer_valid"
    used = park.voucher(five)
    park.sell(line(1, 2000), vouchers=[used])
    assert read(used) == (False, "redeemed")


def figures(till: Till, first: str, last: str) -> list[dict[str, Any]]:
    """The figures of money vouchers that were sold."""
    found = done(till.api.get("vouchers/figures", first=first, last=last), 200)["items"]
    return [one for one in found if (one["kind"], one["purpose"]) == ("money", "multi")]


def test_v23_sale_and_use_of_vouchers_can_be_followed_day_by_day(park: Till, books: Books, clock: Clock) -> None:
    money = {"type": "money", "rest_minor": 1000}
    sold = [park.voucher(money, sold=MULTI, price_minor=1000, valid_until="2026-03-03") for _number in range(3)]
    clock.turn_to("2026-03-03T23:30:00+01:00")
    park.sell(line(1, 400), vouchers=[sold[0]], receipt="d-1")
    park.sell(line(1, 1000), vouchers=[sold[1]])
    clock.turn_to("2026-03-04T00:30:00+01:00")  # at the bakery it is the next day; by UTC it is not
    park.reverse("d-1")
    clock.turn_to("2026-03-05T00:30:00+01:00")
    expire_vouchers(clock.read())

    shown = figures(park, "2026-03-02", "2026-03-05")
    fields = ("sold", "sold_minor", "redeemed", "redeemed_minor", "returned_minor", "expired", "expired_minor")
    days = {one["day"]: tuple(one[name] for name in (*fields, "open", "open_minor")) for one in shown}
    assert days == {
        "2026-03-02": (3, 3000, 0, 0, 0, 0, 0, 3, 3000),
        "2026-03-03": (0, 0, 2, 1400, 0, 0, 0, 2, 1600),
        "2026-03-04": (0, 0, 0, 0, 400, 0, 0, 2, 2000),
        "2026-03-05": (0, 0, 0, 0, 0, 2, 2000, 0, 0),
    }
    assert books.news()[-2:] == ["1000 EUR: voucher_multi(de-molen) > breakage(de-molen)"] * 2
    assert figures(Till(BAR, ZUID), "2026-03-02", "2026-03-05") == []


def test_v24_the_status_of_any_voucher_is_told_at_any_time(park: Till, nora: Customer, clock: Clock) -> None:
    voucher = park.voucher({"type": "money", "rest_minor": 1000}, draft=True)
    assert park.status(voucher)["state"] == "draft"
    assert park.api.post(f"vouchers/{voucher}/issue", {"sold": MULTI, "price_minor": 1000}).status == 200
    assert (park.status(voucher)["state"], park.status(voucher)["on_it_minor"]) == ("issued", 1000)
    assert park.api.post(f"vouchers/{voucher}/registration", {"customer": nora.id}).status == 200
    assert (park.status(voucher)["state"], park.status(voucher)["owner"]) == ("registered", nora.id)
    park.sell(line(1, 300), who=nora, vouchers=[voucher], receipt="s-1")
    assert (park.status(voucher)["on_it_minor"], park.status(voucher)["uses_made"]) == (700, 1)
    assert park.api.post(f"vouchers/{voucher}/cancellation", {"left_over": "refund"}).status == 200
    assert (park.status(voucher)["state"], park.status(voucher)["on_it_minor"]) == ("cancelled", 0)

    history = park.api.get(f"vouchers/{voucher}/history").body["items"]
    told = [(one["what"], one["minor"]) for one in history]
    assert told == [("drafted", 0), ("sold", 1000), ("registered", 0), ("used", -300), ("cancelled", -700)]
    assert history[3]["receipt"] == "s-1"


def test_v25_the_api_describes_itself_to_anybody(lab: Lab) -> None:
    described = json.loads(Client(HTTP_HOST="localhost").get("/api/v1/openapi.json").content)

    assert described["openapi"].startswith("3.")
    operations = [one for methods in described["paths"].values() for one in methods.values()]
    assert len(operations) >= 50
    assert all(one["description"].strip() for one in operations)
    for path in ("/points/awards", "/points/spends", "/branches/{branch}/receipts", "/vouchers/{voucher}"):
        assert f"/api/v1{path}" in described["paths"], path


def test_v25_a_booking_system_awards_points_for_a_stay_once_and_may_do_nothing_else(
    park: Till, nora: Customer, books: Books
) -> None:
    released("stay", PointsPerTurnover(pool=BREAD, rate=300), article_groups=("stays",))
    booking = neighbour(client="booking", branch=park.branch, scopes=["points:award"])
    stay = {"receipt": "b-77", "who": {"username": "nora"}, "amount_minor": 34950, "group": "stays"}
    first = booking.post("points/awards", stay, key="stay-77")
    again = booking.post("points/awards", stay, key="stay-77")
    assert (first.status, awards(first.body["evaluation"])) == (201, {"1-stay": 1048})  # 349.50 x 3
    assert again.body == first.body
    assert books.news() == ["1048 bread-points: company_funding(de-molen) > member_main(nora)"]

    other = booking.post("points/awards", {**stay, "amount_minor": 1}, key="stay-77")
    assert (other.status, other.problem) == (409, "key-used-otherwise")
    without = booking.send("POST", "points/awards", body=stay)
    assert without.broken == {("header.Idempotency-Key", "missing")}
    spend = booking.post("points/spends", {**stay, "pool": BREAD, "points": 5})
    assert (spend.status, spend.problem) == (403, "missing-scope")
    assert booking.get(f"customers/{nora.id}").status == 403
    assert books.news() == []
