"""New customers, companies that come to know them, and what a company writes down about them."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from django.db import IntegrityError, transaction

from backend_bridge.central.customers import cards
from backend_bridge.central.customers.contact import one_line, tidy
from backend_bridge.central.customers.errors import BadValue, NotKnown, Taken, named
from backend_bridge.central.customers.knowing import known_to, membership_of
from backend_bridge.central.customers.models import Customer, Membership, MembershipNote, MembershipOrigin
from backend_bridge.central.customers.services import consent, finding
from backend_bridge.central.customers.services.results import ConsentSaid, Contact, MemberTold, NoteTold
from backend_bridge.central.customers.usernames import generated, skeleton, skeleton_of_column, username_of
from backend_bridge.central.organisation.models import Company

Standing = Customer.Standing


@transaction.atomic
def enrol(
    *,
    company: str,
    username: str = "",
    contact: Contact | None = None,
    consents: Iterable[ConsentSaid] = (),
    card: str = "",
    family: str = "other",
    number: str = "",
    origin: str = MembershipOrigin.ENROLLED,
    source: str = "",
    standing: str = Standing.MEMBER,
    by: str,
    at: dt.datetime,
) -> MemberTold:
    """A new customer of the programme, known to `company`; a username is made where none is given.

    `card` is a card's pseudonym (`customers.cards.token_of`). Raises `BadValue`, `Taken`, `NotKnown`.
    """
    customer = new_customer(company=company, username=username, standing=standing, at=at)
    row = new_membership(
        customer, company=company, contact=contact or Contact(), number=number, origin=origin, source=source, at=at
    )
    for said in consents:
        consent.record(company=company, member=customer.pk, said=said, by=by, at=at)
    if card:
        with named("card", rule="taken"):
            cards.issue(card, customer=customer, family=family, at=at, by=by, company=company)
    return finding.member(company=company, member=row.customer_id)


def join(*, company: str, member: str, origin: str = MembershipOrigin.PAST_BUSINESS, at: dt.datetime) -> MemberTold:
    """From now on `company` knows `member`, who takes part in the programme already. What other companies
    know of them stays there. Raises `NotKnown`."""
    customer = Customer.objects.filter(pk=member, merged_into=None, standing=Standing.MEMBER).first()
    known = known_to(company).filter(customer=member).exists()
    if customer is None and not known:
        raise NotKnown("member", "known", "there is no such customer")
    if not known:
        row = Membership(company_id=company, customer_id=member, since=at, origin=_origin(origin))
        Membership.objects.bulk_create([row], ignore_conflicts=True)
    return finding.member(company=company, member=member)


def change_contact(
    *, company: str, member: str, contact: Contact, number: str | None = None, at: dt.datetime
) -> MemberTold:
    """Replace the contact data that `company` has (and its number for them); raises `NotKnown`, `BadValue`,
    `Taken`. Another company's data about the same customer stays as it is."""
    tidied = tidy(contact, today=at.date())
    with transaction.atomic():
        row = membership_of(company=company, member=member, lock=True)
        for field in Contact.__struct_fields__:
            setattr(row, field, getattr(tidied, field))
        if number is not None:
            row.number = one_line("number", number, 64)
        _save_or_taken(row)
    return finding.member(company=company, member=member)


def change_username(*, member: str, username: str) -> str:
    """Give a customer another username; what it is now. The customer's own, or the operator's, to do.

    Raises `NotKnown`, `BadValue` and `Taken`.
    """
    name = free_username(username, but=member)
    with _taken_if_not_unique("username", "this username is taken"):
        if not Customer.objects.filter(pk=member, merged_into=None).update(username=name):
            raise NotKnown("member", "known", "there is no such customer")
    return name


def add_note(*, company: str, member: str, text: str, by: str, at: dt.datetime) -> None:
    """Write something down about a customer; raises `NotKnown` and `BadValue`."""
    text = text.strip()
    if not 1 <= len(text) <= 1000:
        raise BadValue("text", "length", "1 to 1000 characters")
    row = membership_of(company=company, member=member)
    MembershipNote.objects.create(membership=row, text=text, by=by, at=at)


def notes(*, company: str, member: str) -> tuple[NoteTold, ...]:
    """What the company's staff wrote down, the newest first; raises `NotKnown`."""
    rows = membership_of(company=company, member=member).notes.order_by("-at", "-pk")
    return tuple(NoteTold(text=row.text, by=row.by, at=row.at) for row in rows)


def free_username(typed: str, *, but: str = "") -> str:
    """The username in `typed`, if nobody (`but` aside) has it or one that reads alike.

    Raises `BadValue` and `Taken`.
    """
    with named("username"):
        name = username_of(typed)
    alike = Customer.objects.annotate(skeleton=skeleton_of_column("username")).filter(skeleton=skeleton(name))
    if alike.exclude(pk=but).exists():
        raise Taken("username", "unique", "this username is taken, or can be mistaken for one that is")
    return name


def new_customer(*, company: str, username: str, standing: str, at: dt.datetime) -> Customer:
    """A new account in the company's programme; raises `BadValue`, `Taken` and `NotKnown`."""
    owner = Company.objects.filter(pk=company).first()
    if owner is None:
        raise NotKnown("company", "known", "there is no such company")
    name = free_username(username) if username.strip() else generated()
    row = Customer(
        id=secrets.token_hex(16), programme_id=owner.programme_id, username=name, standing=standing, created_at=at
    )
    with _taken_if_not_unique("username", "this username is taken"):
        row.save(force_insert=True)
    return row


def new_membership(
    customer: Customer,
    *,
    company: str,
    contact: Contact,
    number: str = "",
    origin: str,
    source: str = "",
    at: dt.datetime,
) -> Membership:
    """`company` knows `customer` from now on, by this contact data; raises `BadValue` and `Taken`."""
    tidied = tidy(contact, today=at.date())
    row = Membership(
        customer=customer,
        company_id=company,
        since=at,
        origin=_origin(origin),
        source=one_line("source", source, 120),
        number=one_line("number", number, 64),
        **{field: getattr(tidied, field) for field in Contact.__struct_fields__},
    )
    _save_or_taken(row)
    return row


def _origin(origin: str) -> str:
    if origin not in MembershipOrigin.values:
        raise BadValue("origin", "choice", f"one of {', '.join(MembershipOrigin.values)}")
    return origin


def _save_or_taken(row: Membership) -> None:
    with _taken_if_not_unique("number", "another customer of this company has this number"):
        row.save()


@contextmanager
def _taken_if_not_unique(field: str, message: str) -> Iterator[None]:
    """Makes `Taken` of what the database refuses as a second one, and leaves the transaction usable."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError:
        raise Taken(field, "unique", message) from None
