"""Giving the desk what has come: several messages in one turn, and one by one where that fails.

Decides who waits for whom when the desk fails. A turn that fails is repeated message by message, so that one that
the desk cannot take spoils none of the others. A message that fails alone comes again after growing pauses, once
the others of its turn have had their try; then all wait behind it, because a database that is away fails for
everyone. After the last try it is skipped: counted, logged as an error. That loses nothing of value, because a
terminal sends its journal until the desk's own acknowledgement comes.

A terminal whose message was skipped is a suspect: it shares no turn with others, and gets one try for each further
message as long as the desk works for others, so that one broken terminal does not slow the fleet.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import msgspec

from backend_bridge.link.outgoing import DeskPort, Incoming, Outgoing
from backend_bridge.link.settings import CENTRAL
from backend_bridge.link.terms import Received
from loyalty.errors import WireError
from loyalty.wire import topics

_log = logging.getLogger(__name__)

#: The pauses before the second, third … try of a message.
RETRY_DELAYS_S = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 5.0)


@dataclass
class CentralCounts:
    """For the health page. `skipped` and `refused` above 0 are an alarm."""

    handled: int = 0
    #: Calls of the desk for one message, or for what is due, that raised.
    failed: int = 0
    #: Turns of several messages that the desk could not take together.
    parted: int = 0
    #: Messages that the desk could not take after all tries.
    skipped: int = 0
    #: Messages on topics that are none of a terminal's own.
    stray: int = 0
    #: Our messages that the broker does not allow.
    refused: int = 0


class Taken(msgspec.Struct, frozen=True):
    """Messages that the desk is done with, and what is to be sent because of them."""

    messages: tuple[Received, ...]
    outgoing: list[Outgoing]


class _One(msgspec.Struct, frozen=True):
    message: Received
    incoming: Incoming


class Taking:
    """See the module. `clock` gives the central time in milliseconds since 1970; `stopping` ends all pauses."""

    def __init__(
        self,
        desk: DeskPort,
        *,
        clock: Callable[[], int],
        counts: CentralCounts,
        stopping: threading.Event,
        retry_delays_s: tuple[float, ...] = RETRY_DELAYS_S,
    ) -> None:
        self._desk = desk
        self._clock = clock
        self._counts = counts
        self._stopping = stopping
        self._retry_delays_s = retry_delays_s
        self._suspects: set[str] = set()
        self._desk_works = True

    def take(self, messages: Sequence[Received]) -> Iterator[Taken]:
        """Have the desk take `messages`; each part as soon as it is committed (or skipped).

        What is missing in the end was not taken, because of `stopping`: it must not be acknowledged.
        """
        together: list[_One] = []
        alone: list[_One] = []
        strays: list[Received] = []
        for message in messages:
            incoming = _incoming(message)
            if incoming is None:
                strays.append(message)
            else:
                (alone if incoming.terminal in self._suspects else together).append(_One(message, incoming))
        if strays:
            self._counts.stray += len(strays)
            yield Taken(tuple(strays), [])
        if len(together) > 1 and (outgoing := self._try(together)) is not None:
            yield Taken(tuple(one.message for one in together), outgoing)
            together = []
        yield from self._one_by_one(together)
        yield from self._one_by_one(alone)

    def _one_by_one(self, messages: Sequence[_One]) -> Iterator[Taken]:
        """Each in a turn of its own; those that fail, and their terminals' later ones, after all others."""
        failed: set[str] = set()
        #: With whether it was tried.
        behind: list[tuple[_One, bool]] = []
        works = False
        for one in messages:
            # When it fails for two terminals and works for none, trying the others tells nothing more.
            hopeless = len(failed) > 1 and not works
            if hopeless or one.incoming.terminal in failed or self._stopping.is_set():
                behind.append((one, False))
            elif (outgoing := self._try([one])) is None:
                failed.add(one.incoming.terminal)
                behind.append((one, True))
            else:
                works = True
                yield Taken((one.message,), outgoing)
        for one, tried in behind:
            outgoing = self._try_patiently(one, again=tried)
            if outgoing is None:
                return  # stopping: not taken
            yield Taken((one.message,), outgoing)

    def _try_patiently(self, one: _One, *, again: bool) -> list[Outgoing] | None:
        """What is to be sent; nothing where it was skipped, None where all of this is stopping.

        `again`: it has failed once just now.
        """
        terminal = one.incoming.terminal
        suspect = terminal in self._suspects and self._desk_works
        delays = () if suspect else self._retry_delays_s
        for delay_s in delays if again else (0.0, *delays):
            self._stopping.wait(delay_s)
            if self._stopping.is_set():
                return None
            if (outgoing := self._try([one])) is not None:
                return outgoing
        if self._stopping.is_set():
            return None
        self._counts.skipped += 1
        self._suspects.add(terminal)
        self._desk_works = suspect
        _log.error("skipped a message on %s of %s: the desk cannot take it", one.incoming.channel, terminal)
        return []

    def _try(self, messages: Sequence[_One]) -> list[Outgoing] | None:
        """What is to be sent because of these, or None: nothing of them was done."""
        try:
            outgoing = self._desk.handle_together([one.incoming for one in messages], now_ms=self._clock())
        except Exception as error:  # noqa: BLE001 - the desk is a database and much else
            first = messages[0].incoming
            if len(messages) == 1:
                self._counts.failed += 1
                _log.warning("the desk failed on %s of %s: %s", first.channel, first.terminal, type(error).__name__)
            else:
                self._counts.parted += 1
                _log.warning("the desk failed on %d messages together: %s", len(messages), type(error).__name__)
            return None
        self._counts.handled += len(messages)
        self._desk_works = True
        self._suspects.difference_update(one.incoming.terminal for one in messages)
        return outgoing


def _incoming(message: Received) -> Incoming | None:
    """What the desk is given of `message`; None where it came on no topic that a terminal speaks on."""
    try:
        terminal, channel = topics.split(message.topic)
    except WireError:
        terminal, channel = "", ""
    if channel not in topics.UP or terminal == CENTRAL:
        _log.warning("ignored a message on %r", message.topic)
        return None
    return Incoming(terminal, channel, message.payload)
