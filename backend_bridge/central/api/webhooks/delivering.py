"""Which delivery goes out when, and what its outcome means.

Deliveries of one webhook go out in order, one at a time: one that fails holds back the ones after it
until it is delivered, discarded by hand, or given up after `GIVE_UP_AFTER`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

import msgspec
from django.db.models import F, OuterRef, Subquery

from backend_bridge.central.api.webhooks import signing
from backend_bridge.central.api.webhooks.models import Delivery, Webhook
from backend_bridge.central.api.webhooks.sending import Outcome, Sender
from backend_bridge.central.instants import to_ms

FIRST_RETRY, LONGEST_RETRY = dt.timedelta(seconds=10), dt.timedelta(hours=6)
GIVE_UP_AFTER = dt.timedelta(days=3)
#: Who sends a delivery has it for so long; nobody else takes it meanwhile.
LEASE = dt.timedelta(minutes=1)
_USER_AGENT = "Tapbon"


class Claimed(msgspec.Struct, frozen=True):
    """A delivery that this process sends now."""

    delivery: Delivery
    body: bytes
    headers: dict[str, str]


def due(*, at: dt.datetime) -> list[Delivery]:
    """The next delivery of each webhook, where its time has come."""
    first = Delivery.objects.filter(webhook=OuterRef("pk"), state=Delivery.State.WAITING).order_by("sequence")
    heads = Webhook.objects.filter(active=True).annotate(head=Subquery(first.values("pk")[:1])).values("head")
    found = Delivery.objects.filter(pk__in=heads, next_at__lte=at)
    return list(found.select_related("webhook", "event").order_by("next_at"))


def claim(delivery: Delivery, *, key: bytes, at: dt.datetime) -> Claimed | None:
    """Take `delivery` to send it now; None where somebody else has it. `key` makes the secrets."""
    mine = Delivery.objects.filter(pk=delivery.pk, state=Delivery.State.WAITING, next_at=delivery.next_at)
    since = delivery.since or at
    if not mine.update(next_at=at + LEASE, attempts=F("attempts") + 1, since=since, last_at=at):
        return None
    delivery.refresh_from_db()
    event, webhook = delivery.event, delivery.webhook
    body = msgspec.json.encode(
        {
            "id": event.pk,
            "type": event.type,
            "sequence": delivery.sequence,
            "company": event.company_id,
            "happened_at": event.happened_at,
            "data": msgspec.Raw(event.data.encode()),
        }
    )
    sent_s = to_ms(at) // 1000
    headers = {
        "Content-Type": "application/json",
        "User-Agent": _USER_AGENT,
        "webhook-id": event.pk,
        "webhook-timestamp": str(sent_s),
        "webhook-signature": signing.signature(event.pk, sent_s, body, secrets=secrets_of(webhook, key=key, at=at)),
    }
    return Claimed(delivery, body, headers)


def send(claimed: Claimed, sender: Sender) -> Outcome:
    """Send it; touches no database."""
    return sender.send(claimed.delivery.webhook.url, claimed.body, claimed.headers)


def settle(claimed: Claimed, outcome: Outcome, *, at: dt.datetime) -> None:
    """Write down what came of it. What somebody decided by hand meanwhile stands."""
    row = claimed.delivery
    mine = Delivery.objects.filter(pk=row.pk, state=Delivery.State.WAITING, attempts=row.attempts)
    if outcome.delivered:
        mine.update(state=Delivery.State.DELIVERED, last_result=outcome.result)
        return
    given_up = row.since is not None and at - row.since >= GIVE_UP_AFTER
    state = Delivery.State.DEAD if given_up else Delivery.State.WAITING
    mine.update(state=state, last_result=outcome.result, next_at=at + retry_after(row.attempts))
    if outcome.gone:
        Webhook.objects.filter(pk=row.webhook_id).update(active=False, why_inactive="gone")


def retry_after(attempts: int) -> dt.timedelta:
    """How long to wait after so many attempts: 10 s, doubled each time, at most 6 h."""
    doubled: int = 2 ** min(max(attempts - 1, 0), 20)
    return min(LONGEST_RETRY, FIRST_RETRY * doubled)


def secrets_of(webhook: Webhook, *, key: bytes, at: dt.datetime) -> Iterable[bytes]:
    """The secrets that count at `at`, the newest first."""
    numbers = [webhook.secret_number]
    if webhook.old_secret_until is not None and at < webhook.old_secret_until:
        numbers.append(webhook.secret_number - 1)
    return [signing.secret_of(webhook.pk, number, key=key) for number in numbers]
