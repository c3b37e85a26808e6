"""Vouchers, campaigns and clearing over the API."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from tests.unit.central.api_neighbour import HOME, OTHER, Neighbour, neighbour
from tests.unit.central.lab import BREAD, Lab, balance, member

POINTS = {"company": HOME, "value": {"type": "points", "pool": BREAD, "points": 25}}
MONEY = {"company": HOME, "value": {"type": "money", "rest_minor": 5000}}


@pytest.fixture
def caller(lab: Lab) -> Neighbour:
    return neighbour(branch="utrecht-centraal")


def issue(caller: Neighbour, like: Any = POINTS, **more: Any) -> Any:
    answer = caller.post("vouchers", {"like": like} | more)
    assert answer.status == 201, answer
    return answer.body


def test_b1_a_batch_is_made_found_and_printed(caller: Neighbour) -> None:
    made = issue(caller, count=12, batch="spring")
    first = caller.get("vouchers", state="free", batch=made["batch"], limit=5).body
    second = caller.get("vouchers", state="free", batch=made["batch"], limit=50, cursor=first["next"]).body

    ids = [one["voucher"] for page in (first, second) for one in page["items"]]
    assert len(set(ids)) == len(ids) == 12
    assert [one["states"] for one in caller.get("vouchers/batches").body["items"] if one["name"] == "spring"] == [
        {"issued": 12}
    ]
    printed = {
        one["voucher"]: one["code"] for one in caller.get(f"vouchers/batches/{made['batch']}/codes").body["items"]
    }
    assert set(printed) == set(ids)
    assert caller.get(f"vouchers/{ids[0]}/code").body["code"] == printed[ids[0]]
    read = caller.send("POST", "vouchers/reading", body={"code": printed[ids[0]]})
    assert read.body["voucher"] == ids[0]
    assert caller.send("POST", "vouchers/reading", body={"code": "TPC1:nonsense"}).status == 422


def test_b5_a_free_voucher_is_shown_then_registered_once(caller: Neighbour) -> None:
    voucher, before = issue(caller)["voucher"], balance("anna")
    shown = caller.send("POST", f"vouchers/{voucher}/registration-preview", body={"customer": member("anna")}).body
    assert (shown["points"], balance("anna")) == (25, before)
    wanted = {"customer": member("anna"), "seen": shown["seen"]}
    assert caller.post(f"vouchers/{voucher}/registration", wanted).body["state"] == "registered"
    assert balance("anna") == before + 25

    again = caller.post(f"vouchers/{voucher}/registration", {"customer": member("bram")})
    assert (again.status, again.body["reason"]) == (409, "points_posted")
    assert [one["what"] for one in caller.get(f"vouchers/{voucher}/history").body["items"]] == ["issued", "registered"]


def test_b4_a_voucher_is_made_and_registered_in_one_step(caller: Neighbour) -> None:
    before = balance("anna")
    assert caller.post("vouchers/registered", {"like": POINTS, "customer": member("anna")}).status == 201
    assert balance("anna") == before + 25


def test_v13_validity_is_changed_after_issue_and_a_voucher_is_cancelled(caller: Neighbour) -> None:
    soon, later = ((timezone.localdate() + dt.timedelta(days=days)).isoformat() for days in (30, 90))
    voucher = issue(caller, MONEY | {"valid_until": soon}, sold={"purpose": "multi"}, price_minor=5000)["voucher"]
    assert caller.post(f"vouchers/{voucher}/validity", {"valid_until": later}).status == 200
    shown = caller.get(f"vouchers/{voucher}").body
    assert (shown["conditions"]["valid_until"], shown["on_it_minor"]) == (later, 5000)

    narrower = caller.post(f"vouchers/{voucher}/validity", {"valid_until": soon})
    assert (narrower.status, narrower.body["reason"]) == (409, "never_narrowed")
    ended = caller.post(f"vouchers/{voucher}/cancellation", {"left_over": "refund", "reason": "sold by mistake"})
    assert (ended.status, ended.body["state"]) == (200, "cancelled")
    again = caller.post(f"vouchers/{voucher}/validity", {"valid_until": later})
    assert (again.status, again.body["reason"]) == (409, "cancelled")


def test_v16_an_owner_bound_voucher_stays_with_its_owner(caller: Neighbour) -> None:
    like = {"company": HOME, "value": {"type": "percent", "rate_bp": 1000}, "form": "account"}
    free, bound = issue(caller, like)["voucher"], issue(caller, like | {"owner_bound": True})["voucher"]
    for voucher in (free, bound):
        assert caller.post(f"vouchers/{voucher}/registration", {"customer": member("anna")}).status == 200
    assert caller.post(f"vouchers/{free}/transfer", {"username": "bram"}).status == 200

    refused = caller.post(f"vouchers/{bound}/transfer", {"username": "bram"})
    assert (refused.status, refused.body["reason"]) == (409, "owner_bound")
    assert caller.get(f"vouchers/{free}").body["owner"] == member("bram")


def test_v23_daily_figures(caller: Neighbour) -> None:
    issue(caller, MONEY, count=3, sold={"purpose": "multi"}, price_minor=5000)
    today = timezone.localdate().isoformat()
    figures = caller.get("vouchers/figures", first=today, last=today).body["items"]

    assert [(one["sold"], one["sold_minor"]) for one in figures if one["kind"] == "money"] == [(3, 15_000)]
    assert caller.get("vouchers/figures", first=today).broken == {("query.last", "missing")}


@pytest.mark.parametrize(
    ("body", "broken"),
    [
        ({}, ("body.like", "missing")),
        ({"like": POINTS, "count": 0}, ("body.count", "range")),
        ({"like": POINTS | {"company": OTHER}}, ("body.company", "own")),
        ({"like": POINTS | {"branches": ["zuid"]}}, ("body.branches", "own")),
        ({"like": POINTS | {"value": {"type": "gold"}}}, ("body.like.value.type", "choice")),
        ({"like": MONEY | {"owner": "0" * 32}}, ("body.like.owner", "unknown")),
        ({"like": MONEY | {"valid_until": "yesterday"}}, ("body.like.valid_until", "format")),
    ],
)
def test_a_voucher_that_cannot_be_names_the_field_and_the_rule(
    caller: Neighbour, body: Any, broken: tuple[str, str]
) -> None:
    assert caller.post("vouchers", body).broken == {broken}


def test_campaigns_are_read_and_tried(caller: Neighbour) -> None:
    campaigns = {one["code"]: one for one in caller.get("campaigns").body["items"]}
    [bread] = [one for one in campaigns.values() if one["rule"]["benefit"]["type"] == "award"][:1]
    lines = [{"line": 1, "article": "rye-bread", "group": "bread", "gross_minor": 1000}]
    wanted = {"receipt": {"receipt": "trial", "lines": lines}, "customer": member("anna"), "at": "2026-03-06T10:00:00Z"}
    told = caller.send("POST", f"campaigns/{bread['campaign']}/trial", body=wanted)

    assert told.status == 200
    assert told.body["gross_minor"] == 1000
    assert {one["campaign"] for one in told.body["awards"]} | {one["id"] for one in told.body["not_applied"]} == {
        bread["campaign"]
    }
    assert caller.get(f"campaigns/{bread['campaign']}").body == bread


def test_p5_what_is_owed_for_network_points_is_read_by_both_sides(lab: Lab) -> None:
    molen, zuid = neighbour(branch="utrecht-centraal"), neighbour(OTHER, branch="zuid")
    spend = {"receipt": "n-1", "who": {"username": "anna"}, "pool": "network-points", "points": 1200}
    assert molen.post("points/spends", spend | {"vat_rate_bp": 900}).status == 201
    month = timezone.localdate().strftime("%Y-%m")
    mine, theirs = (one.get(f"clearing/months/{month}").body for one in (molen, zuid))

    [pair], [mirror] = mine["pairs"], theirs["pairs"]
    assert (pair["other"], pair["owed_minor"], pair["net_minor"]) == (OTHER, 1200, 1200)
    assert (mirror["other"], mirror["owes_minor"], mirror["net_minor"]) == (HOME, 1200, -1200)
    assert [(one["rate_bp"], one["owed_minor"]) for one in mine["rates"]] == [(900, 1200)]
    assert [one["receipt"] for one in mine["redemptions"]] == ["n-1"]
    assert [one["month"] for one in molen.get("clearing/months").body["items"]] == [month]
