"""Customers that the company knows: found, enrolled, changed, with consent and cards (B8, D2, V21)."""

from __future__ import annotations

from typing import Annotated

import msgspec
from django.conf import settings
from ninja import Query

from backend_bridge.central.api.calling import Call
from backend_bridge.central.api.endpoint import Section
from backend_bridge.central.api.fields import Cursor, Id, Limit, PathHex, Text
from backend_bridge.central.api.paging import place_of
from backend_bridge.central.api.problems import broken
from backend_bridge.central.api.sections.customer_bodies import (
    CardChanged,
    CardPath,
    CardShown,
    CardWanted,
    Consents,
    ConsentShown,
    ConsentWanted,
    ContactFields,
    ContactShown,
    CustomerChange,
    CustomerNamed,
    Customers,
    CustomerShown,
    CustomerWanted,
    FoundShown,
    Joined,
    Why,
)
from backend_bridge.central.customers import cards as card_numbers
from backend_bridge.central.customers.errors import named
from backend_bridge.central.customers.services import cards, consent, enrolling, finding
from backend_bridge.central.customers.services.results import CardTold, ConsentSaid, Contact, MemberTold
from backend_bridge.central.data_dir import DataDir

section = Section("customers", "Customers of the programme, as far as the company knows them.")


@section.get("/customers", scope="customers:read")
def list_customers(
    call: Call,
    *,
    text: Annotated[Text | None, Query(None, description="A part of name, e-mail, phone, username or number.")],
    group: Annotated[Id | None, Query(None, description="Only this group's members.")],
    cursor: Cursor,
    limit: Limit,
) -> Customers:
    """Whom the company knows, all or those who are searched for."""
    place = place_of(call, "customers", f"{text}\0{group}")
    found = finding.search(
        company=call.company, text=text or "", group=group or "", after=place.read(cursor), limit=limit
    )
    return Customers(items=[customer_shown(one) for one in found.members], next=place.write(found.after))


@section.ask("/customers/finding", scope="customers:read")
def find_customer(call: Call, named: CustomerNamed) -> FoundShown:
    """Find the customer of a username or a card, also one whom the company does not know yet."""
    if (named.username is None) == (named.card is None):
        raise broken("body", "one_of", "Name a username, or the number of a card.")
    if named.username is not None:
        told = finding.find_by_username(company=call.company, username=named.username)
    else:
        told = finding.find_by_card(company=call.company, card=_token(str(named.card), "card"))
    if told is None:
        return FoundShown(found=False)
    return FoundShown(
        found=True,
        customer=told.member if told.known else None,
        username=told.username,
        known=told.known,
        display_name=told.display_name,
        card=told.card if told.known else "",
        card_status=told.card_status,
    )


@section.post("/customers", scope="customers:write")
def enrol_customer(call: Call, wanted: CustomerWanted) -> CustomerShown:
    """Add a customer to the programme, whom the company knows from then on."""
    told = enrolling.enrol(
        company=call.company,
        username=wanted.username,
        contact=contact_of(wanted.contact),
        consents=[said_of(one) for one in wanted.consents],
        card="" if wanted.card is None else _token(wanted.card.number, "card.number"),
        family="other" if wanted.card is None else wanted.card.family,
        number=wanted.number,
        origin=wanted.origin,
        source=wanted.source,
        by=call.caller.by,
        at=call.at,
    )
    return customer_shown(told)


@section.post("/customers/joining", scope="customers:write", status=200)
def join_customer(call: Call, joined: Joined) -> CustomerShown:
    """Get to know a customer of the programme by their username, which they have told you."""
    told = finding.find_by_username(company=call.company, username=joined.username)
    if told is None:
        raise broken("body.username", "unknown", "There is no such customer.")
    shown = enrolling.join(company=call.company, member=told.member, origin=joined.origin, at=call.at)
    return customer_shown(shown)


