"""A discount on the turnover of a period (V5), with figures that were done by hand."""

from __future__ import annotations

from typing import Any

import pytest

from loyalty.benefits import PercentOff
from tests.unit.central.acceptance.till import BAKERY, CASH, Books, Customer, Till, done, line, points
from tests.unit.central.acceptance.turning_clock import Clock
from tests.unit.central.api_neighbour import Reply
from tests.unit.central.lab import BREAD, Lab
from tests.unit.central.sales_shop import no_campaigns, released

MARCH = {"first": "2026-03-01", "last": "2026-03-31"}
BONUS = {**MARCH, "rule": "spring", "rate_bp": 300}
RECEIPTS = "branches/utrecht-centraal/receipts"


@pytest.fixture
def shop(lab: Lab) -> Till:
    """The bakery's till on a day without campaigns."""
    no_campaigns()
    return Till(BAKERY)


@pytest.fixture
def nora(shop: Till) -> Customer:
    return shop.enrol("nora")


def turnover(shop: Till, who: Customer, **more: Any) -> int:
    """What is told without anything being issued."""
    reply = shop.api.send("POST", f"customers/{who.id}/turnover-rebates/preview", body={**MARCH, **more})
    return int(done(reply, 200)["turnover_minor"])


def rebate(shop: Till, who: Customer, key: str | None = None, **more: Any) -> Reply:
    return shop.api.post(f"customers/{who.id}/turnover-rebates", {**BONUS, **more}, key=key)


def test_v5_a_voucher_over_the_turnover_of_a_period_by_hand(
    shop: Till, nora: Customer, books: Books, clock: Clock
) -> None:
    released("cheap-cakes", PercentOff(rate_bp=1000), article_groups=("cakes",))
    shop.give(nora, 150, BREAD)
    given = shop.voucher({"type": "money", "rest_minor": 500})
    clock.turn_to("2026-03-01T00:00:00+01:00")
    shop.sell(line(1, 4000), line(2, 1000, "cakes"), who=nora, receipt="a")  # 40.00 + 9.00
    shop.sell(line(1, 2000), who=nora, receipt="b", tenders=points(150, BREAD))  # 20.00 - 1.50
    clock.turn_to("2026-03-31T23:59:59+02:00")
    shop.sell(line(1, 1800), who=nora, receipt="c", vouchers=[given])  # 18.00 - 5.00
    sold = {"line": 2, "pool": BREAD}
    top_up = line(2, 700, vat=0, kind="points")
    shop.sell(line(1, 100), top_up, who=nora, receipt="d", top_ups=[sold], tenders=[CASH])  # 1.00; points do not count
    shop.reverse("a", lines=[{"line": 2}])  # 9.00 back
    clock.turn_to("2026-04-01T00:00:00+02:00")
    shop.sell(line(1, 9900), who=nora, receipt="april")
    before = {name: shop.api.get(f"{RECEIPTS}/{name}").body for name in "abcd"}
    books.news()

    assert turnover(shop, nora) == 4000 + 1850 + 1300 + 100
    assert turnover(shop, nora, article_groups=["cakes"]) == 0
    assert turnover(shop, nora, articles=["bread-1"], first="2026-03-31") == 1400
    assert turnover(shop, shop.enrol("otto")) == 0
    told = done(rebate(shop, nora, key="once"), 201)
    assert (told["turnover"]["turnover_minor"], told["turnover"]["receipts"], told["value_minor"]) == (7250, 4, 217)
    assert done(rebate(shop, nora, key="once"), 201) == told

    shop.reverse("b")
    after = {name: shop.api.get(f"{RECEIPTS}/{name}").body for name in "acd"}
    assert after == {name: body for name, body in before.items() if name != "b"}
    assert shop.status(told["voucher"])["value"]["turnover_minor"] == 7250, "what comes back later changes no voucher"
    assert turnover(shop, nora) == 7250 - 1850
    later = shop.sell(line(1, 1000), who=nora)
    assert [(one["id"], one["minor"]) for one in later["evaluation"]["discounts"]] == [(told["voucher"], 217)]


def test_v5_by_one_rule_a_day_of_a_customer_counts_once(shop: Till, nora: Customer, books: Books, clock: Clock) -> None:
    shop.sell(line(1, 1000), who=nora)
    early = rebate(shop, nora)
    assert (early.status, early.body["errors"][0]["field"], early.body["errors"][0]["rule"]) == (
        422,
        "body.last",
        "over",
    )
    clock.turn_to("2026-04-01T00:00:00+02:00")

    assert rebate(shop, nora).status == 201
    for again in ({}, {"rate_bp": 500}, {"first": "2026-02-01", "last": "2026-03-01"}, {"article_groups": ["bread"]}):
        reply = rebate(shop, nora, **again)
        assert (reply.status, reply.body["reason"]) == (409, "given_before")
    assert rebate(shop, nora, rule="other").status == 201
    nothing = rebate(shop, nora, first="2026-02-01", last="2026-02-28")
    assert (nothing.status, nothing.body["reason"]) == (409, "nothing_bought")
    assert books.news() == []


@pytest.mark.parametrize(
    ("wrong", "field", "rule"),
    [
        ({"last": "2026-02-28"}, "body.last", "order"),
        ({"first": "2025-03-30"}, "body.last", "range"),
        ({"branches": ["zuid"]}, "body.branches", "unknown"),
    ],
)
def test_v5_a_period_that_cannot_be_is_refused(
    shop: Till, nora: Customer, *, clock: Clock, wrong: dict[str, Any], field: str, rule: str
) -> None:
    clock.turn_to("2026-04-02T00:00:00+02:00")
    reply = rebate(shop, nora, **wrong)
    assert (reply.status, reply.body["errors"][0]["field"], reply.body["errors"][0]["rule"]) == (422, field, rule)
