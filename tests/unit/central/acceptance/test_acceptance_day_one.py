"""What an operator needs before opening: cards and top-ups, cash (D2), customers of an older system (D3)."""

from __future__ import annotations

import csv
import io
import re

import pytest

from backend_bridge.central.imports.booking import book_import
from backend_bridge.central.imports.errors import ImportRefused
from backend_bridge.central.imports.reports import report
from backend_bridge.central.imports.trying import Asked, try_import
from backend_bridge.central.imports.undoing import undo_import
from backend_bridge.central.organisation.models import Branch, Company
from tests.unit.central.acceptance.till import (
    BAKERY,
    CAFE,
    CARD,
    CASH,
    KAPLE,
    Books,
    Customer,
    Till,
    done,
    line,
    paid,
    points,
)
from tests.unit.central.acceptance.turning_clock import Clock
from tests.unit.central.lab import BREAD, Lab
from tests.unit.central.sales_shop import no_campaigns

OLD_SYSTEM = """number;username;name;email;points;points_expire
17;jan.smit;Jan Smit;jan@example.nl;1200;31.12.2026
18;;Else de Boer;else@example.nl;50;
19;;Nobody;not-an-address;-5;
"""


@pytest.fixture
def shop(lab: Lab) -> Till:
    no_campaigns()
    return Till()


@pytest.fixture
def nora(shop: Till) -> Customer:
    return shop.enrol("nora")


def card_of(shop: Till, who: Customer) -> str:
    """The pseudonym of the customer's active card."""
    cards = done(shop.api.get(f"customers/{who.id}"), 200)["cards"]
    [active] = [one["card"] for one in cards if one["status"] == "active"]
    return str(active)


def test_d2_a_lost_card_is_blocked_and_replaced_and_the_account_stays(shop: Till, nora: Customer, books: Books) -> None:
    shop.give(nora, 500, BREAD)
    books.news()
    lost = card_of(shop, nora)
    assert done(shop.api.post(f"cards/{lost}/blocking", {"reason": "lost"}), 200)["changed"] is True
    refused = shop.send(line(1, 500), who=nora, tenders=points(500, BREAD))
    assert (refused.status, books.news()) == (422, [])

    number = "04 11 22 33 44 55 66"
    done(shop.api.post(f"cards/{lost}/replacement", {"number": number}), 201)
    again = Customer(id=nora.id, username="nora", card=number)
    told = shop.sell(line(1, 300), who=again, tenders=points(300, BREAD))
    assert paid(told["evaluation"]) == [("points", 300)]
    assert books.news() == ["300 bread-points: member_main(nora) > company_redeemed(de-molen)"]
    assert shop.api.post(f"cards/{lost}/unblocking", {}).status == 409, "what was replaced stays blocked"
    cards = shop.api.get(f"customers/{nora.id}").body["cards"]
    assert sorted((one["status"], one["replaced"]) for one in cards) == [("active", False), ("blocked", True)]


def test_d2_a_second_card_is_on_the_same_account_and_no_card_is_anybody_elses(
    shop: Till, nora: Customer, books: Books
) -> None:
    shop.give(nora, 500, BREAD)
    books.news()
    number = "0466778899aabb"
    done(shop.api.post(f"customers/{nora.id}/cards", {"number": number}), 201)
    taken = shop.api.post(f"customers/{shop.enrol('otto').id}/cards", {"number": number})
    second = Customer(id=nora.id, username="nora", card=number)
    shop.sell(line(1, 200), who=second, tenders=points(200, BREAD))

    assert taken.status == 409
    assert books.news() == ["200 bread-points: member_main(nora) > company_redeemed(de-molen)"]
    assert shop.points(nora, BREAD) == 300


def test_d2_points_are_topped_up_at_the_counter(shop: Till, nora: Customer, books: Books) -> None:
    body = {"receipt": "t-1", "who": {"card": nora.card}, "pool": BREAD, "amount_minor": 2500, "cash": True}
    told = done(shop.api.post("points/top-ups", body), 201)

    assert (paid(told["evaluation"]), told["balances"][BREAD]) == ([("cash", 2500)], 2500)
    assert sorted(books.news()) == [
        "2500 EUR: till(de-molen) > purchased_liability(de-molen)",
        "2500 bread-points: company_purchased(de-molen) > member_main(nora)",
    ]


def denmark() -> Till:
    """A shop in Copenhagen."""
    told = {"id": "bager-nord", "number": 9, "name": "Bager Nord", "currency": "DKK", "programme_id": "tapbon"}
    Company.objects.create(**told)
    Branch.objects.create(id="nord", company_id="bager-nord", name="Nord", timezone="Europe/Copenhagen")
    return Till("bager-nord", "nord")


#: What is asked, what cash pays, by the smallest coin: half of it is rounded up.
ROUNDED = {
    "NL": ((1002, 1000), (1003, 1005), (1007, 1005), (1008, 1010), (2, 0)),
    "CZ": ((12349, 12300), (12350, 12400), (12300, 12300), (49, 0)),
    "DK": ((1024, 1000), (1025, 1050), (1074, 1050), (1075, 1100)),
}


