"""What the connection's thread leaves for the worker: messages of terminals in turn, and news about ours.

Decides how much waits, and whose message is next. A broker ought not to send more than the receive window ahead
of our acknowledgements, but mosquitto 2.0.11 does so under load, and messages of QoS 0 know no window. So a full
inbox lets the connection's thread wait: it reads no more from the network, nothing is lost, and the broker is
held up in its turn. What came over a connection that has ended is forgotten: the broker sends it again, because
it was not acknowledged.

Terminals take turns, one message each, so that one that sends much does not keep the others waiting; the messages
of one terminal stay in their order. Acknowledgements leave in the order of arrival, as MQTT demands
([MQTT-4.6.0-2]): that of a message whose turn came early waits for those before it.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from backend_bridge.link.terms import Received
from loyalty.errors import WireError
from loyalty.wire import topics


@dataclass
class News:
    """What happened to our own messages: confirmed or refused by number, or their connection was lost."""

    answered: list[tuple[int, bool]] = field(default_factory=list)
    lost: bool = False
    closed: bool = False


class Inbox:
    """Filled by one thread, emptied by another. Nothing is called while its lock is held."""

    def __init__(self, *, limit: int, limit_bytes: int) -> None:
        self._limit = limit
        self._limit_bytes = limit_bytes
        self._count = 0
        self._bytes = 0
        self._changed = threading.Condition()
        #: What waits, by terminal, in the order of their turns. No queue in it is empty.
        self._waiting: dict[str, deque[Received]] = {}
        #: What is not acknowledged, by `id`, in the order of arrival, and which of it may be.
        self._arrived: dict[int, Received] = {}
        self._handled: set[int] = set()
        self._news = News()

    def put(self, message: Received) -> None:
        """A message came; returns when there is a place for it."""
        with self._changed:
            self._changed.wait_for(lambda: self._has_place() or self._news.closed)
            if not self._news.closed:
                self._waiting.setdefault(_sender(message), deque()).append(message)
                self._arrived[id(message)] = message
                self._count += 1
                self._bytes += len(message.payload)
                self._changed.notify_all()

    def answered(self, number: int, *, accepted: bool) -> None:
        """The broker has answered one of ours."""
        with self._changed:
            self._news.answered.append((number, accepted))
            self._changed.notify_all()

    def connected(self) -> None:
        """The worker may publish again."""
        with self._changed:
            self._changed.notify_all()

    def lost(self) -> None:
        """The connection has ended, and with it what waits here or is not acknowledged."""
        with self._changed:
            self._forget()
            self._arrived.clear()
            self._handled.clear()
            self._news.lost = True
            self._changed.notify_all()

    def close(self) -> None:
        """Wake the worker for the last time. What it has taken can still be acknowledged."""
        with self._changed:
            for queue in self._waiting.values():
                for message in queue:
                    del self._arrived[id(message)]
            self._forget()
            self._news.closed = True
            self._changed.notify_all()

    def take(self, timeout_s: float, *, most: int = 1, most_bytes: int = 0) -> list[Received]:
        """The next messages, one of each terminal in turn: up to `most`, and no more once they have `most_bytes`.

        Nothing after `timeout_s`, or sooner when there is news.
        """
        with self._changed:
            self._changed.wait_for(lambda: bool(self._waiting) or self._is_news(), timeout_s)
            taken: list[Received] = []
            size = 0
            while self._waiting and len(taken) < most and (not taken or size < most_bytes):
                message = self._next()
                taken.append(message)
                size += len(message.payload)
            if taken:
                self._count -= len(taken)
                self._bytes -= size
                self._changed.notify_all()
            return taken

    def acknowledge(self, messages: Iterable[Received]) -> None:
        """These are handled: they are acknowledged once all that came before them are, too."""
        with self._changed:
            # What came over a connection that has ended is not there any more.
            self._handled.update(id(message) for message in messages if id(message) in self._arrived)
            due: list[Received] = []
            while self._arrived and (first := next(iter(self._arrived))) in self._handled:
                self._handled.remove(first)
                due.append(self._arrived.pop(first))
        for message in due:
            message.acknowledge()

    @property
    def full(self) -> bool:
        """The connection's thread waits, or will at the next message: what the broker answers to ours
        is behind that message, so somebody must take one."""
        with self._changed:
            return not self._has_place()

    def news(self, timeout_s: float = 0.0) -> News:
        """What happened since the last call, waiting up to `timeout_s` for something, but not while full."""
        with self._changed:
            self._changed.wait_for(lambda: self._is_news() or not self._has_place(), timeout_s)
            news, self._news = self._news, News(closed=self._news.closed)
            return news

    def _next(self) -> Received:
        """The first message of the terminal whose turn it is, which then is the last in turn."""
        terminal = next(iter(self._waiting))
        queue = self._waiting.pop(terminal)
        message = queue.popleft()
        if queue:
            self._waiting[terminal] = queue
        return message

    def _has_place(self) -> bool:
        return self._count < self._limit and self._bytes < self._limit_bytes

    def _forget(self) -> None:
        self._waiting.clear()
        self._count = self._bytes = 0

    def _is_news(self) -> bool:
        return bool(self._news.answered) or self._news.lost or self._news.closed


def _sender(message: Received) -> str:
    """Whose turn a message takes; all that came on no terminal's topic share one."""
    try:
        return topics.split(message.topic)[0]
    except WireError:
        return ""
