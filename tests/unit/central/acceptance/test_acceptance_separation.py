"""What one company is told of a customer whom another knows too (P6)."""

from __future__ import annotations

from tests.unit.central.acceptance.till import BAR, ZUID, Books, Till, done, line
from tests.unit.central.lab import BREAD, NETWORK, Lab
from tests.unit.central.sales_shop import put_in_group

CONTACT = {"display_name": "Nora Nielsen", "email": "nora@example.org", "phone": "+31612345678"}


def test_p6_contact_data_groups_points_and_coupons_stay_with_the_company_that_has_them(lab: Lab, books: Books) -> None:
    shop, bar = Till(), Till(BAR, ZUID)
    nora = shop.enrol("nora")
    done(shop.api.send("PATCH", f"customers/{nora.id}", body={"contact": CONTACT, "number": "A-17"}), 200)
    put_in_group("nora", "vip")
    shop.on_card({"type": "percent", "rate_bp": 1000}, nora)
    shop.give(nora, 400, BREAD)
    shop.give(nora, 70, NETWORK)
    assert bar.api.get(f"customers/{nora.id}").status == 404, "the bar has never met her"
    done(bar.api.post("customers/joining", {"username": "nora"}), 200)
    bar.give(nora, 30, NETWORK)

    seen = done(bar.api.get(f"customers/{nora.id}"), 200)
    assert (seen["contact"]["display_name"], seen["contact"]["email"], seen["number"], seen["groups"]) == (
        "",
        "",
        "",
        [],
    )
    assert seen["consent"] == []
    balances = done(bar.api.get(f"customers/{nora.id}/balances"), 200)["items"]
    assert {one["pool"]: one["points"] for one in balances} == {NETWORK: 100}, "what can be spent, and nothing else"
    statement = done(bar.api.get(f"customers/{nora.id}/statement/{NETWORK}"), 200)["items"]
    assert [one["points"] for one in statement] == [30]
    assert done(bar.api.get("vouchers", customer=nora.id), 200)["items"] == []

    told = bar.sell(line(1, 900, "bread"), who=nora)
    assert told["evaluation"]["discount_minor"] == 0
    others = [one["id"] for one in told["evaluation"]["not_applied"] if one["id"].startswith("1-")]
    assert others == [], "another company's campaigns are not even named"
    assert told["balances"] == {NETWORK: 100}
    assert books.news()[-1] == "30 network-points: company_funding(cocktailbar-zuid) > member_main(nora)"