@pytest.mark.parametrize("place", sorted(ROUNDED))
def test_d2_cash_is_rounded_by_currency_and_country_and_cards_are_not(lab: Lab, books: Books, place: str) -> None:
    no_campaigns()
    till = denmark() if place == "DK" else Till(CAFE, KAPLE) if place == "CZ" else Till()
    for asked, cash in ROUNDED[place]:
        told = till.sell(line(1, asked))["evaluation"]
        assert sum(minor for _kind, minor in paid(told)) == cash, asked
        assert (told["due_minor"], told["rounding_minor"], told["open_minor"]) == (asked, cash - asked, 0)
        assert paid(till.sell(line(1, asked), tenders=[CARD])["evaluation"]) == [("card", asked)]
    assert books.news() == []


def test_d2_change_is_counted_from_what_was_rounded(shop: Till) -> None:
    told = shop.sell(line(1, 1003), tenders=[{**CASH, "amount_minor": 2000}])["evaluation"]

    assert (told["rounding_minor"], told["change_minor"]) == (2, 995)


def test_d2_cash_is_not_rounded_where_nobody_said_so(lab: Lab) -> None:
    no_campaigns()
    Branch.objects.create(id="aachen", company_id=BAKERY, name="Aachen", timezone="Europe/Berlin")

    assert paid(Till(BAKERY, "aachen").sell(line(1, 1002))["evaluation"]) == [("cash", 1002)]


def test_d3_customers_and_balances_of_an_older_system_are_tried_booked_reported_and_undone(
    shop: Till, books: Books, clock: Clock
) -> None:
    asked = Asked(company=BAKERY, file_name="old.csv", data=OLD_SYSTEM.encode(), pool=BREAD)
    batch = try_import(asked, by="office:1", at=clock.read())
    assert (batch.rows_ok, batch.rows_warning + batch.rows_error) == (2, 1)
    assert books.news() == [], "a try books nothing"
    assert shop.api.get("customers", text="jan.smit").body["items"] == []
    rows = list(csv.DictReader(io.StringIO("".join(report(batch)).lstrip("\ufeff")), delimiter=";"))
    assert {(one["line"], one["column"]) for one in rows if one["level"] == "error"} == {("4", "points")}

    with pytest.raises(ImportRefused):
        book_import(batch.pk, company=BAKERY, by="office:1", at=clock.read())
    assert books.news() == [], "one row is bad, and nobody has said that the others are enough"
    booked = book_import(batch.pk, company=BAKERY, skip_bad=True, by="office:1", at=clock.read())
    assert booked.state == "booked"
    [jan] = shop.api.get("customers", text="jan.smit").body["items"]
    [else_] = shop.api.get("customers", text="Else de Boer").body["items"]
    assert (jan["number"], jan["contact"]["display_name"]) == ("17", "Jan Smit")
    assert sorted(books.news()) == sorted(
        [
            "1200 bread-points: company_funding(de-molen) > member_main(jan.smit)",
            f"50 bread-points: company_funding(de-molen) > member_main({else_['username']})",
        ]
    )
    [lot] = shop.api.get(f"customers/{jan['customer']}/balances/{BREAD}").body["lots"]
    assert (lot["points"], lot["expires_at"][:16]) == (1200, "2026-12-31T23:00")  # that whole day in Amsterdam

    undone = undo_import(batch.pk, company=BAKERY, by="office:2", at=clock.read())
    assert undone.state == "undone"
    taken_back = sorted(re.sub(r"member_main\(.+?\)", "member_main", one) for one in books.news())
    assert taken_back == [
        "1200 bread-points: member_main > company_funding(de-molen)",
        "50 bread-points: member_main > company_funding(de-molen)",
    ]
    assert shop.api.get("customers", text="Jan Smit").body["items"] == []


def test_d3_points_that_were_brought_along_pay_like_any_other(shop: Till, books: Books, clock: Clock) -> None:
    asked = Asked(company=BAKERY, file_name="old.csv", data=OLD_SYSTEM.encode(), pool=BREAD)
    batch = try_import(asked, by="office:1", at=clock.read())
    book_import(batch.pk, company=BAKERY, skip_bad=True, by="office:1", at=clock.read())
    books.news()
    spend = {"receipt": "s-1", "who": {"username": "jan.smit"}, "pool": BREAD, "points": 1000}

    assert shop.api.post("points/spends", spend).status == 201
    assert books.news() == ["1000 bread-points: member_main(jan.smit) > company_redeemed(de-molen)"]
    undo_import(batch.pk, company=BAKERY, by="office:2", at=clock.read())
    [taken_back] = books.news()
    assert taken_back.startswith("50 "), "what Jan has spent of is left to him"
    [jan] = shop.api.get("customers", text="jan.smit").body["items"]
    assert shop.api.get(f"customers/{jan['customer']}/balances/{BREAD}").body["points"] == 200
