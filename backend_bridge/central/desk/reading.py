"""What a message says, before anything is done about it; and in which order messages are handled together.

Reading needs no database, and nothing that a terminal sends makes it raise.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from backend_bridge.central.desk import asks, presence
from backend_bridge.link.outgoing import Incoming
from loyalty.entries import MAX_INTEGER
from loyalty.errors import WireError
from loyalty.wire import codec
from loyalty.wire.messages import Ask, JournalBatch


class Garbled(msgspec.Struct, frozen=True):
    """It says nothing that is understood here, and why."""

    error: str


class Unheard(msgspec.Struct, frozen=True):
    """It came on a channel that the desk does not listen to."""


Said = JournalBatch | Ask | presence.State | Garbled | Unheard


class Message(msgspec.Struct, frozen=True):
    """A message, read."""

    terminal: str
    channel: str
    said: Said


class Stage(msgspec.Struct, frozen=True):
    """Messages that are handled at the same time: at most one journal of each terminal, and then the rest."""

    journals: list[tuple[str, JournalBatch]]
    others: list[Message]


def read(incoming: Incoming) -> Message:
    """What `incoming` says."""
    try:
        said = _said(incoming.channel, incoming.payload)
    except WireError as error:
        said = Garbled(str(error))
    return Message(incoming.terminal, incoming.channel, said)


def stages(messages: Iterable[Message]) -> list[Stage]:
    """`messages` in as few stages as keep each terminal's own in their order, and its journals apart."""
    found: list[Stage] = []
    #: By terminal: in which stage its last message is, and with which journal (None: with something else).
    last: dict[str, tuple[int, int | None]] = {}
    for message in messages:
        stage, epoch = last.get(message.terminal, (0, None))
        said = message.said
        if isinstance(said, JournalBatch):
            stage += message.terminal in last and epoch != said.epoch
            last[message.terminal] = (stage, said.epoch)
        else:
            last[message.terminal] = (stage, None)
        if stage == len(found):
            found.append(Stage([], []))
        if isinstance(said, JournalBatch):
            found[stage].journals.append((message.terminal, said))
        else:
            found[stage].others.append(message)
    return found


def _said(channel: str, payload: bytes) -> Said:
    if channel == "state":
        return presence.read_state(payload)
    if channel not in ("up/journal", "up/ask"):
        return Unheard()
    said = codec.decode_up(payload)
    if channel == "up/journal" and isinstance(said, JournalBatch):
        if not 0 <= said.epoch <= MAX_INTEGER:
            raise WireError("an epoch is out of range")
        return said
    if channel == "up/ask" and isinstance(said, Ask):
        return asks.check(said)
    raise WireError(f"a message of another kind came on {channel}")
