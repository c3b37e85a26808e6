"""Sends the journal up: a small window at a time, again until it is acknowledged.

Nothing is sent while the link is down, and an entry leaves the outbox only by the central system's
signed acknowledgement, never because the broker took it.
"""

from __future__ import annotations

from firmware.journal.journal import Journal
from loyalty.signing import Signed
from loyalty.wire.codec import MAX_BYTES, encode_up
from loyalty.wire.link import TerminalLink
from loyalty.wire.messages import Ack, JournalBatch

WINDOW = 64
#: How long an acknowledgement may take before the same entries are sent again.
RESEND_MS = 5_000
#: More than a batch adds to the payload of an entry (its signature and key id), and of itself.
_WRAPPING = 256


class Outbox:
    """What of one journal is on its way."""

    def __init__(self, journal: Journal, link: TerminalLink) -> None:
        self._journal = journal
        self._link = link
        self._up = False
        self._sent = -1
        self._sent_at_ms: int | None = None

    def link_up(self, *, now_ms: int) -> None:
        """Connected: whatever is not acknowledged goes again."""
        self._up = True
        self._again(now_ms)

    def link_down(self) -> None:
        """Nothing goes any more."""
        self._up = False
        self._sent_at_ms = None

    def written(self, *, now_ms: int) -> None:
        """An entry was written."""
        if self._up and self._sent_at_ms is None:
            self._send(now_ms)

    def acknowledged(self, ack: Ack, *, now_ms: int) -> None:
        """The central system has committed all up to `ack.seq`; raises `HeadMismatch`."""
        if ack.epoch != self._journal.epoch:
            return
        self._journal.acknowledge(seq=ack.seq, head=ack.head)
        if not self._up:
            return
        if ack.seq >= self._sent:
            self._sent_at_ms = None
            self._send(now_ms)
        elif self._sent_at_ms is None:
            self._again(now_ms)

    def due(self, *, now_ms: int) -> None:
        """Send again what was not acknowledged in time."""
        if self._up and self._sent_at_ms is not None and now_ms - self._sent_at_ms >= RESEND_MS:
            self._again(now_ms)

    def _again(self, now_ms: int) -> None:
        self._sent = self._journal.acknowledged_seq
        self._send(now_ms)

    def _send(self, now_ms: int) -> None:
        after = max(self._sent, self._journal.acknowledged_seq)
        entries = _fitting(self._journal.unacknowledged(after=after, limit=WINDOW))
        if not entries:
            self._sent_at_ms = None
            return
        batch = JournalBatch(epoch=self._journal.epoch, entries=entries)
        if self._link.send("up/journal", encode_up(batch)):
            self._sent = after + len(entries)
            self._sent_at_ms = now_ms


def _fitting(entries: tuple[Signed, ...]) -> tuple[Signed, ...]:
    """As many of the first `entries` as one message holds, but at least one."""
    size = 0
    for count, entry in enumerate(entries):
        size += len(entry.payload) + _WRAPPING
        if count and size > MAX_BYTES - _WRAPPING:
            return entries[:count]
    return entries
