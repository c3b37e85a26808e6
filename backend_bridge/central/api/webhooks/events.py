"""What is told: the types of events, and the events that a cause of the ledger makes."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from backend_bridge.central.api.webhooks.models import WebhookEvent
from backend_bridge.central.ledger.models import Account, Cause, Transfer

POINTS_CHANGED, PING = "points.changed", "ping"
#: Type, and what it tells.
TYPES: dict[str, str] = {
    POINTS_CHANGED: "Points of a customer changed at this company: awarded, given, spent, taken back, expired …",
    PING: "Nothing happened: somebody tries the webhook.",
}
_MEMBERS = (Account.Kind.MEMBER_MAIN, Account.Kind.MEMBER_ESCROW)
_INTERNAL = (Transfer.Kind.GRANTED, Transfer.Kind.RETURNED)


def event_id(*parts: str) -> str:
    """The id that follows from what an event is about."""
    return hashlib.blake2b("\0".join(parts).encode(), digest_size=16).hexdigest()


def events_of(causes: Iterable[Cause]) -> Iterator[WebhookEvent]:
    """The events that `causes`, each of a company, make, in their order. Nothing is saved here."""
    causes = list(causes)
    moved: dict[int, list[Transfer]] = defaultdict(list)
    rows = Transfer.objects.filter(cause__in=causes).exclude(kind__in=_INTERNAL)
    for row in rows.select_related("debit", "credit").order_by("cause", "line"):
        moved[row.cause_id].append(row)
    for cause in causes:
        yield from _points(cause, moved[cause.pk])


def _points(cause: Cause, transfers: list[Transfer]) -> Iterator[WebhookEvent]:
    """One event for each customer and pool whose points the cause changed."""
    changes: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for row in transfers:
        for account, sign in ((row.debit, -1), (row.credit, 1)):
            if account.kind in _MEMBERS and account.member_id is not None:
                entry = {"kind": row.kind, "points": sign * row.amount, "lot": row.lot_id}
                changes[account.member_id, row.unit].append(entry)
    for (member, pool), entries in changes.items():
        data = {
            "customer": member,
            "pool": pool,
            "points": sum(entry["points"] for entry in entries),
            "entries": entries,
            "reference": cause.key,
        }
        yield _event(cause, POINTS_CHANGED, data, member, pool)


def _event(cause: Cause, kind: str, data: dict[str, Any], *about: str) -> WebhookEvent:
    return WebhookEvent(
        id=event_id(cause.key, kind, *about),
        company_id=str(cause.company_id),
        type=kind,
        data=msgspec.json.encode(data).decode(),
        happened_at=cause.happened_at,
    )
