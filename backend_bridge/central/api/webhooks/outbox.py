"""Makes deliveries of what is new in the ledger.

Causes are read by their numbers. On PostgreSQL a lower number can be committed after a higher one, and
some numbers never are: a number that is missing is looked for until no transaction can be that old.
An event that was made before is not made again, so that reading twice does no harm.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db import transaction
from django.db.models import Max

from backend_bridge.central.api.webhooks.events import events_of
from backend_bridge.central.api.webhooks.models import Delivery, OutboxMark, Webhook, WebhookEvent
from backend_bridge.central.ledger.models import Cause

#: Longer than any transaction lasts.
MISSING_FOR = dt.timedelta(minutes=2)
BATCH = 500


class Outbox:
    """Reads the ledger on. One of them works at a time: the mark's row is locked."""

    def __init__(self) -> None:
        self._top = 0
        self._missing: dict[int, dt.datetime] = {}

    @transaction.atomic
    def read_on(self, *, at: dt.datetime) -> int:
        """Make deliveries of up to `BATCH` new causes; how many causes there were."""
        begin()
        mark = OutboxMark.objects.select_for_update().get(pk=1)
        self._top = max(self._top, mark.through)
        new = list(Cause.objects.filter(pk__gt=self._top).order_by("pk").values_list("pk", flat=True)[:BATCH])
        late = list(Cause.objects.filter(pk__in=list(self._missing)).values_list("pk", flat=True))
        self._note_missing(new, at)
        for one in late:
            del self._missing[one]
        _deliver([*late, *new], at=at)
        OutboxMark.objects.filter(pk=mark.pk).update(through=self._settled())
        return len(new) + len(late)

    def _note_missing(self, new: list[int], at: dt.datetime) -> None:
        for number in new:
            self._missing.update(dict.fromkeys(range(self._top + 1, number), at + MISSING_FOR))
            self._top = number
        self._missing = {number: until for number, until in self._missing.items() if at < until}

    def _settled(self) -> int:
        """The number up to which nothing is looked for any more: where another reader begins."""
        return min(self._missing, default=self._top + 1) - 1


def begin() -> None:
    """From now on the ledger is read; what was before the first time is not told."""
    if not OutboxMark.objects.exists():
        last = Cause.objects.aggregate(last=Max("pk"))["last"] or 0
        OutboxMark.objects.bulk_create([OutboxMark(pk=1, through=last)], ignore_conflicts=True)


def _deliver(numbers: Iterable[int], *, at: dt.datetime) -> None:
    wanted = _wanted()
    causes = Cause.objects.filter(pk__in=list(numbers), company__in=list(wanted)).order_by("pk") if wanted else ()
    types = {kind for webhooks in wanted.values() for webhook in webhooks for kind in webhook.events}
    for event in events_of(causes, types):
        told = [webhook for webhook in wanted[event.company_id] if event.type in webhook.events]
        if told and not WebhookEvent.objects.filter(pk=event.pk).exists():
            keep(event, told, at=at)


def keep(event: WebhookEvent, told: Iterable[Webhook], *, at: dt.datetime) -> None:
    """Keep `event` with a delivery to each of `told`, in a transaction that the caller has begun."""
    event.made_at = at
    event.save(force_insert=True)
    for webhook in told:
        row = Webhook.objects.select_for_update().get(pk=webhook.pk)
        Delivery.objects.create(webhook=row, sequence=row.next_sequence, event=event, next_at=at)
        row.next_sequence += 1
        row.save(update_fields=["next_sequence"])


def _wanted() -> dict[str, list[Webhook]]:
    wanted: dict[str, list[Webhook]] = {}
    for webhook in Webhook.objects.filter(active=True).order_by("pk"):
        wanted.setdefault(webhook.company_id, []).append(webhook)
    return wanted
