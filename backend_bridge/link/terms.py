"""The shapes that connection and ends share: what is asked of the broker, what comes, who is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Publication:
    """A retained message: the last will, or what is published on coming and going."""

    topic: str
    payload: bytes


@dataclass(frozen=True)
class Terms:
    """What this party asks of the broker.

    `receive_window` is how many messages the broker may send ahead of our acknowledgements,
    `send_window` how many of ours may be unacknowledged before `publish` refuses.
    `session_expiry_s` is how long the broker keeps what is sent while we are away.
    """

    subscriptions: tuple[str, ...]
    will: Publication | None = None
    session_expiry_s: int = 3600
    receive_window: int = 20
    send_window: int = 16


@dataclass(frozen=True)
class Received:
    """One message. Until `acknowledge`, the broker sends it again on each new connection."""

    topic: str
    payload: bytes
    acknowledge: Callable[[], None]


class Listener(Protocol):
    """Who is told what happens on a connection.

    Called by the connection's own thread. `published` may be called while the MQTT library holds a
    lock: it must neither block nor publish.
    """

    def connected(self) -> None:
        """It is up: subscribed, and `publish` works."""

    def lost(self, reason: str) -> None:
        """It was up and is not any more. Once for each `connected`."""

    def received(self, message: Received) -> None:
        """A message came; none comes before `connected` or after `lost`."""

    def published(self, number: int, *, accepted: bool) -> None:
        """The broker has confirmed (or refused) what `publish` gave this number."""