@section.get("/customers/{customer}", scope="customers:read")
def read_customer(call: Call, customer: PathHex) -> CustomerShown:
    """One customer of the company."""
    return customer_shown(finding.member(company=call.company, member=customer))


@section.patch("/customers/{customer}", scope="customers:write")
def change_customer(call: Call, customer: PathHex, change: CustomerChange) -> CustomerShown:
    """Replace the contact data that the company has, or its number. Other companies' data stay as they are."""
    told = finding.member(company=call.company, member=customer)
    contact = told.contact if change.contact is None else contact_of(change.contact)
    changed = enrolling.change_contact(
        company=call.company, member=customer, contact=contact, number=change.number, at=call.at
    )
    return customer_shown(changed)


@section.get("/customers/{customer}/consents", scope="customers:read")
def list_consents(call: Call, customer: PathHex) -> Consents:
    """All that the customer ever said about being written to."""
    rows = consent.history(company=call.company, member=customer)
    return Consents(items=[ConsentShown(**msgspec.structs.asdict(one)) for one in rows])


@section.post("/customers/{customer}/consents", scope="customers:write")
def record_consent(call: Call, customer: PathHex, said: ConsentWanted) -> CustomerShown:
    """Add what the customer said. Nothing that was said before is overwritten."""
    consent.record(company=call.company, member=customer, said=said_of(said), by=call.caller.by, at=call.at)
    return customer_shown(finding.member(company=call.company, member=customer))


@section.post("/customers/{customer}/cards", scope="customers:write")
def issue_card(call: Call, customer: PathHex, card: CardWanted) -> CardShown:
    """Give a customer one more card; all cards are on one account."""
    told = cards.issue_card(
        company=call.company,
        member=customer,
        card=_token(card.number, "number"),
        family=card.family,
        by=call.caller.by,
        at=call.at,
    )
    return card_shown(told)


@section.post("/cards/{card}/blocking", scope="customers:write", status=200)
def block_card(call: Call, card: CardPath, why: Why) -> CardChanged:
    """Block a card that was lost; terminals learn it at once, or when they are back."""
    done = cards.block_card(company=call.company, card=card, reason=why.reason, by=call.caller.by, at=call.at)
    return CardChanged(card=card, changed=done)


@section.post("/cards/{card}/unblocking", scope="customers:write", status=200)
def unblock_card(call: Call, card: CardPath) -> CardChanged:
    """Let a card be used again that was found; only who blocked it can."""
    done = cards.unblock_card(company=call.company, card=card, by=call.caller.by, at=call.at)
    return CardChanged(card=card, changed=done)


@section.post("/cards/{card}/replacement", scope="customers:write")
def replace_card(call: Call, card: CardPath, new: CardWanted) -> CardShown:
    """Block a card for good and give its customer another one; the account stays."""
    told = cards.replace_card(
        company=call.company,
        old=card,
        new=_token(new.number, "number"),
        family=new.family,
        by=call.caller.by,
        at=call.at,
    )
    return card_shown(told)


def contact_of(fields: ContactFields) -> Contact:
    """The service's contact data."""
    return Contact(**fields.model_dump())


def said_of(wanted: ConsentWanted) -> ConsentSaid:
    """The service's consent."""
    return ConsentSaid(**wanted.model_dump())


def customer_shown(told: MemberTold) -> CustomerShown:
    """A customer as the API shows them."""
    plain = msgspec.structs.asdict(told)
    plain |= {
        "customer": plain.pop("member"),
        "contact": ContactShown(**msgspec.structs.asdict(told.contact)),
        "cards": [card_shown(one) for one in told.cards],
        "groups": list(told.groups),
        "consent": list(told.consent),
    }
    return CustomerShown(**plain)


def card_shown(told: CardTold) -> CardShown:
    """A card as the API shows it."""
    return CardShown(**msgspec.structs.asdict(told))


def _token(number: str, field: str) -> str:
    """The pseudonym of a card's number; raises `BadValue`."""
    with named(field):
        return card_numbers.token_of(number, DataDir(settings.DATA).cards_key())
