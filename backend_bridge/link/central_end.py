"""The central system's end of the link: every terminal's messages, one after the other, to the desk.

Decides when a message counts as taken: it is acknowledged to the broker only after the desk has
returned, which means committed. Until then the broker keeps it. When too many wait, no more are read
from the network until there is a place; nothing is dropped.

A desk that raises gets the message again after growing pauses, and all others wait behind it, because
order matters within a terminal and a database that is away fails for everyone. After the last try the
message is skipped: acknowledged, counted, logged as an error. That loses nothing of value, because a
terminal sends its journal until the desk's own acknowledgement comes. A terminal whose message was
skipped gets one try for each further message as long as the desk works for others, so that
one broken terminal does not slow the fleet.

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
from dataclasses import dataclass

from backend_bridge.link.connection import Connection
from backend_bridge.link.errors import LinkMisused
from backend_bridge.link.inbox import Inbox
from backend_bridge.link.outgoing import DeskPort, Outgoing
from backend_bridge.link.settings import CENTRAL, LinkSettings
from backend_bridge.link.terms import Received, Terms
from loyalty.errors import WireError
from loyalty.wire import topics

_log = logging.getLogger(__name__)

SUBSCRIPTIONS = tuple(f"{topics.ROOT}/+/{scope}" for scope in ("up/#", "state", "reported"))
RECEIVE_WINDOW = 100
SEND_WINDOW = 64
INBOX_MESSAGES = 1000
INBOX_BYTES = 16 * 1024 * 1024
#: A day of a central system that is down; terminals send everything of value again anyway.
SESSION_EXPIRY_S = 24 * 3600
#: The pauses before the second, third … try of a message.
RETRY_DELAYS_S = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 5.0)
DUE_INTERVAL_S = 1.0


@dataclass
class CentralCounts:
    """For the health page. `skipped` and `refused` above 0 are an alarm."""

    handled: int = 0
    #: Calls of the desk that raised.
    failed: int = 0
    #: Messages that the desk could not take after all tries.
    skipped: int = 0
    #: Messages on topics that are none of a terminal's own.
    stray: int = 0
    #: Our messages that the broker does not allow.
    refused: int = 0


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
        self._retry_delays_s = retry_delays_s
        self._counts = CentralCounts()
        self._inbox = Inbox(limit=INBOX_MESSAGES, limit_bytes=INBOX_BYTES)
        self._unsent: deque[Outgoing] = deque()
        self._in_flight: dict[int, Outgoing] = {}
        self._suspects: set[str] = set()
        self._desk_works = True
        self._stopping = threading.Event()
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
            message = self._inbox.take(max(0.0, next_due - time.monotonic()))
            if message is not None:
                self._take(message)
            if sent and self.up and (message is not None or time.monotonic() >= next_due):
                self._ask_what_is_due()
            if time.monotonic() >= next_due:
                next_due = time.monotonic() + DUE_INTERVAL_S

    def _take(self, message: Received) -> None:
        try:
            terminal, channel = topics.split(message.topic)
            if channel not in topics.UP or terminal == CENTRAL:
                raise WireError("no terminal's own topic")
        except WireError:
            self._counts.stray += 1
            _log.warning("ignored a message on %r", message.topic)
        else:
            outgoing = self._handle_patiently(terminal, channel, payload=message.payload)
            if outgoing is None:
                return  # stopping: not taken, so not acknowledged
            self._unsent.extend(outgoing)
            self._publish_unsent()
        message.acknowledge()

    def _handle_patiently(self, terminal: str, channel: str, *, payload: bytes) -> list[Outgoing] | None:
        suspect = terminal in self._suspects and self._desk_works
        for delay_s in (None,) if suspect else (*self._retry_delays_s, None):
            if self._stopping.is_set():
                return None
            try:
                outgoing = self._desk.handle(terminal=terminal, channel=channel, payload=payload, now_ms=self._clock())
            except Exception as error:  # noqa: BLE001 - the desk is a database and much else
                self._counts.failed += 1
                _log.warning("the desk failed on %s of %s: %s", channel, terminal, type(error).__name__)
                if delay_s is not None:
                    self._stopping.wait(delay_s)
            else:
                self._counts.handled += 1
                self._desk_works = True
                self._suspects.discard(terminal)
                return outgoing
        self._counts.skipped += 1
        self._suspects.add(terminal)
        self._desk_works = suspect
        _log.error("skipped a message on %s of %s: the desk cannot take it", channel, terminal)
        return []

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
