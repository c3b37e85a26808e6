"""What the connection's thread leaves for the worker: messages in order, and news about ours.

Decides only how much waits. The broker sends no more than the receive window ahead of our
acknowledgements, so a message that finds no place came without that promise (QoS 0) and is counted
and dropped. What came over a connection that has ended is forgotten: the broker sends it again.
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

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._changed = threading.Condition()
        self._messages: deque[Received] = deque()
        self._news = News()
        self.overflowed = 0

    def put(self, message: Received) -> None:
        """A message came."""
        with self._changed:
            if len(self._messages) >= self._limit:
                self.overflowed += 1
                return
            self._messages.append(message)
            self._changed.notify()

    def answered(self, number: int, *, accepted: bool) -> None:
        """The broker has answered one of ours."""
        with self._changed:
            self._news.answered.append((number, accepted))
            self._changed.notify()

    def connected(self) -> None:
        """The worker may publish again."""
        with self._changed:
            self._changed.notify()

    def lost(self) -> None:
        """The connection has ended, and with it what waits here."""
        with self._changed:
            self._messages.clear()
            self._news.lost = True
            self._changed.notify()

    def close(self) -> None:
        """Wake the worker for the last time."""
        with self._changed:
            self._messages.clear()
            self._news.closed = True
            self._changed.notify()

    def take(self, timeout_s: float) -> Received | None:
        """The next message; None after `timeout_s`, or sooner when there is news."""
        with self._changed:
            self._changed.wait_for(lambda: self._messages or self._is_news(), timeout_s)
            return self._messages.popleft() if self._messages else None

    def news(self, timeout_s: float = 0.0) -> News:
        """What happened since the last call, waiting up to `timeout_s` for something."""
        with self._changed:
            if timeout_s and not self._is_news():
                self._changed.wait(timeout_s)
            news, self._news = self._news, News(closed=self._news.closed)
            return news

    def _is_news(self) -> bool:
        return bool(self._news.answered) or self._news.lost or self._news.closed
