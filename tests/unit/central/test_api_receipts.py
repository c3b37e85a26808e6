"""Receipts over the API: tried, recorded once, reversed; points awarded, spent and sold."""

from __future__ import annotations

from typing import Any

import pytest

from backend_bridge.central.sales.models import Receipt
from tests.unit.central.api_neighbour import HOME, OTHER, Neighbour, neighbour
from tests.unit.central.lab import BREAD, NETWORK, Lab, balance, member

BRANCH = "utrecht-centraal"
HERE = f"branches/{BRANCH}/receipts"


@pytest.fixture
def caller(lab: Lab) -> Neighbour:
    return neighbour(branch=BRANCH)


def sale(number: str = "r-1", gross: int = 1000, **more: Any) -> dict[str, Any]:
    line = {"line": 1, "article": "rye-bread", "group": "bread", "gross_minor": gross, "vat_rate_bp": 900}
    return {"receipt": {"receipt": number, "lines": [line]}, "who": {"customer": member("anna")}} | more


def spent(points: int | None = None) -> dict[str, Any]:
    return {"tenders": [{"type": "points", "pool": BREAD, "points": points}]}


def test_p2_a_receipt_is_tried_then_recorded_with_points_as_part_payment(caller: Neighbour) -> None:
    before = balance("anna")
    tried = caller.send("POST", f"{HERE}/evaluation", body=sale(**spent(100)))
    assert tried.status == 200
    assert (balance("anna"), Receipt.objects.count()) == (before, 0)

    made = caller.post(HERE, sale(**spent(100)))
    assert made.status == 201
    assert made.body["evaluation"] == tried.body["evaluation"]
    assert [one["points"] for one in made.body["evaluation"]["paid"] if one["type"] == "points"] == [100]
    given = sum(one["points"] for one in made.body["evaluation"]["awards"] if one["pool"] == BREAD)
    assert balance("anna") == before - 100 + given == made.body["balances"][BREAD]


def test_v12_a_receipt_number_is_recorded_once_whatever_the_idempotency_key(caller: Neighbour) -> None:
    first = caller.post(HERE, sale(), key="a")
    after = balance("anna")
    again = caller.post(HERE, sale(), key="b")

    assert (again.status, again.body["repeated"]) == (201, True)
    assert again.body["evaluation"] == first.body["evaluation"]
    assert balance("anna") == after
    other = caller.post(HERE, sale(gross=2000), key="c")
    assert (other.status, other.body["reason"]) == (409, "unique")


def test_a_receipt_is_read_with_what_came_back_of_it(caller: Neighbour) -> None:
    caller.post(HERE, sale(**spent(100)))
    before = balance("anna")
    back = caller.post(f"{HERE}/r-1/reversals", {"policy": "absorb"})
    assert back.status == 201
    assert back.body["number"] == 1

    shown = caller.get(f"{HERE}/r-1").body
    assert (shown["customer"], shown["branch"], len(shown["reversals"])) == (member("anna"), BRANCH, 1)
    assert balance("anna") != before
    twice = caller.post(f"{HERE}/r-1/reversals", {})
    assert (twice.status, twice.problem) == (409, "conflict")
    assert caller.get(f"{HERE}/r-2").problem == caller.post(f"{HERE}/r-2/reversals", {}).problem == "not-found"


def test_receipts_are_listed_by_branch_customer_and_day(caller: Neighbour) -> None:
    for number in range(3):
        assert caller.post(HERE, sale(f"r-{number}")).status == 201
    assert caller.post(HERE, sale("nobody") | {"who": None}).status == 201
    first = caller.get(HERE, customer=member("anna"), limit=2).body
    second = caller.get(HERE, customer=member("anna"), limit=2, cursor=first["next"]).body

    assert [one["receipt"] for one in first["items"] + second["items"]] == ["r-2", "r-1", "r-0"]
    assert (first["items"][0]["gross_minor"], second["next"]) == (1000, None)
    assert caller.get(HERE, last="2020-01-01").body["items"] == []
    assert caller.get(HERE, cursor=first["next"]).broken == {("query.cursor", "cursor")}


def test_reversals_take_everything_back_exactly(caller: Neighbour) -> None:
    before = balance("anna"), balance("anna", NETWORK)
    caller.post(HERE, sale(gross=999, **spent(33)))
    for minor in (1, 332, 666):
        wanted = {"lines": [{"line": 1, "gross_minor": minor}]}
        assert caller.post(f"{HERE}/r-1/reversals", wanted).status == 201

    assert (balance("anna"), balance("anna", NETWORK)) == before


def test_p1_points_are_awarded_for_an_amount(caller: Neighbour) -> None:
    before = balance("anna")
    wanted = {"receipt": "stay-17", "who": {"username": "anna"}, "amount_minor": 10_000, "group": "bread"}
    made = caller.post("points/awards", wanted)

    assert made.status == 201
    given = sum(one["points"] for one in made.body["evaluation"]["awards"] if one["pool"] == BREAD)
    assert given > 0
    assert balance("anna") == before + given


