"""D2 over the API: PINs set, changed, reset and judged, and what they are worth at a payment."""

from __future__ import annotations

from typing import Any

import pytest

from backend_bridge.central.customers.models import CardEvent, CardPin, Membership
from backend_bridge.central.organisation.models import Company
from tests.unit.central.api_neighbour import HOME, OTHER, Neighbour, Reply, neighbour
from tests.unit.central.lab import BREAD, Lab, balance, member

NUMBER, PIN, NEW, WRONG = "04e1f2a3b4c580", "5937", "84613", "7046"


@pytest.fixture
def caller(lab: Lab) -> Neighbour:
    return neighbour(branch="utrecht-centraal")


@pytest.fixture
def card(caller: Neighbour) -> str:
    """The pseudonym of a new card of Anna's."""
    return str(caller.post(f"customers/{member('anna')}/cards", {"number": NUMBER}).body["card"])


def judge(caller: Neighbour, pin: str, *, number: str = NUMBER) -> dict[str, Any]:
    answer = caller.send("POST", "pins/judging", body={"card": number, "pin": pin})
    assert answer.status == 200, answer
    return dict(answer.body)


def spend(caller: Neighbour, receipt: str, **who: str) -> Reply:
    return caller.post("points/spends", {"receipt": receipt, "who": who, "pool": BREAD, "points": 10})


def test_d2_a_pin_is_set_judged_and_changed_with_its_proof(caller: Neighbour, card: str) -> None:
    assert caller.get(f"cards/{card}/pin").body["state"] == "none"
    told = caller.post(f"cards/{card}/pin", {"pin": PIN})
    assert (told.status, told.body["state"], told.body["wrong"]) == (200, "own", 0)
    assert judge(caller, WRONG) == {"verdict": "wrong", "proof": None, "wait_s": 0}
    assert caller.get(f"cards/{card}/pin").body["wrong"] == 1

    unproved = caller.post(f"cards/{card}/pin", {"pin": NEW})
    assert (unproved.status, unproved.body["reason"]) == (409, "set")
    proof = judge(caller, PIN)["proof"]
    assert caller.post(f"cards/{card}/pin", {"pin": NEW, "proof": proof}).status == 200
    assert [judge(caller, one)["verdict"] for one in (NEW, PIN)] == ["right", "wrong"]
    again = caller.post(f"cards/{card}/pin", {"pin": PIN, "proof": proof})
    assert again.broken == {("body.proof", "proof")}


@pytest.mark.parametrize(
    ("pin", "rule"),
    [("0000", "repeated"), ("3456", "counting"), ("2026", "year"), ("123", "string_pattern_mismatch")],
)
def test_d2_a_trivial_pin_is_refused_with_a_sentence_that_does_not_repeat_it(
    caller: Neighbour, card: str, pin: str, rule: str
) -> None:
    answer = caller.post(f"cards/{card}/pin", {"pin": pin})

    assert answer.broken == {("body.pin", rule)}
    assert pin not in str(answer.body)
    assert not CardPin.objects.exists()


def test_d2_the_same_request_sets_a_pin_once_and_another_pin_under_its_key_is_refused(
    caller: Neighbour, card: str
) -> None:
    first = caller.post(f"cards/{card}/pin", {"pin": PIN}, key="once")
    again = caller.post(f"cards/{card}/pin", {"pin": PIN}, key="once")
    other = caller.post(f"cards/{card}/pin", {"pin": NEW}, key="once")

    assert (again.body, again.headers["Idempotent-Replayed"]) == (first.body, "true")
    assert other.problem == "key-used-otherwise"
    assert CardEvent.objects.filter(what="pin_set").count() == 1


def test_d2_a_reset_tells_the_one_time_pin_once(caller: Neighbour, card: str) -> None:
    assert caller.post(f"cards/{card}/pin/reset", {"reason": ""}).broken == {("body.reason", "string_too_short")}
    first = caller.post(f"cards/{card}/pin/reset", {"reason": "forgotten"}, key="once")
    again = caller.post(f"cards/{card}/pin/reset", {"reason": "forgotten"}, key="once")
    told = judge(caller, first.body["one_time_pin"])

    assert (first.status, again.status, again.body["reason"]) == (201, 409, "answered-before")
    assert CardEvent.objects.filter(what="pin_reset").count() == 1
    assert told["verdict"] == "must_change"
    assert spend(caller, "s-1", card=NUMBER, proof=told["proof"]).broken == {("body.who.proof", "proof")}
    assert caller.post(f"cards/{card}/pin", {"pin": NEW, "proof": told["proof"]}).body["state"] == "own"


