"""Companies, customers and cards in the office: the operator adds them, a company's staff never."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.test import Client

from backend_bridge.central.customers.models import Card, Customer
from backend_bridge.central.data_dir import DataDir
from backend_bridge.central.organisation.models import Company, CouponSigningKey
from loyalty.cards import card_token
from loyalty.wire.messages import Answer, Balance, BalanceWanted, Refused
from tests.unit.central.lab import Lab, PaperTerminal, card
from tests.unit.central.test_office import logged_in

CUSTOMERS, CARDS = "/office/customers/customer/", "/office/customers/card/"
UID, OTHER = "04e1f2a3b4c590", "04e1f2a3b4c591"


def token(uid: str) -> str:
    return card_token(bytes.fromhex(uid), DataDir(settings.DATA).cards_key())


def errors(answer: Any) -> str:
    """What a form that was sent back complains about."""
    assert answer.status_code == 200, "it was accepted"
    return str(answer.context_data["adminform"].form.errors)


def add_card(office: Client, uid: str, *, of: str = "anna", replaces: str = "") -> Any:
    told = {"customer": Customer.objects.get(username=of).pk, "uid": uid, "family": "ntag213", "replaces": replaces}
    return office.post(f"{CARDS}add/", told)


def act(office: Client, action: str, *tokens: str) -> None:
    office.post(CARDS, {"action": action, "_selected_action": tokens})


@pytest.fixture
def office(lab: Lab) -> Client:
    """The operator's browser."""
    return logged_in("office")


def test_a_company_saved_in_the_office_has_its_key_for_coupons_and_keeps_it(office: Client) -> None:
    told = {"id": "shop", "programme": "tapbon", "number": 9, "name": "Shop", "currency": "EUR"}
    told |= {"colour": "#9a3412", "languages": '["en"]', "trust": "{}", "keep_points": 0}
    assert office.post("/office/organisation/company/add/", told).status_code == 302
    [key] = CouponSigningKey.objects.filter(company="shop")
    office.post("/office/organisation/company/shop/change/", told | {"name": "The Shop"})

    assert Company.objects.get(pk="shop").name == "The Shop"
    assert [one.public for one in CouponSigningKey.objects.filter(company="shop")] == [key.public]
    assert DataDir(settings.DATA).coupon_key(company="shop", number=1).public.hex() == key.public


def test_a_number_that_no_coupon_can_carry_makes_no_company(office: Client) -> None:
    told = {"id": "big", "programme": "tapbon", "number": 70000, "name": "Big", "currency": "EUR"}
    told |= {"colour": "#9a3412", "languages": '["en"]', "trust": "{}", "keep_points": 0}

    assert "from 1 to 32767" in errors(office.post("/office/organisation/company/add/", told))


def test_a_customer_is_added_with_a_pseudonym_and_can_be_renamed(office: Client) -> None:
    assert office.post(f"{CUSTOMERS}add/", {"username": " Dora ", "display_name": "Dora"}).status_code == 302
    dora = Customer.objects.get(username="dora")
    office.post(f"{CUSTOMERS}{dora.pk}/change/", {"username": "dora", "display_name": "Dora D.", "id": "x"})

    assert len(dora.pk) == 32
    assert Customer.objects.get(pk=dora.pk).display_name == "Dora D."


@pytest.mark.parametrize(
    ("username", "says"), [("ANNA", "is taken"), ("a", "2 to 60"), ("Ánna", "2 to 60"), ("an na", "2 to 60")]
)
def test_a_username_that_is_taken_or_looks_like_another_is_refused(office: Client, username: str, says: str) -> None:
    assert says in errors(office.post(f"{CUSTOMERS}add/", {"username": username, "display_name": "Other"}))
    assert Customer.objects.count() == 4


