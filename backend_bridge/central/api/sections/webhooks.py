"""Webhooks: where a company's systems are told what happens."""

from __future__ import annotations

import datetime as dt
import secrets
from typing import Annotated, Literal

from ninja import Path, Query
from pydantic import Field, StringConstraints

from backend_bridge.central.api.calling import Call
from backend_bridge.central.api.endpoint import Section
from backend_bridge.central.api.fields import LARGEST, Cursor, Limit, PathHex, Shown, Wanted, Yes
from backend_bridge.central.api.paging import page
from backend_bridge.central.api.problems import broken, conflict, not_found
from backend_bridge.central.api.webhooks import addresses, outbox, signing
from backend_bridge.central.api.webhooks.events import PING, event_id
from backend_bridge.central.api.webhooks.key import webhook_key
from backend_bridge.central.api.webhooks.models import Delivery, Webhook, WebhookEvent

section = Section("webhooks", "Being told what happens, instead of asking again and again.")

#: More than that tell the same thing too often.
MOST = 20
EventType = Literal["points.changed", "vouchers.changed", "receipt.recorded", "receipt.reversed"]
Url = Annotated[str, StringConstraints(min_length=1, max_length=500)]
State = Literal["waiting", "delivered", "dead", "discarded"]
Sequence = Annotated[int, Field(ge=1, le=LARGEST), Path(...)]


class WebhookWanted(Wanted):
    """A new webhook."""

    url: Url = Field(description="An https address with a public name. Redirects are not followed.")
    events: list[EventType] = Field(min_length=1, max_length=50, description="Which types of events are told.")


class WebhookChange(Wanted):
    """What of a webhook changes; what is left out stays."""

    url: Url | None = None
    events: list[EventType] | None = Field(default=None, min_length=1, max_length=50)
    active: Yes | None = Field(default=None, description="`false`: nothing new is told; what waits goes on waiting.")


class WebhookShown(Shown):
    """A webhook. Its secret has an address of its own."""

    id: str
    url: str
    events: list[str]
    active: bool
    why_inactive: str = Field(description="`gone`: the receiver answered 410. Empty: it was switched off by hand.")
    waiting: int = Field(description="How many deliveries wait.")
    old_secret_until: dt.datetime | None = Field(description="Until then each delivery has two signatures.")
    created_at: dt.datetime


class WebhookList(Shown):
    """A page of webhooks."""

    items: list[WebhookShown]
    next: str | None = Field(description="The cursor of the next page.")


class Secret(Shown):
    """What deliveries are signed with (Standard Webhooks)."""

    secret: str


class DeliveryShown(Shown):
    """One event for one webhook."""

    sequence: int
    event: str
    type: str
    state: str
    attempts: int
    next_at: dt.datetime | None = Field(description="When it is tried next, where it waits.")
    last_at: dt.datetime | None
    last_result: str = Field(description="The HTTP status, or `timeout`, `no connection`, `tls`, `refused: …`.")


class Deliveries(Shown):
    """A page of deliveries, the newest first."""

    items: list[DeliveryShown]
    next: str | None = Field(description="The cursor of the next page.")


@section.get("/webhooks", scope="webhooks:manage")
def list_webhooks(call: Call, *, cursor: Cursor, limit: Limit) -> WebhookList:
    """The company's webhooks, by id."""
    rows = Webhook.objects.filter(company=call.company)
    found = page(call, rows, name="webhooks", order="id", cursor=cursor, limit=limit)
    return WebhookList(items=[_shown(row) for row in found.rows], next=found.next)


@section.post("/webhooks", scope="webhooks:manage")
def create_webhook(call: Call, wanted: WebhookWanted) -> WebhookShown:
    """Add a webhook. From now on every new event of these types is delivered to it, in order."""
    _check_address(wanted.url)
    if Webhook.objects.filter(company=call.company).count() >= MOST:
        raise conflict(f"A company has at most {MOST} webhooks.", reason="too-many")
    outbox.begin()
    row = Webhook.objects.create(
        id=secrets.token_hex(16),
        company=call.caller.company,
        client=call.caller.client,
        url=wanted.url,
        events=sorted({*wanted.events, PING}),
        created_at=call.at,
    )
    return _shown(row)


@section.get("/webhooks/{webhook}", scope="webhooks:manage")
def read_webhook(call: Call, webhook: PathHex) -> WebhookShown:
    """One webhook of the company."""
    return _shown(_of(call, webhook))


@section.patch("/webhooks/{webhook}", scope="webhooks:manage")
def change_webhook(call: Call, webhook: PathHex, change: WebhookChange) -> WebhookShown:
    """Change where a webhook is, what it is told, or switch it off and on."""
    row = _of(call, webhook, lock=True)
    if change.url is not None:
        _check_address(change.url)
        row.url = change.url
    if change.events is not None:
        row.events = sorted({*change.events, PING})
    if change.active is not None:
        row.active, row.why_inactive = change.active, ""
    row.save(update_fields=["url", "events", "active", "why_inactive"])
    return _shown(row)


