"""Staff work with their company's customers in the office: know, group, note, invite, import."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from backend_bridge.central.customers.models import CustomerGroup, DeferredRegistration, Invitation, Membership
from backend_bridge.central.customers.services import consent, enrolling, inviting
from backend_bridge.central.imports.models import Import
from tests.unit.central.lab import BREAD, Lab, balance
from tests.unit.central.test_office import logged_in

MEMBERS, GROUPS = "/office/customers/membership/", "/office/customers/customergroup/"
NOTES, INVITATIONS = "/office/customers/deferredregistration/", "/office/customers/invitation/"
IMPORTS = "/office/imports/import/"
MOLEN = "de-molen"


@pytest.fixture
def molen(lab: Lab) -> Client:
    """The browser of De Molen's staff."""
    return logged_in("molen")


def errors(answer: Any) -> str:
    assert answer.status_code == 200, "it was accepted"
    return str(answer.context_data["adminform"].form.errors)


def known(**about: Any) -> Membership:
    return Membership.objects.get(company=MOLEN, **about)


def test_staff_enrol_a_customer_and_put_them_into_a_group(molen: Client) -> None:
    assert molen.post(f"{GROUPS}add/", {"slug": "regulars", "name": "Regulars"}).status_code == 302
    told = {"username": "dora", "display_name": "Dora", "email": "DORA@example.nl", "in_groups": ["regulars"]}
    assert molen.post(f"{MEMBERS}add/", told).status_code == 302

    row = known(customer__username="dora")
    assert (row.email, row.origin) == ("dora@example.nl", "enrolled")
    assert [group.slug for group in row.groups.all()] == ["regulars"]
    assert "There is a group" in errors(molen.post(f"{GROUPS}add/", {"slug": "regulars", "name": "x"}))
    assert "taken" in errors(molen.post(f"{MEMBERS}add/", {**told, "username": "d0ra"}))


def test_staff_write_down_contact_data_consent_and_notes(molen: Client) -> None:
    row = known(customer__username="vera")
    told = {"display_name": "Vera V.", "number": "7", "phone": "020 1234567", "note": "likes rye"}
    told |= {"consent_channel": "email", "consent_given": "yes"}
    assert molen.post(f"{MEMBERS}{row.pk}/change/", told).status_code == 302
    page = molen.get(f"{MEMBERS}{row.pk}/change/").content.decode()

    row.refresh_from_db()
    assert (row.display_name, row.number, row.phone) == ("Vera V.", "7", "0201234567")
    assert "likes rye" in page
    [said] = consent.history(company=MOLEN, member=row.customer_id)
    assert (said.channel, said.given, said.origin, said.by.split(":")[0]) == ("email", True, "customer", "office")
    assert "e-mail address" in errors(molen.post(f"{MEMBERS}{row.pk}/change/", {"email": "nobody"}))


def test_b6_staff_note_register_and_discard(molen: Client) -> None:
    before = balance("vera", BREAD)
    told = {"branch": "utrecht-centraal", "username": "vera", "pool": BREAD, "points": 25}
    for points in (25, 26):
        assert molen.post(f"{NOTES}add/", {**told, "points": points}).status_code == 302
    assert molen.post(f"{NOTES}add/", {**told, "username": "", "hint": "red umbrella"}).status_code == 302
    assert "Say who" in errors(molen.post(f"{NOTES}add/", {**told, "username": ""}))

    one, other, words = DeferredRegistration.objects.order_by("hint", "points")
    molen.post(NOTES, {"action": "register", "_selected_action": [one.pk, one.pk]})
    molen.post(NOTES, {"action": "register", "_selected_action": [one.pk]})
    molen.post(f"{NOTES}{other.pk}/change/", {"discard": "noted twice"})
    assert "no such customer" in errors(molen.post(f"{NOTES}{words.pk}/change/", {"to": "nobody-here"}))
    molen.post(f"{NOTES}{words.pk}/change/", {"to": "vera"})

    states = list(DeferredRegistration.objects.order_by("hint", "points").values_list("state", "reason"))
    assert states == [("registered", ""), ("discarded", "noted twice"), ("registered", "")]
    assert balance("vera", BREAD) == before + 50
    assert molen.post(f"{NOTES}{one.pk}/change/", {"discard": "late"}).status_code == 403


