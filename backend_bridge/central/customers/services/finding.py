"""Finding a customer: by card, by username, or among those whom a company knows.

By its whole username, and by a card that is at hand, every company finds every customer who takes part:
points can be registered to them (B8). It then learns the username, which it had or reads out to the
customer to confirm, and nothing else. Everything else is found only among those whom the company knows.
"""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db.models import Q

from backend_bridge.central.customers.knowing import known_to, membership_of
from backend_bridge.central.customers.models import Card, Customer, Membership
from backend_bridge.central.customers.services.results import Found, MemberTold, Page
from backend_bridge.central.customers.services.telling import tell
from backend_bridge.central.customers.usernames import username_of

LARGEST_PAGE = 200


def find_by_username(*, company: str, username: str) -> Found | None:
    """The customer of exactly this username (B8); None for nobody, also where it cannot be a username.

    Contacts, who have not joined, are found by the company that knows them only.
    """
    try:
        name = username_of(username)
    except ValidationError:
        return None
    customer = Customer.objects.filter(username=name, merged_into=None).first()
    return None if customer is None else _found(company, customer)


def find_by_card(*, company: str, card: str) -> Found | None:
    """Whose card this is, with the card's status; a blocked one is found too, so that it can be told."""
    row = Card.objects.select_related("customer").filter(pk=card).first()
    return None if row is None else _found(company, row.customer, card=row)


def member(*, company: str, member: str) -> MemberTold:
    """All that `company` knows of `member`; raises `NotKnown`."""
    [told] = tell([membership_of(company=company, member=member)])
    return told


def search(*, company: str, text: str = "", group: str = "", after: str = "", limit: int = 50) -> Page:
    """Whom the company knows by a part of name, e-mail, phone, username or number; all of them for no text.

    In the order of pseudonyms; `after` is the `after` of the page before.
    """
    rows = known_to(company).select_related("customer").filter(customer__gt=after)
    if group:
        rows = rows.filter(groups__slug=group, groups__company=company)
    if text.strip():
        rows = rows.filter(_matching(text.strip()))
    limit = max(1, min(limit, LARGEST_PAGE))
    found: list[Membership] = list(rows.order_by("customer")[: limit + 1])
    return Page(members=tuple(tell(found[:limit])), after=found[limit - 1].customer_id if len(found) > limit else "")


def _found(company: str, customer: Customer, *, card: Card | None = None) -> Found | None:
    membership = known_to(company).filter(customer=customer).first()
    if membership is None and customer.standing != Customer.Standing.MEMBER:
        return None
    return Found(
        member=customer.pk,
        username=customer.username,
        known=membership is not None,
        display_name="" if membership is None else membership.display_name,
        card="" if card is None else card.pk,
        card_status="" if card is None else card.status,
    )


def _matching(text: str) -> Q:
    wanted = Q(display_name__icontains=text) | Q(email__icontains=text.lower()) | Q(number=text)
    digits = "".join(one for one in text if one.isdecimal())
    if len(digits) >= 4:
        wanted |= Q(phone__contains=digits)
    return wanted | Q(customer__username__startswith=text.lower())
