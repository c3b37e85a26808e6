"""Consent per channel (V21): recorded with its origin, never overwritten. What was said last holds."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence

from django.db.models import OuterRef, QuerySet, Subquery

from backend_bridge.central.customers.contact import one_line
from backend_bridge.central.customers.errors import BadValue
from backend_bridge.central.customers.knowing import known_to, membership_of
from backend_bridge.central.customers.models import Channel, Consent, ConsentOrigin, Membership
from backend_bridge.central.customers.services.results import ConsentSaid, ConsentTold


def record(*, company: str, member: str, said: ConsentSaid, by: str, at: dt.datetime) -> None:
    """Add to the history what a customer said at `at`; raises `NotKnown` and `BadValue`."""
    checked = check(said)
    row = membership_of(company=company, member=member)
    Consent.objects.create(membership=row, **_columns(checked), by=by, at=at)


def check(said: ConsentSaid) -> ConsentSaid:
    """`said` itself, tidied; raises `BadValue` for a channel or an origin that is not, and for no source."""
    if said.channel not in Channel.values:
        raise BadValue("channel", "choice", f"one of {', '.join(Channel.values)}")
    if said.origin not in ConsentOrigin.values:
        raise BadValue("origin", "choice", f"one of {', '.join(ConsentOrigin.values)}")
    source = one_line("source", said.source, 120)
    if said.origin == ConsentOrigin.IMPORTED_LIST and not source:
        raise BadValue("source", "required", "which list it came with")
    return ConsentSaid(channel=said.channel, given=said.given, origin=said.origin, source=source)


def history(*, company: str, member: str) -> tuple[ConsentTold, ...]:
    """All that was ever said to `company`, the newest first; raises `NotKnown`."""
    rows = Consent.objects.filter(membership=membership_of(company=company, member=member)).order_by("-at", "-pk")
    return tuple(
        ConsentTold(channel=row.channel, given=row.given, origin=row.origin, source=row.source, by=row.by, at=row.at)
        for row in rows
    )


def current(memberships: Sequence[int]) -> dict[int, set[str]]:
    """The channels on which each membership may be written to; those with none are not named."""
    newest: dict[tuple[int, str], bool] = {}
    rows = Consent.objects.filter(membership__in=memberships).order_by("at", "pk")
    for membership, channel, given in rows.values_list("membership", "channel", "given"):
        newest[membership, channel] = given
    allowed: dict[int, set[str]] = defaultdict(set)
    for (membership, channel), given in newest.items():
        if given:
            allowed[membership].add(channel)
    return dict(allowed)


def reachable(*, company: str, channel: str) -> QuerySet[Membership]:
    """Whom `company` may write to on `channel` now: the recipients that a campaign chooses from."""
    said = Consent.objects.filter(membership=OuterRef("pk"), channel=channel).order_by("-at", "-pk")
    return known_to(company).annotate(allowed=Subquery(said.values("given")[:1])).filter(allowed=True)


def _columns(said: ConsentSaid) -> dict[str, object]:
    return {"channel": said.channel, "given": said.given, "origin": said.origin, "source": said.source}
