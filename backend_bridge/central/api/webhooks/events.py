"""What is told: the types of events, and the events that a cause of the ledger makes."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from typing import Any

import msgspec

from backend_bridge.central.api.webhooks.models import WebhookEvent
from backend_bridge.central.ledger.models import Account, Cause, Transfer
from backend_bridge.central.vouchers.models import VoucherEvent

POINTS_CHANGED, VOUCHERS_CHANGED = "points.changed", "vouchers.changed"
RECEIPT_RECORDED, RECEIPT_REVERSED, PING = "receipt.recorded", "receipt.reversed", "ping"
#: Type, and what it tells.
TYPES: dict[str, str] = {
    POINTS_CHANGED: "Points of a customer changed at this company: awarded, given, spent, taken back, expired …",
    VOUCHERS_CHANGED: "Something was done with vouchers: issued, sold, registered, used, changed, cancelled, expired …",
    RECEIPT_RECORDED: "A receipt was recorded.",
    RECEIPT_REVERSED: "A receipt, or a part of it, was reversed.",
    PING: "Nothing happened: somebody tries the webhook.",
}
#: So many vouchers of one cause are named; how many there are is told besides.
MOST_NAMED = 100
_MEMBERS = (Account.Kind.MEMBER_MAIN, Account.Kind.MEMBER_ESCROW)
_INTERNAL = (Transfer.Kind.GRANTED, Transfer.Kind.RETURNED)
_RECEIPTS = {"sale_made": RECEIPT_RECORDED, "sale_reversed": RECEIPT_REVERSED}


class _ReceiptFacts(msgspec.Struct):
    """What is told of the act of a receipt; the rest of it is passed over."""

    receipt: str
    branch: str
    member: str | None = None


def event_id(*parts: str) -> str:
    """The id that follows from what an event is about."""
    return hashlib.blake2b("\0".join(parts).encode(), digest_size=16).hexdigest()


def events_of(causes: Iterable[Cause], types: Collection[str]) -> Iterator[WebhookEvent]:
    """The events of `types` that `causes`, each of a company, make, in their order. Nothing is saved here."""
    causes = list(causes)
    moved = _transfers(causes) if POINTS_CHANGED in types else {}
    changed = _voucher_events(causes) if VOUCHERS_CHANGED in types else {}
    for cause in causes:
        if _RECEIPTS.get(cause.kind) in types:
            yield _receipt(cause, _RECEIPTS[cause.kind])
        yield from _points(cause, moved.get(cause.pk, []))
        yield from _vouchers(cause, changed.get(cause.key, []))


def _transfers(causes: list[Cause]) -> dict[int, list[Transfer]]:
    moved: dict[int, list[Transfer]] = defaultdict(list)
    rows = Transfer.objects.filter(cause__in=causes).exclude(kind__in=_INTERNAL)
    for row in rows.select_related("debit", "credit").order_by("cause", "line"):
        moved[row.cause_id].append(row)
    return moved


def _voucher_events(causes: list[Cause]) -> dict[str, list[VoucherEvent]]:
    changed: dict[str, list[VoucherEvent]] = defaultdict(list)
    if not causes:
        return changed
    # The index is by company and day; a day before covers every time zone.
    since = min(cause.happened_at for cause in causes).date() - dt.timedelta(days=1)
    companies = {cause.company_id for cause in causes}
    keys = [cause.key for cause in causes]
    for row in VoucherEvent.objects.filter(company__in=companies, day__gte=since, cause__in=keys).order_by("pk"):
        changed[row.cause].append(row)
    return changed


def _points(cause: Cause, transfers: list[Transfer]) -> Iterator[WebhookEvent]:
    """One event for each customer and pool whose points the cause changed."""
    changes: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for row in transfers:
        for account, sign in ((row.debit, -1), (row.credit, 1)):
            if account.kind in _MEMBERS and account.member_id is not None:
                entry = {"kind": row.kind, "points": sign * row.amount, "lot": row.lot_id}
                changes[account.member_id, row.unit].append(entry)
    for (member, pool), entries in changes.items():
        points = sum(entry["points"] for entry in entries)
        data = {"customer": member, "pool": pool, "points": points, "entries": entries}
        yield _event(cause, POINTS_CHANGED, data, member, pool)


def _vouchers(cause: Cause, rows: list[VoucherEvent]) -> Iterator[WebhookEvent]:
    """One event for each thing that the cause did with vouchers, however many they were."""
    done: dict[str, list[VoucherEvent]] = defaultdict(list)
    for row in rows:
        done[row.what].append(row)
    for what, same in done.items():
        data = {
            "what": what,
            "count": len(same),
            "vouchers": [row.voucher_id for row in same[:MOST_NAMED]],
            "minor": sum(row.minor for row in same),
            "points": sum(row.points for row in same),
            "receipt": same[0].receipt,
        }
        yield _event(cause, VOUCHERS_CHANGED, data, what)


def _receipt(cause: Cause, kind: str) -> WebhookEvent:
    facts = msgspec.json.decode(cause.payload, type=_ReceiptFacts)
    return _event(cause, kind, {"receipt": facts.receipt, "branch": facts.branch, "customer": facts.member})


def _event(cause: Cause, kind: str, data: dict[str, Any], *about: str) -> WebhookEvent:
    return WebhookEvent(
        id=event_id(cause.key, kind, *about),
        company_id=str(cause.company_id),
        type=kind,
        data=msgspec.json.encode(data | {"reference": cause.key}).decode(),
        happened_at=cause.happened_at,
    )
