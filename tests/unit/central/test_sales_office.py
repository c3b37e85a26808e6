"""The office's page of receipts: a company's own, with what was done and what came back (P6)."""

from __future__ import annotations

from typing import Any

from loyalty.benefits import PercentOff
from loyalty.reversal.request import ReverseLine
from tests.unit.central.lab import Lab
from tests.unit.central.sales_shop import BAR, line, pay, released, reverse, sell
from tests.unit.central.test_office import logged_in

PAGE = "/office/sales/receipt/"


def rows(name: str) -> list[Any]:
    answer: Any = logged_in(name).get(PAGE)
    return list(answer.context_data["cl"].result_list)


def test_p6_each_company_sees_its_own_receipts_and_what_they_did(lab: Lab) -> None:
    released("tenth", PercentOff(rate_bp=1000))
    sell(line(1, 1000), line(2, 500, "drinks"), tenders=pay(200))
    sell(line(1, 900, "cocktails"), receipt="bar-1", place=BAR)
    reverse("r-1", ReverseLine(line=2))

    assert {row.number for row in rows("office")} == {"r-1", "bar-1"}
    [own] = rows("molen")
    assert (own.number, own.touched, own.gone) == ("r-1", True, False)
    page = logged_in("molen").get(f"{PAGE}{own.pk}/change/").content.decode()
    for told in ("1-tenth v1 · 1.50 EUR", "bread-points · 2.00 EUR", "discount of a campaign · 1-tenth · -0.50 EUR"):
        assert told in page
    [theirs] = [row for row in rows("office") if row.number == "bar-1"]
    assert logged_in("molen").get(f"{PAGE}{theirs.pk}/change/").status_code == 302


def test_nobody_changes_a_receipt_by_hand(lab: Lab) -> None:
    sell(line(1, 1000))
    [row] = rows("office")
    for client in (logged_in("office"), logged_in("molen")):
        assert client.post(f"{PAGE}{row.pk}/change/", {"number": "x"}).status_code == 403
        assert client.post(f"{PAGE}{row.pk}/delete/", {"post": "yes"}).status_code == 403
        assert client.get(f"{PAGE}add/").status_code == 403


def test_d2_the_operator_says_how_a_branch_rounds_cash(lab: Lab) -> None:
    page = "/office/sales/cashrounding/"
    told = {"branch": "kaple", "country": "CZ", "cash_step_minor": "500"}
    assert logged_in("office").post(f"{page}add/", told).status_code == 302
    kaple = ("kavarna-kaple", "kaple")
    assert sell(line(1, 1230), place=kaple).evaluation.rounding_minor == -230

    assert logged_in("molen").post(f"{page}utrecht-centraal/change/", told).status_code in (302, 403)
    assert "two capital letters" in logged_in("office").post(f"{page}kaple/change/", {"country": "nl"}).content.decode()
