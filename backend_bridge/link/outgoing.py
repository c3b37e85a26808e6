"""What the central end of the link asks of the desk behind it: messages that came, and what is to be sent.

Decides nothing: three shapes, kept apart so that a desk can be written and tested without MQTT.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec


class Incoming(msgspec.Struct, frozen=True):
    """One message that `terminal` published on `channel` (such as `up/journal`)."""

    terminal: str
    channel: str
    payload: bytes


class Outgoing(msgspec.Struct, frozen=True):
    """One message to be published to `terminal` on `channel` (such as `down/ack`)."""

    terminal: str
    channel: str
    payload: bytes
    retain: bool = False


class DeskPort(Protocol):
    """The central system as its link sees it. Called by one thread at a time.

    `handle_together` returns only when what the messages said is committed: the link acknowledges them to the
    broker after that. It must bear the same message twice. Hostile content is dealt with inside (recorded,
    counted); an exception means "not now" and that nothing of any of the messages was done, and the link tries
    again, each by itself.
    """

    def handle_together(self, messages: Sequence[Incoming], *, now_ms: int) -> list[Outgoing]:
        """Take messages, each terminal's in their order; what is to be sent because of them."""

    def due(self, *, now_ms: int) -> list[Outgoing]:
        """What is to be sent because time has passed or because of something other than a message.

        Called after each turn of messages and about once a second, while the link is up.
        """