def test_a_card_typed_in_works_at_the_terminal_and_its_number_is_kept_nowhere(lab: Lab, office: Client) -> None:
    assert add_card(office, "04:e1:f2:a3:b4:c5:90").status_code == 302

    [sent] = lab.ask(PaperTerminal("molen-1"), BalanceWanted(card=token(UID)))
    assert isinstance(sent.message, Answer)
    assert isinstance(sent.message.result, Balance)
    assert sent.message.result.member == Customer.objects.get(username="anna").pk
    assert Card.objects.get(pk=token(UID)).trust == "uid"
    assert LogEntry.objects.exists()
    assert UID not in str([*Card.objects.values(), *LogEntry.objects.values()]).lower().replace(":", "")


@pytest.mark.parametrize(
    ("uid", "says"),
    [("04e1f2", "8, 14 or 20"), ("no number", "8, 14 or 20"), ("08e1f2a3", "another number"), ("", "required")],
)
def test_what_is_no_card_number_is_refused_in_words(office: Client, uid: str, says: str) -> None:
    assert says in errors(add_card(office, uid))


def test_a_card_in_use_cannot_be_taken_over_by_adding_it_again(office: Client) -> None:
    add_card(office, UID)

    assert "issued already" in errors(add_card(office, UID, of="bram"))
    assert Card.objects.get(pk=token(UID)).customer.username == "anna"


def test_a_card_is_blocked_and_unblocked_and_terminals_hear_of_both(lab: Lab, office: Client) -> None:
    def answered() -> object:
        [sent] = lab.ask(PaperTerminal("molen-1"), BalanceWanted(card=card("anna")))
        assert isinstance(sent.message, Answer)
        return type(sent.message.result)

    act(office, "block", card("anna"))
    blocked = answered()
    act(office, "unblock", card("anna"))

    assert (blocked, answered()) == (Refused, Balance)


def test_a_replaced_card_stays_blocked_and_the_account_stays(office: Client) -> None:
    assert add_card(office, UID, replaces=card("anna")).status_code == 302
    act(office, "unblock", card("anna"))

    old, new = Card.objects.get(pk=card("anna")), Card.objects.get(pk=token(UID))
    assert (old.status, old.replaced_by_id, new.status) == ("blocked", new.pk, "active")
    assert old.customer == new.customer


def test_a_card_is_replaced_once_and_never_for_another_customer(office: Client) -> None:
    stolen = add_card(office, UID, of="bram", replaces=card("anna"))
    add_card(office, UID, replaces=card("anna"))
    again = add_card(office, OTHER, replaces=card("anna"))

    assert "belongs to another customer" in errors(stolen)
    assert "replaced already" in errors(again)
    assert not Card.objects.filter(pk=token(OTHER)).exists()


def test_the_pages_lead_from_the_customer_to_a_card_and_to_its_replacement(office: Client) -> None:
    anna = Customer.objects.get(username="anna").pk
    customer = office.get(f"{CUSTOMERS}{anna}/change/").content.decode()
    shown = office.get(f"{CARDS}{card('anna')}/change/").content.decode()
    form = office.get(f"{CARDS}add/?customer={anna}&replaces={card('anna')}").content.decode()

    assert f"{CARDS}add/?customer={anna}" in customer
    assert card("anna") in customer
    assert f"replaces={card('anna')}" in shown
    assert "blocked for good" in form
    assert "blocked for good" not in office.get(f"{CARDS}add/").content.decode()


def test_a_companys_staff_add_block_and_replace_nothing(lab: Lab) -> None:
    molen = logged_in("molen")
    anna = Customer.objects.get(username="anna")
    answers = [
        molen.post(f"{CUSTOMERS}add/", {"username": "dora", "display_name": "Dora"}),
        molen.post(f"{CUSTOMERS}{anna.pk}/change/", {"username": "anna", "display_name": "Mine"}),
        add_card(molen, UID),
        add_card(molen, UID, replaces=card("anna")),
    ]
    act(molen, "unblock", card("blocked"))
    page = molen.get(f"{CUSTOMERS}{anna.pk}/change/").content.decode()

    assert [answer.status_code for answer in answers] == [403] * 4
    assert Card.objects.get(pk=card("blocked")).status == "blocked"
    assert (Customer.objects.count(), Card.objects.count()) == (4, 4)
    assert "Add a card" not in page
