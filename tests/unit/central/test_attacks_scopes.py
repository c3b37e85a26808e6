"""A key for receipts takes nothing off a customer that has a scope of its own: no points, and no vouchers."""

from __future__ import annotations

from typing import Any

import pytest

from backend_bridge.central.sales.models import Receipt
from tests.unit.central.api_neighbour import HOME, Neighbour, neighbour
from tests.unit.central.lab import BREAD, Lab, balance, member
from tests.unit.central.sales_shop import no_campaigns

BRANCH = "utrecht-centraal"
HERE = f"branches/{BRANCH}/receipts"
POINTS = {"tenders": [{"type": "points", "pool": BREAD, "points": 100}]}


@pytest.fixture
def master(lab: Lab) -> Neighbour:
    """A key that may do everything, at a shop without campaigns."""
    no_campaigns()
    return neighbour(branch=BRANCH)


def key(*more: str) -> Neighbour:
    """A key for receipts, and for `more`."""
    return neighbour(branch=BRANCH, client=f"till-{len(more)}", scopes=["receipts:write", *more])


def sale(number: str, **more: Any) -> dict[str, Any]:
    line = {"line": 1, "article": "x", "group": "bread", "gross_minor": 500}
    return {"receipt": {"receipt": number, "lines": [line]}, "who": {"customer": member("anna")}} | more


def issued(master: Neighbour, **like: Any) -> str:
    value = {"company": HOME, "value": {"type": "money", "rest_minor": 300}}
    return str(master.post("vouchers", {"like": value | like}).body["voucher"])


def test_p2_a_receipt_takes_points_only_for_a_key_that_may(master: Neighbour) -> None:
    before = balance("anna")
    refused = key().post(HERE, sale("a", **POINTS))
    assert (refused.status, refused.problem, refused.body["reason"]) == (403, "missing-scope", "points:spend")
    assert (balance("anna"), Receipt.objects.count()) == (before, 0)

    assert key("points:spend").post(HERE, sale("a", **POINTS)).status == 201
    assert balance("anna") == before - 100


def test_v19_a_receipt_takes_vouchers_only_for_a_key_that_may(master: Neighbour) -> None:
    voucher = issued(master)
    tender = {"type": "voucher", "voucher": voucher, "amount_minor": 100}
    for more in ({"vouchers": [voucher]}, {"vouchers": [voucher], "tenders": [tender]}, {"tenders": [tender]}):
        refused = key().post(HERE, sale("a", **more))
        assert (refused.status, refused.body["reason"]) == (403, "vouchers:redeem")
    assert master.get(f"vouchers/{voucher}").body["on_it_minor"] == 300

    assert key("vouchers:redeem").post(HERE, sale("a", vouchers=[voucher], tenders=[tender])).status == 201
    assert master.get(f"vouchers/{voucher}").body["on_it_minor"] == 200


def test_c3_what_is_on_the_card_stays_there_for_a_key_that_may_not_redeem(master: Neighbour) -> None:
    on_card = issued(master, form="account", owner=member("anna"), owner_bound=True)
    tried = key().send("POST", f"{HERE}/evaluation", body=sale("a"))
    sold = key().post(HERE, sale("a"))
    assert tried.body["evaluation"]["paid"] == sold.body["evaluation"]["paid"] == []
    assert master.get(f"vouchers/{on_card}").body["on_it_minor"] == 300

    paid = key("vouchers:redeem").post(HERE, sale("b")).body["evaluation"]["paid"]
    assert [one["id"] for one in paid] == [on_card]
