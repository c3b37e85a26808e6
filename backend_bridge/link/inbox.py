"""What the connection's thread leaves for the worker: messages in order, and news about ours.

Decides only how much waits. A broker ought not to send more than the receive window ahead of our
acknowledgements, but mosquitto 2.0.11 does so under load, and messages of QoS 0 know no window. So a
full inbox lets the connection's thread wait: it reads no more from the network, nothing is lost, and
the broker is held up in its turn. What came over a connection that has ended is forgotten: the broker
sends it again, because it was not acknowledged.
"""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field

from backend_bridge.link.terms import Received


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
        self._bytes = 0
        self._changed = threading.Condition()
        self._messages: deque[Received] = deque()
        self._news = News()

    def put(self, message: Received) -> None:
        """A message came; returns when there is a place for it."""
        with self._changed:
            self._changed.wait_for(lambda: self._has_place() or self._news.closed)
            if not self._news.closed:
                self._messages.append(message)
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
        """The connection has ended, and with it what waits here."""
        with self._changed:
            self._forget()
            self._news.lost = True
            self._changed.notify_all()

    def close(self) -> None:
        """Wake the worker for the last time."""
        with self._changed:
            self._forget()
            self._news.closed = True
            self._changed.notify_all()

    def take(self, timeout_s: float) -> Received | None:
        """The next message; None after `timeout_s`, or sooner when there is news."""
        with self._changed:
            self._changed.wait_for(lambda: bool(self._messages) or self._is_news(), timeout_s)
            if not self._messages:
                return None
            message = self._messages.popleft()
            self._bytes -= len(message.payload)
            self._changed.notify_all()
            return message

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

    def _has_place(self) -> bool:
        return len(self._messages) < self._limit and self._bytes < self._limit_bytes

    def _forget(self) -> None:
        self._messages.clear()
        self._bytes = 0

    def _is_news(self) -> bool:
        return bool(self._news.answered) or self._news.lost or self._news.closed
