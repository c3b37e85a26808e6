"""The background work of webhooks, in the serving process."""

from __future__ import annotations

import datetime as dt
import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from django.db import DatabaseError, connection
from django.utils import timezone

from backend_bridge.central.api.webhooks import delivering
from backend_bridge.central.api.webhooks.addresses import private_allowed
from backend_bridge.central.api.webhooks.housekeeping import sweep
from backend_bridge.central.api.webhooks.key import webhook_key
from backend_bridge.central.api.webhooks.models import Delivery
from backend_bridge.central.api.webhooks.outbox import BATCH, Outbox
from backend_bridge.central.api.webhooks.sending import Sender

log = logging.getLogger(__name__)

PAUSE_S = 1.0
#: So many receivers can hang at the same time before others wait for them.
SENDERS = 8
SWEEP_EVERY = dt.timedelta(hours=1)


def installed() -> WebhookService:
    """The service of this installation; raises `DataDirError`."""
    return WebhookService(key=webhook_key(), sender=Sender(private=private_allowed()))


class WebhookService:
    """Reads the ledger on and sends, until it is stopped."""

    def __init__(
        self,
        *,
        key: bytes,
        sender: Sender,
        pause_s: float = PAUSE_S,
        clock: Callable[[], dt.datetime] = timezone.now,
    ) -> None:
        self._key = key
        self._sender = sender
        self._pause_s = pause_s
        self._clock = clock
        self._outbox = Outbox()
        self._stop = threading.Event()
        self._in_flight: set[int] = set()
        self._swept_at: dt.datetime | None = None
        self._pool = ThreadPoolExecutor(SENDERS, thread_name_prefix="webhook")
        self._thread = threading.Thread(target=self._run, name="webhooks", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End; what is being sent gets as long as a receiver may take."""
        self._stop.set()
        self._thread.join(5)
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _run(self) -> None:
        try:
            while not self._stop.is_set():
                pause = self._pause_s
                try:
                    pause = 0 if self.turn() >= BATCH else pause
                except DatabaseError as error:
                    log.warning("webhooks: the database does not answer (%s); trying again", type(error).__name__)
                    connection.close()
                self._stop.wait(pause)
        finally:
            connection.close()

    def turn(self) -> int:
        """Read on once and hand out what is due; how many causes were new."""
        at = self._clock()
        count = self._outbox.read_on(at=at)
        for delivery in delivering.due(at=at):
            # While one is sent its lease has it; this is for the moment before it is claimed.
            if delivery.pk not in self._in_flight:
                self._in_flight.add(delivery.pk)
                self._pool.submit(self._send, delivery)
        if self._swept_at is None or at - self._swept_at >= SWEEP_EVERY:
            sweep(at=at)
            self._swept_at = at
        return count

    def _send(self, delivery: Delivery) -> None:
        try:
            claimed = delivering.claim(delivery, key=self._key, at=self._clock())
            if claimed is not None:
                outcome = delivering.send(claimed, self._sender)
                delivering.settle(claimed, outcome, at=self._clock())
        except DatabaseError as error:
            log.warning("webhooks: delivery %s was not written down (%s)", delivery, type(error).__name__)
        finally:
            self._in_flight.discard(delivery.pk)
            connection.close()
