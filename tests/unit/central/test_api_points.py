"""Points over the API: balances by lot, as of an earlier instant, statements, gifts."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from backend_bridge.central.customers.models import Membership
from tests.unit.central.api_neighbour import HOME, OTHER, Neighbour, neighbour
from tests.unit.central.lab import BREAD, NETWORK, Lab, balance, member


@pytest.fixture
def caller(lab: Lab) -> Neighbour:
    return neighbour()


def gift(**changes: Any) -> dict[str, Any]:
    return {"customer": member("anna"), "pool": BREAD, "points": 50} | changes


def balance_shown(caller: Neighbour, pool: str = BREAD, **query: Any) -> Any:
    answer = caller.get(f"customers/{member('anna')}/balances/{pool}", **query)
    assert answer.status == 200, answer
    return answer.body


def test_v25_points_that_are_given_are_there_with_their_lot(caller: Neighbour) -> None:
    before = balance("anna")
    soon = (timezone.now() + dt.timedelta(days=30)).replace(microsecond=0)
    answer = caller.post("points/gifts", gift(expires_at=soon.isoformat(), reason="a rainy day"))

    assert answer.status == 201
    assert balance("anna") == before + 50
    shown = balance_shown(caller)
    assert shown["points"] == shown["free"] == before + 50
    [lot] = [one for one in shown["lots"] if one["lot"] == answer.body["lot"]]
    assert (lot["points"], lot["origin"], lot["own"], lot["terminal"]) == (50, "goodwill", True, False)
    assert dt.datetime.fromisoformat(lot["expires_at"]) == soon
    assert answer.body["waiting"] is False
    assert shown["lots"][0] == lot, "what expires first is spent first"


def test_b8_points_are_given_by_username_also_to_somebody_new(lab: Lab) -> None:
    Membership.objects.filter(company=HOME, customer=member("anna")).delete()
    before = balance("anna")
    answer = neighbour().post("points/gifts", {"username": "Anna", "pool": BREAD, "points": 5, "origin": "earned"})

    assert (answer.status, answer.body["customer"]) == (201, member("anna"))
    assert balance("anna") == before + 5


def test_the_books_as_they_were(caller: Neighbour) -> None:
    before = balance_shown(caller)["points"]
    then = timezone.now().isoformat()
    caller.post("points/gifts", gift())

    assert balance_shown(caller)["points"] == before + 50
    assert balance_shown(caller, as_of=then)["points"] == before
    assert balance_shown(caller, as_of="2020-01-01T00:00:00Z")["points"] == 0
    both = caller.get(f"customers/{member('anna')}/balances", as_of=then).body
    assert {one["pool"]: one["points"] for one in both["items"]} == {BREAD: before, NETWORK: balance("anna", NETWORK)}


def test_nobody_asks_for_the_books_of_tomorrow(caller: Neighbour) -> None:
    answer = caller.get(f"customers/{member('anna')}/balances", as_of="2999-01-01T00:00:00Z")

    assert answer.broken == {("query.as_of", "past")}


def test_a_statement_shows_what_was_posted_the_newest_first(caller: Neighbour) -> None:
    for points in (1, 2, 3):
        caller.post("points/gifts", gift(points=points))
    first = caller.get(f"customers/{member('anna')}/statement/{BREAD}", limit=2).body
    second = caller.get(f"customers/{member('anna')}/statement/{BREAD}", limit=2, cursor=first["next"]).body

    assert [one["points"] for one in first["items"]] == [3, 2]
    assert second["items"][0]["points"] == 1
    assert {one["kind"] for one in first["items"]} == {"given"}
    assert all(one["reference"].startswith("api/de-molen/") for one in first["items"])


def test_p6_of_a_network_pool_a_company_sees_its_own_postings_only(lab: Lab) -> None:
    for company, points in ((HOME, 7), (OTHER, 9)):
        Membership.objects.get_or_create(company_id=company, customer_id=member("anna"), defaults={"since": lab_now()})
        answer = neighbour(company).post("points/gifts", gift(pool=NETWORK, points=points))
        assert answer.status == 201, answer
    for company, own, others in ((HOME, 7, 9), (OTHER, 9, 7)):
        seen = neighbour(company).get(f"customers/{member('anna')}/statement/{NETWORK}").body["items"]
        assert own in {one["points"] for one in seen}
        assert others not in {one["points"] for one in seen}
        lots = balance_shown(neighbour(company), NETWORK)["lots"]
        assert {one["points"]: one["own"] for one in lots if one["points"] in (7, 9)} == {own: True, others: False}


def lab_now() -> dt.datetime:
    return timezone.now()


@pytest.mark.parametrize(
    ("changes", "broken"),
    [
        ({"points": 0}, ("body.points", "greater_than_equal")),
        ({"points": -5}, ("body.points", "greater_than_equal")),
        ({"points": 10**12 + 1}, ("body.points", "less_than_equal")),
        ({"points": 10**400}, ("body.points", "less_than_equal")),
        ({"points": "50"}, ("body.points", "int_type")),
        ({"points": 1.5}, ("body.points", "int_type")),
        ({"points": True}, ("body.points", "int_type")),
        ({"points": None}, ("body.points", "int_type")),
        ({"pool": "no-such-pool"}, ("body.pool", "unknown")),
        ({"pool": "kaple-points"}, ("body.pool", "unknown")),
        ({"pool": "NO POOL"}, ("body.pool", "string_pattern_mismatch")),
        ({"customer": None}, ("body.customer", "one_of")),
        ({"username": "anna"}, ("body.customer", "one_of")),
        ({"customer": None, "username": "nobody"}, ("body.username", "unknown")),
        ({"customer": "0" * 32}, ("body.customer", "unknown")),
        ({"customer": "anna"}, ("body.customer", "string_pattern_mismatch")),
        ({"expires_at": "2020-01-01T00:00:00Z"}, ("body.expires_at", "future")),
        ({"expires_at": "2031-01-01"}, ("body.expires_at", "instant")),
        ({"expires_at": "2031-01-01T00:00:00"}, ("body.expires_at", "instant")),
        ({"expires_at": 1893456000}, ("body.expires_at", "instant")),
        ({"reason": "a\u0000b"}, ("body.reason", "string_pattern_mismatch")),
        ({"reason": "x" * 201}, ("body.reason", "string_too_long")),
        ({"colour": "red"}, ("body.colour", "extra_forbidden")),
    ],
)
def test_a_gift_that_cannot_be_names_the_field_and_the_rule(
    caller: Neighbour, changes: dict[str, Any], broken: tuple[str, str]
) -> None:
    before = balance("anna")

    assert caller.post("points/gifts", gift(**changes)).broken == {broken}
    assert balance("anna") == before


def test_every_broken_rule_is_named_at_once(caller: Neighbour) -> None:
    answer = caller.send("POST", "points/gifts", body={"points": 0})

    assert answer.broken == {
        ("header.Idempotency-Key", "missing"),
        ("body.pool", "missing"),
        ("body.points", "greater_than_equal"),
    }


@pytest.mark.parametrize(
    "raw", [b"{", b"[1", b"\xff", b'{"a": NaN}', b"[" * 100_000, b'{"points": 1e999}', b'"\\ud800"']
)
def test_what_is_no_json_is_refused_as_that(caller: Neighbour, raw: bytes) -> None:
    answer = caller.send("POST", "points/gifts", raw=raw, key="k")

    assert (answer.status, answer.problem) == (400, "malformed-json")


@pytest.mark.parametrize("raw", [b"[]", b"null", b"5", b'"x"'])
def test_json_that_is_no_object_is_refused_as_that(caller: Neighbour, raw: bytes) -> None:
    assert caller.send("POST", "points/gifts", raw=raw, key="k").status == 422


def test_a_customer_whom_the_company_does_not_know_is_nobody(lab: Lab) -> None:
    Membership.objects.filter(company=HOME, customer=member("anna")).delete()
    caller = neighbour()

    assert caller.get(f"customers/{member('anna')}/balances").body == caller.get(f"customers/{'0' * 32}/balances").body
    assert caller.post("points/gifts", gift()).broken == {("body.customer", "unknown")}
