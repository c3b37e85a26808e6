"""A month of network points between two companies (P5, X8), and what one company sees of another (P6)."""

from __future__ import annotations

from typing import Any

import pytest

from backend_bridge.central.clearing.closing import close_month
from backend_bridge.central.organisation.models import Pool
from tests.unit.central.acceptance.till import BAR, ZUID, Books, Till, line, points
from tests.unit.central.acceptance.turning_clock import Clock
from tests.unit.central.lab import NETWORK, Lab
from tests.unit.central.sales_shop import no_campaigns

BOOKS_VAT = 2100


@pytest.fixture
def bakery(lab: Lab) -> Till:
    no_campaigns()
    Pool.objects.filter(pk=NETWORK).update(minimum_balance=0)
    return Till()


@pytest.fixture
def bar(bakery: Till) -> Till:
    return Till(BAR, ZUID)


def month(till: Till, name: str) -> dict[str, Any]:
    """The company's statement of a month."""
    return dict(till.api.get(f"clearing/months/{name}").body)


def close(name: str, clock: Clock) -> None:
    """Close a month, which the operator does in the office."""
    close_month(name, programme="tapbon", by="test", at=clock.read())


def march(bakery: Till, bar: Till) -> None:
    """Nora's points are the bar's and she spends 7.00 at the bakery; Otto's the bakery's, 2.00 at the bar."""
    nora, otto = bar.enrol("nora"), bakery.enrol("otto")
    bar.give(nora, 1000, NETWORK, origin="earned")
    bakery.give(otto, 500, NETWORK, origin="earned")
    basket = (line(1, 450), line(2, 250, "books", vat=BOOKS_VAT))
    bakery.sell(*basket, who=nora, receipt="m-1", tenders=points(700, NETWORK))
    bar.sell(line(1, 200, "beer", vat=BOOKS_VAT), who=otto, receipt="z-1", tenders=points(200, NETWORK))


def test_p5_a_month_is_netted_paid_and_never_changes_again(bakery: Till, bar: Till, books: Books, clock: Clock) -> None:
    march(bakery, bar)
    books.news()
    clock.turn_to("2026-04-02T09:00:00+02:00")
    close("2026-03", clock)

    # The bar owes 7.00 and is owed 2.00.
    assert books.news() == ["500 EUR: clearing(cocktailbar-zuid) > clearing(de-molen)"]
    [pair] = month(bakery, "2026-03")["pairs"]
    assert pair == {"other": BAR, "currency": "EUR", "owes_minor": 200, "owed_minor": 700, "net_minor": 500}
    [pair] = month(bar, "2026-03")["pairs"]
    assert pair == {"other": "de-molen", "currency": "EUR", "owes_minor": 700, "owed_minor": 200, "net_minor": -500}

    before = month(bakery, "2026-03")
    assert before["closed"] is True
    bakery.reverse("m-1", lines=[{"line": 1}])  # late: 4.50 of March come back in April
    assert month(bakery, "2026-03") == before
    [pair] = month(bakery, "2026-04")["pairs"]
    assert (pair["owed_minor"], pair["net_minor"]) == (-450, -450)
    assert month(bakery, "2026-04")["closed"] is False

    books.news()
    clock.turn_to("2026-05-02T09:00:00+02:00")
    close("2026-04", clock)
    assert books.news() == ["450 EUR: clearing(de-molen) > clearing(cocktailbar-zuid)"]


def test_p5_what_a_company_takes_of_its_own_points_is_nobodys_debt(bakery: Till, bar: Till, clock: Clock) -> None:
    nora = bakery.enrol("nora")
    bakery.give(nora, 500, NETWORK)
    bakery.sell(line(1, 300), who=nora, tenders=points(300, NETWORK))

    assert month(bakery, "2026-03")["pairs"] == []
    assert bakery.api.get("clearing/months").body == {"items": []}


def test_x8_every_point_is_traced_to_its_redemption_and_split_by_vat_rate(
    bakery: Till, bar: Till, books: Books
) -> None:
    march(bakery, bar)
    told = month(bakery, "2026-03")

    traced = [
        (one["receipt"], one["rate_bp"], one["gets"], one["points"], one["value_minor"]) for one in told["redemptions"]
    ]
    assert traced == [("m-1", 900, True, 450, 450), ("m-1", 2100, True, 250, 250), ("z-1", 2100, False, 200, 200)]
    rates = [(one["rate_bp"], one["owes_minor"], one["owed_minor"]) for one in told["rates"]]
    assert rates == [(900, 0, 450), (2100, 200, 250)]
    spent = [news for news in books.news() if "company_redeemed" in news]
    assert spent == [
        "700 network-points: member_main(nora) > company_redeemed(de-molen)",
        "200 network-points: member_main(otto) > company_redeemed(cocktailbar-zuid)",
    ]
    happened = {one["receipt"]: one["happened_at"] for one in told["redemptions"]}
    assert happened["m-1"].startswith("2026-03-02T11:00:00"), "on the branch's own clock"
    assert happened["m-1"].endswith("+01:00")


def test_x8_points_that_pay_a_part_fall_on_the_rates_to_the_cent(bakery: Till, bar: Till) -> None:
    nora = bar.enrol("nora")
    bar.give(nora, 100, NETWORK)
    three = (line(1, 333), line(2, 333, "coffee"), line(3, 334, "books", vat=BOOKS_VAT))
    bakery.sell(*three, who=nora, tenders=points(100, NETWORK))

    # 100 of 1000: 33.3, 33.3 and 33.4; the point that is left over goes to the largest remainder.
    rates = [(one["rate_bp"], one["owed_minor"]) for one in month(bakery, "2026-03")["rates"]]
    assert rates == [(900, 66), (2100, 34)]


def test_p6_a_company_sees_nothing_of_another_but_what_is_between_them(bakery: Till, bar: Till) -> None:
    march(bakery, bar)
    stranger = Till("kavarna-kaple", "kaple")
    voucher = bakery.voucher({"type": "money", "rest_minor": 1000})
    nora = bar.api.get("customers", text="nora").body["items"][0]["customer"]

    assert month(stranger, "2026-03")["redemptions"] == []
    told = str(month(bakery, "2026-03")) + str(month(bar, "2026-03"))
    assert "nora" not in told, "no statement names a customer"
    assert nora not in told
    for path in (f"customers/{nora}", f"vouchers/{voucher}", "campaigns/1-bread", "branches/utrecht-centraal"):
        assert stranger.api.get(path).status == 404, path
    assert stranger.api.get("customers", text="nora").body["items"] == []
    assert stranger.api.get("branches/kaple/receipts/m-1").status == 404
    assert stranger.api.get("branches/utrecht-centraal/receipts/m-1").status == 404
    figures = stranger.api.get("vouchers/figures", first="2026-03-02", last="2026-03-02").body
    assert figures == {"items": []}
