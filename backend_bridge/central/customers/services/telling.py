"""Memberships as their company is told of them: a few queries, however many there are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from backend_bridge.central.customers.models import Card, GroupMember, Membership
from backend_bridge.central.customers.services import consent
from backend_bridge.central.customers.services.results import CardTold, Contact, MemberTold


def tell(memberships: Iterable[Membership]) -> list[MemberTold]:
    """All that the memberships' companies know, in the order of `memberships`."""
    rows = list(memberships)
    allowed = consent.current([row.pk for row in rows])
    cards, groups = _cards(rows), _groups(rows)
    return [
        MemberTold(
            member=row.customer_id,
            username=row.customer.username,
            standing=row.customer.standing,
            since=row.since,
            origin=row.origin,
            source=row.source,
            number=row.number,
            contact=contact_of(row),
            groups=tuple(groups[row.pk]),
            consent=tuple(sorted(allowed.get(row.pk, ()))),
            cards=tuple(cards[row.customer_id]),
        )
        for row in rows
    ]


def contact_of(row: Membership) -> Contact:
    """The contact data of a membership."""
    return Contact(**{field: getattr(row, field) for field in Contact.__struct_fields__})


def card_told(card: Card) -> CardTold:
    """A card as companies are told of it."""
    return CardTold(
        card=card.pk,
        family=card.family,
        trust=card.trust,
        status=card.status,
        replaced=card.replaced_by_id is not None,
    )


def _cards(rows: list[Membership]) -> dict[str, list[CardTold]]:
    told: dict[str, list[CardTold]] = defaultdict(list)
    for card in Card.objects.filter(customer__in=[row.customer_id for row in rows]).order_by("pk"):
        told[card.customer_id].append(card_told(card))
    return told


def _groups(rows: list[Membership]) -> dict[int, list[str]]:
    told: dict[int, list[str]] = defaultdict(list)
    found = GroupMember.objects.filter(membership__in=rows).order_by("group__slug")
    for membership, slug in found.values_list("membership", "group__slug"):
        told[membership].append(slug)
    return told
