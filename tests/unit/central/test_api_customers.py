"""Customers over the API: enrolled, found, changed, with consent and cards."""

from __future__ import annotations

from typing import Any

import pytest

from backend_bridge.central.customers.models import Customer, Membership
from tests.unit.central.api_neighbour import HOME, OTHER, Neighbour, neighbour
from tests.unit.central.lab import Lab, member


@pytest.fixture
def caller(lab: Lab) -> Neighbour:
    return neighbour()


def enrol(caller: Neighbour, **about: Any) -> Any:
    answer = caller.post("customers", about)
    assert answer.status == 201, answer
    return answer.body


def test_b8_a_customer_is_enrolled_with_contact_consent_and_card(caller: Neighbour) -> None:
    made = enrol(
        caller,
        username="Dora",
        number="4711",
        contact={"display_name": "Dora D.", "email": "dora@example.org", "country": "NL", "birthday": "1990-02-28"},
        consents=[{"channel": "email", "given": True, "origin": "enquiry", "source": "form"}],
        card={"number": "04:e1:f2:a3:b4:c5:80", "family": "ntag213"},
    )

    assert (made["username"], made["number"], made["consent"]) == ("dora", "4711", ["email"])
    assert made["contact"]["birthday"] == "1990-02-28"
    assert [one["status"] for one in made["cards"]] == ["active"]
    assert caller.get(f"customers/{made['customer']}").body == made


def test_customers_are_found_by_username_card_and_words(caller: Neighbour) -> None:
    issued = caller.post(f"customers/{member('anna')}/cards", {"number": "04e1f2a3b4c580"}).body
    by_name = caller.send("POST", "customers/finding", body={"username": "ANNA"}).body
    by_card = caller.send("POST", "customers/finding", body={"card": "04 E1 F2 A3 B4 C5 80"}).body

    assert by_name["customer"] == by_card["customer"] == member("anna")
    assert (by_card["card"], by_card["card_status"]) == (issued["card"], "active")
    assert caller.send("POST", "customers/finding", body={"username": "nobody"}).body["found"] is False
    assert caller.send("POST", "customers/finding", body={}).broken == {("body", "one_of")}
    enrol(caller, username="zoe", contact={"display_name": "Zoë Zebra"})
    found = caller.get("customers", text="zebra").body["items"]
    assert [one["username"] for one in found] == ["zoe"]