@section.delete("/webhooks/{webhook}", scope="webhooks:manage")
def delete_webhook(call: Call, webhook: PathHex) -> None:
    """Remove a webhook, with whatever still waits for it."""
    _of(call, webhook, lock=True).delete()


@section.get("/webhooks/{webhook}/secret", scope="webhooks:manage")
def read_secret(call: Call, webhook: PathHex) -> Secret:
    """What the deliveries of this webhook are signed with."""
    row = _of(call, webhook)
    return Secret(secret=signing.shown(signing.secret_of(row.pk, row.secret_number, key=webhook_key())))


@section.post("/webhooks/{webhook}/secret", scope="webhooks:manage")
def rotate_secret(call: Call, webhook: PathHex) -> WebhookShown:
    """Make a new secret. For a day each delivery is signed with both, so that none is missed."""
    row = _of(call, webhook, lock=True)
    row.secret_number += 1
    row.old_secret_until = call.at + signing.OVERLAP
    row.save(update_fields=["secret_number", "old_secret_until"])
    return _shown(row)


@section.post("/webhooks/{webhook}/ping", scope="webhooks:manage")
def ping_webhook(call: Call, webhook: PathHex) -> DeliveryShown:
    """Send an event `ping`, to try the webhook. It goes out after what waits already."""
    row = _of(call, webhook, lock=True)
    event = WebhookEvent(
        id=event_id(call.cause, PING),
        company=call.caller.company,
        type=PING,
        data="{}",
        happened_at=call.at,
    )
    outbox.keep(event, [row], at=call.at)
    return _delivery(Delivery.objects.select_related("event").get(webhook=row, event=event))


@section.get("/webhooks/{webhook}/deliveries", scope="webhooks:manage")
def list_deliveries(
    call: Call,
    webhook: PathHex,
    *,
    state: Annotated[State | None, Query(None, description="Only deliveries in this state.")],
    cursor: Cursor,
    limit: Limit,
) -> Deliveries:
    """What was sent, what waits and what was given up. Kept for 30 days."""
    rows = Delivery.objects.select_related("event").filter(webhook=_of(call, webhook))
    if state is not None:
        rows = rows.filter(state=state)
    filters = f"{webhook}\0{state}"
    found = page(call, rows, name="deliveries", order="-sequence", cursor=cursor, limit=limit, filters=filters)
    return Deliveries(items=[_delivery(row) for row in found.rows], next=found.next)


@section.post("/webhooks/{webhook}/deliveries/{sequence}/redelivery", scope="webhooks:manage", status=200)
def redeliver(call: Call, webhook: PathHex, sequence: Sequence) -> DeliveryShown:
    """Send a delivery again, now, whatever became of it."""
    row = _of_webhook(call, webhook, sequence)
    row.state, row.attempts, row.since, row.next_at = Delivery.State.WAITING, 0, None, call.at
    row.save(update_fields=["state", "attempts", "since", "next_at"])
    return _delivery(row)


@section.post("/webhooks/{webhook}/deliveries/{sequence}/discard", scope="webhooks:manage", status=200)
def discard(call: Call, webhook: PathHex, sequence: Sequence) -> DeliveryShown:
    """Give a waiting delivery up, so that the ones after it go out."""
    row = _of_webhook(call, webhook, sequence)
    if row.state not in (Delivery.State.WAITING, Delivery.State.DISCARDED):
        raise conflict("This delivery does not wait.", reason="not-waiting")
    row.state = Delivery.State.DISCARDED
    row.save(update_fields=["state"])
    return _delivery(row)


def _of(call: Call, webhook: str, *, lock: bool = False) -> Webhook:
    rows = Webhook.objects.select_for_update() if lock else Webhook.objects
    row = rows.filter(pk=webhook, company=call.company).first()
    if row is None:
        raise not_found("webhook")
    return row


def _of_webhook(call: Call, webhook: str, sequence: int) -> Delivery:
    row = Delivery.objects.select_for_update(of=("self",)).select_related("event")
    found = row.filter(webhook=_of(call, webhook), sequence=sequence).first()
    if found is None:
        raise not_found("delivery")
    return found


def _check_address(url: str) -> None:
    try:
        addresses.target(url, private=addresses.private_allowed())
    except addresses.Refused as error:
        raise broken("body.url", error.rule, str(error)) from error


def _shown(row: Webhook) -> WebhookShown:
    return WebhookShown(
        id=row.pk,
        url=row.url,
        events=[one for one in row.events if one != PING],
        active=row.active,
        why_inactive=row.why_inactive,
        waiting=row.deliveries.filter(state=Delivery.State.WAITING).count(),
        old_secret_until=row.old_secret_until,
        created_at=row.created_at,
    )


def _delivery(row: Delivery) -> DeliveryShown:
    return DeliveryShown(
        sequence=row.sequence,
        event=row.event_id,
        type=row.event.type,
        state=row.state,
        attempts=row.attempts,
        next_at=row.next_at if row.state == Delivery.State.WAITING else None,
        last_at=row.last_at,
        last_result=row.last_result,
    )