def test_d2_a_guess_counts_though_its_request_is_answered_like_any_other(caller: Neighbour, card: str) -> None:
    caller.post(f"cards/{card}/pin", {"pin": PIN})
    told = [judge(caller, WRONG)["verdict"] for _ in range(6)]

    assert told == ["wrong"] * 5 + ["blocked"]
    assert judge(caller, PIN) == {"verdict": "blocked", "proof": None, "wait_s": 0}
    assert caller.get(f"cards/{card}/pin").body["state"] == "blocked"
    assert caller.post(f"cards/{card}/pin", {"pin": NEW}).body["reason"] == "blocked"


def test_d2_what_is_no_card_and_what_has_no_pin_are_told_alike(caller: Neighbour, card: str) -> None:
    assert judge(caller, PIN) == judge(caller, PIN, number="04e1f2a3b4c581")
    wrong = caller.send("POST", "pins/judging", body={"card": "04e1f2a3b4", "pin": PIN})
    assert wrong.broken == {("body.card", "format")}


def test_d2_pins_and_their_judging_have_scopes_of_their_own(caller: Neighbour, card: str) -> None:
    till = neighbour(scopes=["customers:write", "cards:pin-judge"])
    counter = neighbour(scopes=["customers:write", "cards:pin"])

    assert till.post(f"cards/{card}/pin", {"pin": PIN}).body["reason"] == "cards:pin"
    assert till.post(f"cards/{card}/pin/reset", {"reason": "x"}).body["reason"] == "cards:pin"
    assert counter.send("POST", "pins/judging", body={"card": NUMBER, "pin": PIN}).body["reason"] == "cards:pin-judge"
    assert judge(till, PIN)["verdict"] == "wrong"


def test_p6_a_company_that_does_not_know_the_customer_judges_and_never_sets(caller: Neighbour, card: str) -> None:
    caller.post(f"cards/{card}/pin", {"pin": PIN})
    Membership.objects.filter(company=OTHER, customer=member("anna")).delete()
    bar = neighbour(OTHER)
    proof = judge(bar, PIN)["proof"]

    assert proof is not None
    for path, body in (("pin", {"pin": NEW, "proof": proof}), ("pin/reset", {"reason": "x"})):
        assert bar.post(f"cards/{card}/{path}", body).status == 404
    assert bar.get(f"cards/{card}/pin").status == 404
    foreign = spend(caller, "s-1", card=NUMBER, proof=proof)
    assert foreign.broken == {("body.who.proof", "proof")}, "what was typed there proves nothing here"


def test_d2_a_proof_that_is_given_is_judged_and_one_that_is_none_takes_nothing(caller: Neighbour, card: str) -> None:
    caller.post(f"cards/{card}/pin", {"pin": PIN})
    proof = judge(caller, PIN)["proof"]
    forged = proof[:-1] + ("0" if proof[-1] != "0" else "1")

    assert spend(caller, "s-1", card=NUMBER, proof=forged).broken == {("body.who.proof", "proof")}
    assert spend(caller, "s-2", username="anna", proof=proof).broken == {("body.who.proof", "card")}
    assert balance("anna") == 640
    assert spend(caller, "s-3", card=NUMBER, proof=proof).status == 201
    assert balance("anna") == 630


def test_d2_a_company_may_want_the_pin_with_every_card_that_is_only_a_number(caller: Neighbour, card: str) -> None:
    caller.post(f"cards/{card}/pin", {"pin": PIN})
    assert spend(caller, "s-0", card=NUMBER).status == 201, "staff stand there: by default their word is enough"
    Company.objects.filter(pk=HOME).update(pin_at_api=True)
    lines = [{"line": 1, "article": "bread", "gross_minor": 10}]
    receipt = {"who": {"card": NUMBER}, "tenders": [{"type": "points", "pool": BREAD, "points": 10}]}
    address = "branches/utrecht-centraal/receipts"

    refused = spend(caller, "s-1", card=NUMBER)
    paid = caller.post(address, {"receipt": {"receipt": "r-1", "lines": lines}, **receipt})
    assert [(one.status, one.body["reason"]) for one in (refused, paid)] == [(409, "pin_wanted")] * 2
    assert balance("anna") == 630
    proof = judge(caller, PIN)["proof"]
    assert spend(caller, "s-2", card=NUMBER, proof=proof).status == 201
    who = {"card": NUMBER, "proof": proof}
    assert caller.post(address, {"receipt": {"receipt": "r-2", "lines": lines}, **receipt, "who": who}).status == 201
    cash = {"receipt": {"receipt": "r-3", "lines": lines}, "who": {"card": NUMBER}}
    assert caller.post(address, cash).status == 201, "earning needs no PIN"
    assert spend(caller, "s-3", username="anna").status == 201, "staff know her"