def test_b7_staff_invite_and_the_code_is_shown_once(molen: Client) -> None:
    answer = molen.post(f"{INVITATIONS}add/", {"display_name": "Else", "email": "else@example.nl"}, follow=True)
    shown = answer.content.decode()
    token = shown.split("code is ")[1].split(". It is")[0]

    assert inviting.look(token=token).company == MOLEN
    assert token not in molen.get(INVITATIONS).content.decode()
    assert "Else" in molen.get(INVITATIONS).content.decode()
    assert Invitation.objects.get().invited_by.startswith("office:")
    assert "Say who" in errors(molen.post(f"{INVITATIONS}add/", {}))


def test_d3_staff_try_book_report_and_undo_an_import(molen: Client) -> None:
    def upload(text: bytes) -> Any:
        told = {"file": SimpleUploadedFile("old.csv", text), "origin": "past_business", "source": "", "pool": ""}
        return molen.post(f"{IMPORTS}add/", told)

    assert "spreadsheet" in errors(upload(b"PK\x00\x00"))
    page = upload(b"number;name;points\n1;Jan;10\n2;Pim;-1\n").headers["Location"]
    number = Import.objects.get().pk
    assert "whole points" in molen.get(page).content.decode()
    molen.post(f"{IMPORTS}{number}/do/", {"what": "book"})
    assert Import.objects.get().state == "tried"
    molen.post(f"{IMPORTS}{number}/do/", {"what": "book-others"})
    assert known(number="1").display_name == "Jan"
    report = b"".join(molen.get(f"{IMPORTS}{number}/report.csv").streaming_content).decode()  # type: ignore[attr-defined]
    assert "3;error;points;number;'-1;" in report
    molen.post(f"{IMPORTS}{number}/do/", {"what": "undo"})
    assert Import.objects.get().state == "undone"


def test_p6_an_import_of_another_company_is_neither_reported_nor_undone(molen: Client) -> None:
    told = {"file": SimpleUploadedFile("o.csv", b"number;name\n1;Jan\n"), "origin": "past_business"}
    molen.post(f"{IMPORTS}add/", told)
    number = Import.objects.get().pk
    molen.post(f"{IMPORTS}{number}/do/", {"what": "book"})
    Import.objects.update(company="cocktailbar-zuid")

    assert molen.get(f"{IMPORTS}{number}/report.csv").status_code == 404
    molen.post(f"{IMPORTS}{number}/do/", {"what": "undo"})
    assert Import.objects.get().state == "booked"


def test_an_operator_acts_for_a_company_before_adding_to_it(lab: Lab) -> None:
    operator = logged_in("office")
    pages = (MEMBERS, GROUPS, NOTES, INVITATIONS, IMPORTS)

    assert {operator.get(f"{page}add/").status_code for page in pages} == {403}
    operator.post("/office/act-for/", {"company": MOLEN})
    assert {operator.get(f"{page}add/").status_code for page in pages} == {200}
    operator.post(f"{GROUPS}add/", {"slug": "made-by-operator", "name": "x"})
    assert CustomerGroup.objects.get(slug="made-by-operator").company_id == MOLEN


def test_members_that_were_merged_or_undone_are_not_shown(molen: Client) -> None:
    told = enrolling.enrol(company=MOLEN, by="x", at=known(customer__username="vera").since)
    row = known(customer=told.member)
    Membership.objects.filter(pk=row.pk).update(ended_at=row.since)

    assert molen.get(f"{MEMBERS}{row.pk}/change/").status_code == 302
