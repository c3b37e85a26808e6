"""What is no longer needed is deleted. The ledger keeps what it keeps; this is about telling of it."""

from __future__ import annotations

import datetime as dt

from backend_bridge.central.api.models import GivenAnswer
from backend_bridge.central.api.webhooks.models import Delivery, WebhookEvent

#: How long what was sent can be looked up and sent again.
KEEP_EVENTS = dt.timedelta(days=30)
#: How long an answer is repeated word for word. Afterwards the books still know the key.
KEEP_ANSWERS = dt.timedelta(days=90)


def sweep(*, at: dt.datetime) -> None:
    """Delete what is older than it is kept; what waits to be sent is never deleted."""
    old = Delivery.objects.filter(event__made_at__lt=at - KEEP_EVENTS)
    old.exclude(state=Delivery.State.WAITING).delete()
    WebhookEvent.objects.filter(made_at__lt=at - KEEP_EVENTS, delivery=None).delete()
    GivenAnswer.objects.filter(at__lt=at - KEEP_ANSWERS).delete()
