"""What the central end of the link asks of the desk behind it, and what the desk wants sent.

Decides nothing: two shapes, kept apart so that a desk can be written and tested without MQTT.
"""

from __future__ import annotations

from typing import Protocol

import msgspec


class Outgoing(msgspec.Struct, frozen=True):
    """One message to be published to `terminal` on `channel` (such as `down/ack`)."""

    terminal: str
    channel: str
    payload: bytes
    retain: bool = False


class DeskPort(Protocol):
    """The central system as its link sees it. Called by one thread at a time, in order of arrival.

    `handle` returns only when what the message said is committed: the link acknowledges the
    message to the broker after that. It must bear the same message twice. Hostile content is
    dealt with inside (recorded, counted); an exception means "not now", and the link tries again.
    """

    def handle(self, *, terminal: str, channel: str, payload: bytes, now_ms: int) -> list[Outgoing]:
        """Take one message that `terminal` published on `channel`; what is to be sent because of it."""

    def due(self, *, now_ms: int) -> list[Outgoing]:
        """What is to be sent because time has passed or because of something other than a message.

        Called after each message and about once a second, while the link is up.
        """
