"""What a key must not reach by another way than its own: scopes beside its own, other companies' money, dead ends."""

from __future__ import annotations

from typing import Any

import pytest

from backend_bridge.central.sales.models import Receipt
from backend_bridge.central.vouchers.models import Voucher
from loyalty.benefits import PercentOff, PointsPerTurnover
from tests.unit.central.api_neighbour import HOME, OTHER, Neighbour, neighbour
from tests.unit.central.lab import BREAD, NETWORK, Lab, balance, member
from tests.unit.central.sales_shop import no_campaigns, released

BRANCH = "utrecht-centraal"
HERE = f"branches/{BRANCH}/receipts"
MONEY = {"type": "money", "rest_minor": 500}


@pytest.fixture
def caller(lab: Lab) -> Neighbour:
    return neighbour(branch=BRANCH)


def sale(number: str = "r-1", *, kind: str = "goods", **more: Any) -> dict[str, Any]:
    line = {"line": 1, "article": "x", "group": "bread", "gross_minor": 500, "kind": kind}
    return {"receipt": {"receipt": number, "lines": [line]}, "who": {"customer": member("anna")}} | more


def points(number: str) -> dict[str, Any]:
    return sale(number, kind="points", top_ups=[{"line": 1, "pool": BREAD, "bonus": 10**9}])


def vouchers(number: str, **like: Any) -> dict[str, Any]:
    sold = {"line": 1, "like": {"company": HOME, "value": MONEY} | like}
    return sale(number, kind="voucher_multi", voucher_sales=[sold])


def test_a_receipt_sells_points_and_vouchers_only_for_a_key_that_may(lab: Lab) -> None:
    before, made = balance("anna"), Voucher.objects.count()
    till = neighbour(branch=BRANCH, scopes=["receipts:write"])
    for body, scope in ((points("a"), "points:topup"), (vouchers("b"), "vouchers:issue")):
        refused = till.post(HERE, body)
        assert (refused.status, refused.problem, refused.body["reason"]) == (403, "missing-scope", scope)
        may = neighbour(branch=BRANCH, client=f"may-{len(scope)}", scopes=["receipts:write", scope])
        assert may.post(HERE, body).status == 201
    assert (balance("anna"), Voucher.objects.count()) == (before + 500 + 10**9, made + 1)


def test_p6_no_company_gives_away_what_another_pays_for(caller: Neighbour) -> None:
    made = Voucher.objects.count()
    like = {"company": HOME, "value": MONEY, "funded_by": OTHER}
    told = {("body.like.funded_by", "own")}
    assert caller.post("vouchers", {"like": like}).broken == told
    assert caller.post("vouchers", {"like": like, "draft": True}).broken == told
    assert caller.post("vouchers/registered", {"like": like, "customer": member("anna")}).broken == told
    sold = caller.post(HERE, vouchers("r-1", funded_by=OTHER))
    assert sold.broken == {("body.voucher_sales.like.funded_by", "own")}
    assert Voucher.objects.count() == made
    assert caller.post("vouchers", {"like": like | {"funded_by": HOME}}).status == 201


def test_a_receipt_that_no_address_could_name_is_not_recorded(caller: Neighbour) -> None:
    assert caller.post(HERE, sale("2026/7")).broken == {("body.receipt.receipt", "pattern")}
    assert not Receipt.objects.exists()


def test_p6_a_customer_who_was_given_too_much_elsewhere_can_still_pay_here(caller: Neighbour) -> None:
    other = neighbour(OTHER)
    for _ in range(2):
        gift = {"username": "anna", "pool": NETWORK, "points": 10**12}
        assert other.post("points/gifts", gift).status == 201
    tender: dict[str, Any] = {"tenders": [{"type": "points", "pool": NETWORK, "points": 5}]}
    assert caller.post(HERE, sale(**tender)).status == 201
    assert caller.send("POST", f"{HERE}/evaluation", body=sale("r-2", **tender)).status == 200


def test_p2_what_another_system_charged_is_not_lowered_again(caller: Neighbour) -> None:
    no_campaigns()
    released("ten", PercentOff(rate_bp=1000))
    released("points", PointsPerTurnover(pool=BREAD, rate=100))
    half = {"company": HOME, "value": {"type": "percent", "rate_bp": 5000}, "form": "account", "owner_bound": True}
    voucher = caller.post("vouchers", {"like": half | {"owner": member("anna")}}).body["voucher"]
    before, who = balance("anna"), {"customer": member("anna")}

    assert caller.post("points/spends", {"receipt": "s", "who": who, "pool": BREAD, "points": 100}).status == 201
    assert balance("anna") == before - 100
    assert caller.post("points/awards", {"receipt": "a", "who": who, "amount_minor": 10_000}).status == 201
    assert balance("anna") == before - 100 + 100
    assert caller.get(f"vouchers/{voucher}").body["state"] == "registered"
    assert caller.post(HERE, sale()).body["evaluation"]["discount_minor"] > 0