def test_pages_of_customers_go_on_where_they_ended(caller: Neighbour) -> None:
    for number in range(5):
        enrol(caller, username=f"guest{number}")
    seen, cursor = [], None
    while True:
        page = caller.get("customers", limit=2, **({} if cursor is None else {"cursor": cursor})).body
        seen += [one["customer"] for one in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break

    assert len(seen) == len(set(seen)) == Membership.objects.filter(company=HOME).count()
    assert neighbour(OTHER).get("customers", cursor=caller.get("customers", limit=1).body["next"]).status == 422


def test_p6_of_a_stranger_the_username_is_told_and_nothing_else(caller: Neighbour) -> None:
    made = enrol(neighbour(OTHER), username="dora", contact={"display_name": "Dora D.", "email": "dora@example.org"})
    found = caller.send("POST", "customers/finding", body={"username": "dora"}).body

    assert (found["found"], found["known"], found["customer"], found["display_name"]) == (True, False, None, "")
    assert caller.get(f"customers/{made['customer']}").problem == "not-found"
    joined = caller.post("customers/joining", {"username": "dora"}).body
    assert joined["customer"] == made["customer"]
    assert joined["contact"]["email"] == ""


def test_a_username_that_is_taken_is_a_conflict_that_names_it(caller: Neighbour) -> None:
    answer = caller.post("customers", {"username": "anna"})

    assert (answer.status, answer.body["reason"]) == (409, "unique")
    assert [one["field"] for one in answer.body["errors"]] == ["body.username"]
    assert caller.post("customers", {"username": "!"}).broken == {("body.username", "format")}
    assert Customer.objects.filter(username="anna").count() == 1


def test_contact_data_are_replaced_and_consent_is_added(caller: Neighbour) -> None:
    made = enrol(caller, username="dora", contact={"display_name": "Dora", "email": "dora@example.org"})
    address = f"customers/{made['customer']}"
    changed = caller.send("PATCH", address, body={"contact": {"display_name": "Dora D."}}).body
    assert (changed["contact"]["display_name"], changed["contact"]["email"]) == ("Dora D.", "")

    for given in (True, False):
        said = {"channel": "sms", "given": given, "origin": "customer"}
        assert caller.post(f"{address}/consents", said).body["consent"] == (["sms"] if given else [])
    assert [one["given"] for one in caller.get(f"{address}/consents").body["items"]] == [False, True]


def test_d2_cards_are_issued_blocked_and_replaced(caller: Neighbour) -> None:
    issued = caller.post(f"customers/{member('anna')}/cards", {"number": "04e1f2a3b4c580", "family": "ntag213"})
    assert issued.status == 201
    address = f"cards/{issued.body['card']}"
    assert caller.post(f"{address}/blocking", {"reason": "lost"}).body["changed"] is True
    assert caller.post(f"{address}/blocking", {}).body["changed"] is False
    assert caller.post(f"{address}/unblocking").body["changed"] is True
    assert caller.post(f"{address}/replacement", {"number": "04e1f2a3b4c581"}).status == 201

    shown = {one["card"]: one for one in caller.get(f"customers/{member('anna')}").body["cards"]}
    assert shown[issued.body["card"]]["replaced"] is True
    again = caller.post(f"customers/{member('bram')}/cards", {"number": "04e1f2a3b4c581"})
    assert (again.status, again.body["reason"]) == (409, "unique")
    assert caller.post(f"customers/{member('bram')}/cards", {"number": "0812345678"}).status == 422


def test_b6_points_are_noted_and_registered_once(caller: Neighbour) -> None:
    wanted = {"branch": "utrecht-centraal", "hint": "the lady with the dog", "pool": "bread-points", "points": 30}
    note = caller.post("notes", wanted).body["note"]
    assert [one["note"] for one in caller.get("notes").body["items"]] == [note]
    assert caller.post(f"notes/{note}/registration", {}).broken == {("body.customer", "required")}
    done = caller.post(f"notes/{note}/registration", {"customer": member("anna")})
    again = caller.post(f"notes/{note}/registration", {"customer": member("anna")})
    assert done.body == again.body
    assert (done.body["state"], done.body["customer"]) == ("registered", member("anna"))
    assert caller.post(f"notes/{note}/registration", {"customer": member("bram")}).body["reason"] == "registered"

    other = caller.post("notes", wanted).body["note"]
    assert caller.post(f"notes/{other}/discarding", {"reason": "a mistake"}).body["state"] == "discarded"
    assert caller.get("notes").body["items"] == []


def test_b7_points_wait_for_who_is_invited(caller: Neighbour) -> None:
    made = caller.post("invitations", {"contact": {"display_name": "Ida", "email": "ida@example.org"}}, key="i-1").body
    again = caller.post("invitations", {"contact": {"display_name": "Ida", "email": "ida@example.org"}}, key="i-1")
    assert (again.status, again.body["reason"]) == (409, "answered-before")
    gift = {"customer": made["customer"], "pool": "bread-points", "points": 60}
    assert caller.post("points/gifts", gift).body["waiting"] is True
    assert caller.get(f"customers/{made['customer']}/balances/bread-points").body["points"] == 0

    token = caller.post(f"invitations/{made['invitation']}/token").body["token"]
    assert caller.send("POST", "invitations/looking", body={"token": made["token"]}).status == 422
    assert caller.send("POST", "invitations/looking", body={"token": token}).body["points"] == {"bread-points": 60}
    assert neighbour(OTHER).post("invitations/acceptance", {"token": token}).broken == {("body.token", "unknown")}
    done = caller.post("invitations/acceptance", {"token": token, "username": "ida"})
    assert (done.status, done.body["username"], done.body["points"]) == (201, "ida", {"bread-points": 60})
    assert caller.get(f"customers/{made['customer']}/balances/bread-points").body["points"] == 60


def test_no_secret_of_an_invitation_is_kept(caller: Neighbour) -> None:
    from backend_bridge.central.api.models import GivenAnswer

    made = caller.post("invitations", {"contact": {"display_name": "Ida"}}).body

    assert made["token"] not in "".join(GivenAnswer.objects.values_list("body", flat=True))
