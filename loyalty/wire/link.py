"""What a terminal sees of its link: a port, and the events that come from it.

The link carries bytes and says whether it is up. It keeps nothing: what must not be lost is in the
journal's outbox, and is sent again until the central system's signed acknowledgement is there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import msgspec

from loyalty.rules import RulesBundle
from loyalty.wire.messages import Ack, Answer, Grant, Recall


class LinkUp(msgspec.Struct, frozen=True):
    """The terminal is connected and subscribed: it may publish."""


class LinkDown(msgspec.Struct, frozen=True):
    """The connection is gone; `reason` is for the log."""

    reason: str


class RulesArrived(msgspec.Struct, frozen=True):
    """A new rules bundle was fetched and verified; `data` are its exact bytes."""

    bundle: RulesBundle
    data: bytes


#: Signed messages have been verified, and are for this terminal, before they are emitted.
LinkEvent = LinkUp | LinkDown | RulesArrived | Answer | Grant | Recall | Ack
EmitLink = Callable[[LinkEvent], None]


class TerminalLink(Protocol):
    """The terminal's end of the link.

    `start` never raises for a network that is missing: the link tries for ever, with backoff.
    `emit` is called from a thread of the link's own. `stop` returns within two seconds.
    """

    def start(self, emit: EmitLink) -> None: ...

    def send(self, channel: str, payload: bytes) -> bool:
        """Publish on one of the terminal's own channels; False (and nothing sent) while down."""

    def stop(self) -> None: ...
