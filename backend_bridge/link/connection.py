"""A connection to the broker that comes back for ever: the part that both ends share.

Decides when it is tried again, and that the MQTT library's memory ends with each connection: a new
library client is made for every attempt. paho would keep unacknowledged messages in memory and
repeat them out of order after a reconnection; here repeating is the owner's business, who knows what
was applied. How one connection is made is in `attempt`; contents are decided by the two ends.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable

import paho.mqtt.client as mqtt
from paho.mqtt.enums import MQTTErrorCode

from backend_bridge.link.attempt import Attempt, message_number
from backend_bridge.link.backoff import Backoff
from backend_bridge.link.errors import LinkMisused
from backend_bridge.link.settings import LinkSettings, client_context
from backend_bridge.link.terms import Listener, Publication, Received, Terms

_log = logging.getLogger(__name__)

#: A connection that held this long ends the backing off. Two devices that push each other out with
#: copies of one certificate never get there, and so do it less and less often.
STABLE_S = 5.0


class Connection:
    """See the module. `start` once, `stop` once."""

    def __init__(
        self,
        settings: LinkSettings,
        *,
        terms: Terms,
        listener: Listener,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._settings = settings
        self._terms = terms
        self._listener = listener
        self._backoff = Backoff(chance)
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._generation = 0
        self._live: tuple[mqtt.Client, int] | None = None

    @property
    def up(self) -> bool:
        """`publish` is possible at this moment."""
        return self._live is not None

    def start(self) -> None:
        """Begin to connect, for ever. Raises `LinkSettingsError` where the certificate cannot be used."""
        if self._thread is not None:
            raise LinkMisused("a connection is started once")
        client_context(self._settings)
        self._thread = threading.Thread(target=self._run, name=f"link-{self._settings.name}", daemon=True)
        self._thread.start()

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> int | None:
        """Give the broker a message; its number for `published`, or None (and nothing is kept) when that
        is not possible now: the connection is down, or too much is unacknowledged."""
        live = self._live
        if live is None:
            return None
        client, generation = live
        info = client.publish(topic, payload, qos=1, retain=retain)
        return message_number(generation, info.mid) if info.rc == MQTTErrorCode.MQTT_ERR_SUCCESS else None

    def stop(self, *, farewell: Publication | None = None, within_s: float = 1.5) -> None:
        """End within about `within_s`. A connection that is up publishes `farewell` and leaves in order;
        the listener hears nothing more."""
        deadline = time.monotonic() + within_s
        self._stopping.set()  # before taking the connection, so that one that comes up now ends itself
        live, self._live = self._live, None
        if live is not None:
            client, _ = live
            if farewell is not None:
                _publish_and_wait(client, farewell, timeout_s=within_s * 2 / 3)
            client.disconnect()
        if self._thread is not None and self._thread is not threading.current_thread():
            # A thread that still waits for the network ends by itself, and tells nobody.
            self._thread.join(max(0.0, deadline - time.monotonic()))

    # --- what an attempt tells, in the connection's thread ---------------------------------------

    def came_up(self, client: mqtt.Client) -> None:
        """The broker has confirmed all subscriptions."""
        self._live = (client, self._generation)
        if self._stopping.is_set():
            self._live = None
            client.disconnect()
        else:
            _log.info("%s: connected to %s:%d", self._settings.name, self._settings.host, self._settings.port)
            self._listener.connected()

    def went_down(self, reason: str) -> None:
        """What came up has ended."""
        self._live = None
        if not self._stopping.is_set():
            self._listener.lost(reason)

    def received(self, message: Received) -> None:
        """A message came."""
        if not self._stopping.is_set():
            self._listener.received(message)

    def published(self, number: int, *, accepted: bool) -> None:
        """The broker has answered one of ours."""
        self._listener.published(number, accepted=accepted)

    @property
    def stopping(self) -> bool:
        """`stop` was called."""
        return self._stopping.is_set()

    def _run(self) -> None:
        while not self._stopping.is_set():
            began = time.monotonic()
            self._generation += 1
            reason = Attempt(self._settings, terms=self._terms, owner=self, generation=self._generation).run()
            if time.monotonic() - began >= STABLE_S:
                self._backoff.reset()
            wait_s = self._backoff.next_s()
            if not self._stopping.is_set():
                _log.info("%s: not connected (%s); next attempt in %.1f s", self._settings.name, reason, wait_s)
            self._stopping.wait(wait_s)


def _publish_and_wait(client: mqtt.Client, publication: Publication, *, timeout_s: float) -> None:
    """The broker has confirmed `publication`, or time is up. Leaving at once could lose it: closing a
    socket that has unread bytes makes the other side throw away what it has not read."""
    try:
        info = client.publish(publication.topic, publication.payload, qos=1, retain=True)
        info.wait_for_publish(timeout_s)
    except (RuntimeError, ValueError):
        _log.info("the connection ended before the farewell")
