"""Cards at the counter of a company: several on one account; blocked and replaced where one is lost (D2).

A card and its account belong to the programme. A company handles the cards of those whom it knows, and
what it did is kept. A card that another company or the operator blocked it cannot unblock.
"""

from __future__ import annotations

import datetime as dt
import re

from django.db.models import Q

from backend_bridge.central.customers import cards
from backend_bridge.central.customers.contact import one_line
from backend_bridge.central.customers.errors import AlreadyDone, BadValue, NotKnown, Taken, named
from backend_bridge.central.customers.families import FAMILIES
from backend_bridge.central.customers.knowing import membership_of
from backend_bridge.central.customers.models import Card, CardEvent
from backend_bridge.central.customers.services.results import CardTold
from backend_bridge.central.customers.services.telling import card_told

_TOKEN = re.compile(r"[0-9a-f]{32}")


def issue_card(*, company: str, member: str, card: str, family: str, by: str, at: dt.datetime) -> CardTold:
    """Give a customer one more card, by its pseudonym; raises `NotKnown`, `BadValue` and `Taken`."""
    _check(card, family)
    row = membership_of(company=company, member=member)
    return card_told(cards.issue(card, customer=row.customer, family=family, at=at, by=by, company=company))


def block_card(*, company: str, card: str, reason: str = "", by: str, at: dt.datetime) -> bool:
    """Block a card; whether it was active until now. Raises `NotKnown`."""
    the_card(company, card)
    return cards.block(card, at=at, by=by, company=company, reason=one_line("reason", reason, 200))


def unblock_card(*, company: str, card: str, by: str, at: dt.datetime) -> bool:
    """Let a card that was found be used again; whether it was blocked until now.

    Raises `NotKnown`, and `AlreadyDone` for one that was replaced, or blocked by somebody else.
    """
    row = the_card(company, card)
    if row.status == Card.Status.ACTIVE:
        return False
    if row.replaced_by_id is not None:
        raise AlreadyDone("card", "replaced", "this card was replaced: it stays blocked")
    last = CardEvent.objects.filter(card=row, what=CardEvent.What.BLOCKED).order_by("-pk").first()
    if last is None or last.company_id != company:
        raise AlreadyDone("card", "blocked_by_another", "this card was not blocked here: ask the operator")
    return cards.unblock(card, at=at, by=by, company=company)


def replace_card(*, company: str, old: str, new: str, family: str = "", by: str, at: dt.datetime) -> CardTold:
    """Block `old` for good and give its customer `new`; the account stays. Repeating it is harmless.

    Raises `NotKnown`, `BadValue`, `Taken`, and `AlreadyDone` where another card has taken its place.
    """
    row = the_card(company, old)
    if row.replaced_by_id == new:
        return card_told(Card.objects.get(pk=new))
    if row.replaced_by_id is not None:
        raise AlreadyDone("old", "replaced", "this card was replaced before: replace the newer one")
    _check(new, family or row.family, field="new")
    with named("old", rule="replaced"):
        return card_told(cards.replace(row, new, family=family or row.family, at=at, by=by, company=company))


def the_card(company: str, card: str) -> Card:
    """A card of somebody whom the company knows; raises `NotKnown`."""
    knows = Q(customer__membership__company=company, customer__membership__ended_at=None)
    row = Card.objects.select_related("customer").filter(knows, pk=card).first()
    if row is None:
        raise NotKnown("card", "known", "this company knows no such card")
    return row


def _check(card: str, family: str, *, field: str = "card") -> None:
    if not _TOKEN.fullmatch(card):
        raise BadValue(field, "format", "a card's pseudonym: 32 hex digits")
    if family not in FAMILIES:
        raise BadValue("family", "choice", f"one of {', '.join(FAMILIES)}")
    if Card.objects.filter(pk=card).exists():
        raise Taken(field, "unique", "this card has been issued already")
