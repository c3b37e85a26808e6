"""D2: the page of a card says how its PIN stands, and staff reset it there."""

from __future__ import annotations

import re

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from backend_bridge.central.customers.models import CardEvent, CardPin, Membership
from backend_bridge.central.customers.services import judging_pins, pins
from tests.unit.central.lab import Lab, card
from tests.unit.central.test_office import logged_in

CARDS = "/office/customers/card/"
PIN, WRONG = "5937", "7046"


@pytest.fixture
def molen(lab: Lab) -> Client:
    """The bakery's staff."""
    pins.set_pin(company="de-molen", card=card("anna"), pin=PIN, by="test", at=timezone.now())
    return logged_in("molen")


def judged(pin: str) -> str:
    at = timezone.now()
    return judging_pins.judge_pin(card("anna"), pin, at, company="de-molen", by="test").verdict.value


def page(browser: Client, name: str = "anna") -> str:
    answer = browser.get(f"{CARDS}{card(name)}/change/")
    assert answer.status_code == 200
    return answer.content.decode()


def reset(browser: Client, reason: str = "forgotten", **more: str) -> str:
    answer = browser.post(f"{CARDS}{card('anna')}/do/reset-pin/", {"reason": reason, **more})
    assert answer.status_code == 200
    return answer.content.decode()


def one_time(text: str) -> str:
    [found] = re.findall(r'<code id="one-time-pin"[^>]*>([0-9]{6})</code>', text)
    return str(found)


def test_d2_the_cards_page_says_since_when_there_is_a_pin_and_how_many_tries_are_left(molen: Client) -> None:
    assert "set on" in page(molen)
    assert "set on" not in page(molen, "bram")
    judged(WRONG)
    judged(WRONG)
    assert "2 wrong tries, 3 are left" in page(molen)
    for _ in range(3):
        judged(WRONG)
    assert "blocked after 5 wrong tries: reset it" in page(molen)
    assert "PIN blocked after wrong ones" in page(molen)


def test_d2_staff_reset_a_pin_with_a_reason_and_see_the_one_time_pin_once(molen: Client) -> None:
    assert "go-reset-pin" in page(molen)
    asked = molen.get(f"{CARDS}{card('anna')}/do/reset-pin/")
    assert "This field is required" in reset(molen, "")
    assert judged(PIN) == "right"
    answer = molen.post(f"{CARDS}{card('anna')}/do/reset-pin/", {"reason": "forgotten"})
    made = one_time(answer.content.decode())

    assert asked.status_code == 200
    assert "no-store" in answer.headers["Cache-Control"]
    assert (judged(made), judged(PIN)) == ("must_change", "wrong")
    row = CardEvent.objects.filter(what="pin_reset").get()
    assert (row.company_id, row.by.startswith("office:"), row.reason) == ("de-molen", True, "forgotten")
    assert "one-time PIN until" in page(molen)
    assert made not in page(molen)
    kept = [*LogEntry.objects.values_list("change_message"), *(one.get_decoded() for one in Session.objects.all())]
    assert made not in str(kept) + str(molen.cookies) + answer.request["PATH_INFO"]


def test_d2_the_operator_resets_any_pin_and_a_blocked_card_gets_none(lab: Lab) -> None:
    office = logged_in("office")
    assert judged(one_time(reset(office))) == "must_change"
    assert CardEvent.objects.get(what="pin_reset").company_id is None
    blocked = office.post(f"{CARDS}{card('blocked')}/do/reset-pin/", {"reason": "lost"}).content.decode()

    assert "this card is blocked" in blocked
    assert not CardPin.objects.filter(card=card("blocked")).exists()


def test_p6_staff_reset_no_pin_of_somebody_whom_their_company_does_not_know(molen: Client) -> None:
    Membership.objects.filter(company="de-molen", customer__cards=card("anna")).delete()
    for answer in (
        molen.get(f"{CARDS}{card('anna')}/do/reset-pin/"),
        molen.post(f"{CARDS}{card('anna')}/do/reset-pin/", {"reason": "x"}),
    ):
        assert answer.status_code == 404
    assert judged(PIN) == "right"


def test_p6_a_company_sees_its_own_part_of_what_was_done_with_a_card(molen: Client) -> None:
    pins.reset_pin(company=None, card=card("anna"), reason="by the operator", by="office:99", at=timezone.now())

    assert "by the operator" not in page(molen)
    assert "by the operator" in page(logged_in("office"))


def test_b9_a_form_that_was_opened_for_another_company_resets_nothing(molen: Client) -> None:
    answer = molen.post(
        f"{CARDS}{card('anna')}/do/reset-pin/", {"reason": "forgotten", "_acts_for": "cocktailbar-zuid"}
    )

    assert answer.status_code == 302
    assert judged(PIN) == "right"
