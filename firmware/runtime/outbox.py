"""Sends a journal up: a small window at a time, again until it is acknowledged.

Nothing is sent while the link is down, and an entry leaves the outbox only by the central system's
signed acknowledgement, never because the broker took it.

Each connection begins with a greeting: a new id in every batch, which the acknowledgement repeats. So an
acknowledgement that was on its way for long is told apart from one that answers what is known now: only the
latter confirms a journal, or says that the central system has lost something. A batch without entries is sent
where there is nothing else to greet with.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from loyalty.signing import Signed
from loyalty.wire.codec import MAX_BYTES, encode_up
from loyalty.wire.link import TerminalLink
from loyalty.wire.messages import Ack, JournalBatch

WINDOW = 64
#: How long an acknowledgement may take before the same entries are sent again.
RESEND_MS = 5_000
#: More than a batch adds to the payload of an entry (its signature and key id), and of itself.
_WRAPPING = 512


class Sendable(Protocol):
    """What an outbox needs of a journal: the one in use, or one that was set aside."""

    @property
    def epoch(self) -> int: ...

    @property
    def generation(self) -> int: ...

    @property
    def head_seq(self) -> int: ...

    @property
    def acknowledged_seq(self) -> int: ...

    def unacknowledged(self, *, after: int, limit: int) -> tuple[Signed, ...]:
        """Up to `limit` entries that follow entry `after` and are not acknowledged."""

    def acknowledge(self, *, seq: int, head: bytes, generation: int, falls_back: bool) -> None:
        """See `Journal.acknowledge`; raises `HeadMismatch`."""


class Outbox:
    """What of one journal is on its way."""

    def __init__(self, journal: Sendable, link: TerminalLink, *, fresh_id: Callable[[], str]) -> None:
        self._journal = journal
        self._link = link
        self._fresh_id = fresh_id
        self._up = False
        self._sent = -1
        self._sent_at_ms: int | None = None
        self._greeting = ""
        self._answered = False
        #: Up to where the journal was acknowledged when the greeting was made.
        self._greeted_seq = -1
        #: How many entries the central system had acknowledged and then no longer knew.
        self.lost = 0

    def link_up(self, *, now_ms: int) -> None:
        """Connected: whatever is not acknowledged goes again."""
        self._up = True
        self._greeting, self._answered = self._fresh_id(), False
        self._greeted_seq = self._journal.acknowledged_seq
        self._again(now_ms)

    def link_down(self) -> None:
        """Nothing goes any more."""
        self._up = False
        self._sent_at_ms = None

    def written(self, *, now_ms: int) -> None:
        """An entry was written."""
        if self._up and self._sent_at_ms is None:
            self._send(now_ms)

    def answers(self, ack: Ack) -> bool:
        """Whether `ack` was made after this connection had begun."""
        return ack.epoch == self._journal.epoch and ack.greeting == self._greeting != ""

    def acknowledged(self, ack: Ack, *, now_ms: int) -> None:
        """The central system has committed all up to `ack.seq`; raises `HeadMismatch`."""
        if ack.epoch != self._journal.epoch:
            return
        known, before = self._journal.generation, self._journal.acknowledged_seq
        # Made after the greeting, it must know what was acknowledged before that: unless it was put back.
        behind = self.answers(ack) and ack.generation == known and ack.seq < self._greeted_seq
        self._journal.acknowledge(seq=ack.seq, head=ack.head, generation=ack.generation, falls_back=behind)
        if behind:
            self.lost += self._greeted_seq - ack.seq
            self._greeted_seq = ack.seq
        self._answered = self._answered or self.answers(ack)
        if not self._up:
            return
        if behind or ack.generation > known:
            # Said also where nothing is to be sent again: that this journal has nothing more for the new generation.
            self._answered = False
            self._again(now_ms)
        elif ack.seq >= self._sent:
            self._answered = self._answered or self._sent > before
            if not self._send(now_ms) and self._answered:
                self._sent_at_ms = None
        elif self._sent_at_ms is None:
            self._again(now_ms)

    def due(self, *, now_ms: int) -> None:
        """Send again what was not acknowledged in time."""
        if self._up and self._sent_at_ms is not None and now_ms - self._sent_at_ms >= RESEND_MS:
            self._again(now_ms)

    def again(self, *, now_ms: int) -> None:
        """Send whatever may be sent now and was not acknowledged."""
        if self._up:
            self._again(now_ms)

    def _again(self, now_ms: int) -> None:
        self._sent = self._journal.acknowledged_seq
        if not self._send(now_ms):
            self._sent_at_ms = None if self._answered or not self._publish((), now_ms) else now_ms

    def _send(self, now_ms: int) -> bool:
        """Send the next entries; False where there are none, or they cannot be sent."""
        after = max(self._sent, self._journal.acknowledged_seq)
        entries = _fitting(self._journal.unacknowledged(after=after, limit=WINDOW))
        if not entries or not self._publish(entries, now_ms):
            return False
        self._sent = after + len(entries)
        return True

    def _publish(self, entries: tuple[Signed, ...], now_ms: int) -> bool:
        batch = JournalBatch(
            epoch=self._journal.epoch,
            entries=entries,
            generation=self._journal.generation,
            head_seq=self._journal.head_seq,
            acked_seq=self._journal.acknowledged_seq,
            greeting=self._greeting,
        )
        sent = self._link.send("up/journal", encode_up(batch))
        self._sent_at_ms = now_ms if sent else self._sent_at_ms
        return sent


def _fitting(entries: tuple[Signed, ...]) -> tuple[Signed, ...]:
    """As many of the first `entries` as one message holds, but at least one."""
    size = 0
    for count, entry in enumerate(entries):
        size += len(entry.payload) + _WRAPPING
        if count and size > MAX_BYTES - _WRAPPING:
            return entries[:count]
    return entries