def test_points_pay_as_a_whole_or_nothing_is_taken(caller: Neighbour) -> None:
    before = balance("anna")
    wanted = {"receipt": "s-1", "who": {"customer": member("anna")}, "pool": BREAD, "points": 40}
    assert caller.post("points/spends", wanted).status == 201
    assert balance("anna") == before - 40

    refused = caller.post("points/spends", wanted | {"receipt": "s-2", "points": 10**6})
    assert (refused.status, refused.problem) == (409, "conflict")
    assert refused.body["reason"] == "not_enough_points"
    assert balance("anna") == before - 40
    assert not Receipt.objects.filter(number="s-2").exists()


def test_p8_below_the_minimum_nothing_is_spent(caller: Neighbour) -> None:
    wanted = {"receipt": "s-1", "who": {"customer": member("bram")}, "pool": NETWORK, "points": 10}
    refused = caller.post("points/spends", wanted)

    assert (refused.status, refused.body["reason"]) == (409, "below_minimum")


def test_v17_points_are_sold_and_kept_apart(caller: Neighbour) -> None:
    before = balance("anna")
    wanted = {"receipt": "t-1", "who": {"customer": member("anna")}, "pool": BREAD, "amount_minor": 2500, "bonus": 50}
    assert caller.post("points/top-ups", wanted).status == 201

    assert balance("anna") == before + 2550
    lots = caller.get(f"customers/{member('anna')}/balances/{BREAD}").body["lots"]
    assert [one["points"] for one in lots if one["origin"] == "purchased"] == [2500]
    network = caller.post("points/top-ups", wanted | {"receipt": "t-2", "pool": NETWORK})
    assert network.broken == {("body.top_ups.pool", "internal")}


def test_v15_where_it_is_bought_is_said_by_the_key(lab: Lab) -> None:
    till, shop = neighbour(branch=BRANCH), neighbour(branch=BRANCH, client="shop", channel="webshop")
    like = {"company": HOME, "value": {"type": "percent", "rate_bp": 1000}, "channels": ["webshop"]}
    voucher = till.post("vouchers", {"like": like}).body["voucher"]
    pretending = sale(vouchers=[voucher])
    pretending["receipt"]["channel"] = "webshop"
    at_till = till.send("POST", f"{HERE}/evaluation", body=pretending).body["evaluation"]
    in_shop = shop.send("POST", f"{HERE}/evaluation", body=sale(vouchers=[voucher])).body["evaluation"]

    [why] = [one["reason"] for one in at_till["not_applied"] if one["id"] == voucher]
    assert why == "other_channel"
    assert [one["minor"] for one in in_shop["discounts"] if one["id"] == voucher] == [100]
    assert shop.post(HERE, sale(vouchers=[voucher])).status == 201
    assert till.get(f"vouchers/{voucher}").body["state"] == "redeemed"
    again = shop.send("POST", f"{HERE}/evaluation", body=sale("r-2", vouchers=[voucher])).body["evaluation"]
    assert [one["reason"] for one in again["not_applied"] if one["id"] == voucher] == ["redeemed"]


def test_p6_another_companys_receipt_is_not_there(caller: Neighbour) -> None:
    caller.post(HERE, sale())

    assert neighbour(OTHER).get(f"{HERE}/r-1").problem == "not-found"
    assert neighbour(OTHER).post(HERE, sale("r-9") | {"who": None}).problem == "not-found"


@pytest.mark.parametrize(
    ("changes", "broken"),
    [
        (
            {"receipt": {"receipt": "r", "lines": [{"line": 0, "article": "x", "gross_minor": 1}]}},
            "body.receipt.lines.0.line",
        ),
        ({"receipt": {"receipt": "r", "lines": [{"line": 1, "article": "x"}]}}, "body.receipt.lines.0.gross_minor"),
        ({"receipt": {"receipt": "r", "lines": [], "colour": 1}}, "body.receipt.colour"),
        ({"receipt": {"receipt": "a\u0000b", "lines": []}}, "body.receipt.receipt"),
        ({"who": {"customer": "0" * 32}}, "body.who.customer"),
        ({"who": {}}, "body.who"),
        ({"who": {"username": "nobody"}}, "body.who.username"),
        ({"who": {"card": "zz"}}, "body.who.card"),
        ({"tenders": [{"type": "gold"}]}, "body.tenders.0.type"),
        ({"tenders": [{"type": "points", "pool": BREAD, "points": -1}]}, "body.tenders.0.points"),
    ],
)
def test_a_receipt_that_cannot_be_names_the_field(caller: Neighbour, changes: dict[str, Any], broken: str) -> None:
    answer = caller.post(HERE, sale() | changes)

    assert {field for field, _rule in answer.broken} == {broken}
    assert all(rule for _field, rule in answer.broken)
    assert not Receipt.objects.exists()
