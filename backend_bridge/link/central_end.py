"""The central system's end of the link: every terminal's messages to the desk, several in a turn.

Decides when a message counts as taken: it is acknowledged to the broker, and what the desk answers leaves, only
after the desk has returned, which means committed. Until then the broker keeps it. When too many wait, no more
are read from the network until there is a place; nothing is dropped. A turn is what waits just then, of each
terminal in turn (`inbox`), up to a bound; what happens when the desk fails is decided in `taking`.

What the desk wants sent is sent at least once while this process lives: what the broker had not
confirmed when a connection ended is published again on the next one.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections import deque
from collections.abc import Callable

from backend_bridge.link.connection import Connection
from backend_bridge.link.errors import LinkMisused
from backend_bridge.link.inbox import Inbox
from backend_bridge.link.outgoing import DeskPort, Outgoing
from backend_bridge.link.settings import CENTRAL, LinkSettings
from backend_bridge.link.taking import RETRY_DELAYS_S, CentralCounts, Taking
from backend_bridge.link.terms import Received, Terms
from loyalty.wire import topics

_log = logging.getLogger(__name__)

SUBSCRIPTIONS = tuple(f"{topics.ROOT}/+/{scope}" for scope in ("up/#", "state", "reported"))
RECEIVE_WINDOW = 100
SEND_WINDOW = 64
INBOX_MESSAGES = 1000
INBOX_BYTES = 16 * 1024 * 1024
#: A day of a central system that is down; terminals send everything of value again anyway.
SESSION_EXPIRY_S = 24 * 3600
#: What the desk takes in one transaction: some 1,000 entries, a quarter of a second of its time.
TURN_MESSAGES = 16
TURN_BYTES = 512 * 1024
DUE_INTERVAL_S = 1.0


class CentralLink:
    """See the module. `clock` gives the central time in milliseconds since 1970."""

    def __init__(
        self,
        settings: LinkSettings,
        *,
        desk: DeskPort,
        clock: Callable[[], int],
        retry_delays_s: tuple[float, ...] = RETRY_DELAYS_S,
        chance: Callable[[], float] = random.random,
    ) -> None:
        if settings.name != CENTRAL:
            raise LinkMisused(f"the central system's certificate is for {CENTRAL!r}, not for {settings.name!r}")
        self._desk = desk
        self._clock = clock
        self._counts = CentralCounts()
        self._inbox = Inbox(limit=INBOX_MESSAGES, limit_bytes=INBOX_BYTES)
        self._unsent: deque[Outgoing] = deque()
        self._in_flight: dict[int, Outgoing] = {}
        self._stopping = threading.Event()
        self._taking = Taking(
            desk, clock=clock, counts=self._counts, stopping=self._stopping, retry_delays_s=retry_delays_s
        )
        self._ready = threading.Event()
        self._worker = threading.Thread(target=self._work, name="central-desk", daemon=True)
        terms = Terms(
            subscriptions=SUBSCRIPTIONS,
            session_expiry_s=SESSION_EXPIRY_S,
            receive_window=RECEIVE_WINDOW,
            send_window=SEND_WINDOW,
        )
        self._connection = Connection(settings, terms=terms, listener=self, chance=chance)

    @property
    def counts(self) -> CentralCounts:
        """What has happened since the start."""
        return self._counts

    @property
    def up(self) -> bool:
        """Connected and subscribed at this moment."""
        return self._connection.up

    def wait_until_up(self, timeout_s: float) -> bool:
        """Whether the link is up, waiting for it where need be."""
        return self._ready.wait(timeout_s)

    def start(self) -> None:
        """Begin to connect, for ever, and to work. Raises `LinkSettingsError` for an unusable certificate."""
        self._connection.start()
        self._worker.start()

    def stop(self) -> None:
        """End within about three seconds. A message that the desk has now is not acknowledged unless it
        returns in that time; the broker keeps it."""
        self._stopping.set()
        self._inbox.close()
        self._worker.join(1.5)
        self._connection.stop()

    # --- Listener of the connection: only leaves word for the worker ------------------------------

    def connected(self) -> None:
        """The worker may publish."""
        self._ready.set()
        self._inbox.connected()

    def lost(self, reason: str) -> None:
        """Unacknowledged messages come again with the next connection."""
        self._ready.clear()
        self._inbox.lost()

    def received(self, message: Received) -> None:
        """In the order of arrival."""
        self._inbox.put(message)

    def published(self, number: int, *, accepted: bool) -> None:
        """One of ours need not be sent again."""
        self._inbox.answered(number, accepted=accepted)

    # --- the worker's thread ---------------------------------------------------------------------

    def _work(self) -> None:
        next_due = 0.0
        while not self._stopping.is_set():
            self._settle(wait_s=0.0)
            sent = self._publish_unsent()
            if not sent and not self._inbox.full:
                self._settle(wait_s=DUE_INTERVAL_S)
                continue
            wait_s = max(0.0, next_due - time.monotonic())
            messages = self._inbox.take(wait_s, most=TURN_MESSAGES, most_bytes=TURN_BYTES)
            self._take(messages)
            if sent and self.up and (messages or time.monotonic() >= next_due):
                self._ask_what_is_due()
            if time.monotonic() >= next_due:
                next_due = time.monotonic() + DUE_INTERVAL_S

    def _take(self, messages: list[Received]) -> None:
        for taken in self._taking.take(messages):
            self._unsent.extend(taken.outgoing)
            self._publish_unsent()
            self._inbox.acknowledge(taken.messages)

    def _ask_what_is_due(self) -> None:
        try:
            self._unsent.extend(self._desk.due(now_ms=self._clock()))
        except Exception as error:  # noqa: BLE001 - asked again in a second
            self._counts.failed += 1
            _log.warning("the desk failed on what is due: %s", type(error).__name__)

    def _publish_unsent(self) -> bool:
        """Everything that waits was given to the broker; False while that is not possible."""
        while self._unsent:
            outgoing = self._unsent[0]
            try:
                topic = topics.topic(outgoing.terminal, outgoing.channel)
                number = self._connection.publish(topic, outgoing.payload, retain=outgoing.retain)
            except ValueError as error:  # a mistake of the desk's; WireError is one
                self._counts.refused += 1
                _log.error("the desk wanted something sent that cannot be: %s", error)
                self._unsent.popleft()
                continue
            if number is None:
                return False
            self._in_flight[number] = self._unsent.popleft()
        return True

    def _settle(self, *, wait_s: float) -> None:
        """Strike out what the broker has confirmed, and take back what a lost connection left open."""
        news = self._inbox.news(wait_s)
        for number, accepted in news.answered:
            outgoing = self._in_flight.pop(number, None)
            if outgoing is not None and not accepted:
                self._counts.refused += 1
                _log.error("the broker refused %s for %s", outgoing.channel, outgoing.terminal)
        if news.lost:
            self._unsent.extendleft(reversed(self._in_flight.values()))
            self._in_flight.clear()
