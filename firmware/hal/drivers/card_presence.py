"""Which card lies on a reader, from what single polls have seen.

Decides when a card counts as laid on and as taken off. Does no I/O and knows no time: it counts
polls. Nothing here talks to a card, so it is the same for every family.
"""

from __future__ import annotations

from dataclasses import dataclass

# A card at the edge of the field is missed now and then; one missed poll is not a customer leaving.
MISSES_UNTIL_LEFT = 2


@dataclass(frozen=True)
class Change:
    """What one poll has changed: first `left` was taken off, then `arrived` was laid on."""

    left: bytes | None = None
    arrived: bytes | None = None


class CardPresence:
    """At most one card, known by its UID."""

    def __init__(self) -> None:
        self._present: bytes | None = None
        self._misses = 0

    def seen(self, uid: bytes | None) -> Change:
        """A poll answered: `uid` is the card that it found, None that it found none."""
        present = self._present
        if uid is None:
            self._misses += 1
            return self.forgotten() if self._misses >= MISSES_UNTIL_LEFT else Change()
        self._misses = 0
        if present is not None and _is_same_card(present, uid):
            return Change()
        self._present = uid
        return Change(left=present, arrived=uid)

    def forgotten(self) -> Change:
        """Nothing is known any more, such as after the reader was lost: a card that lay there has left."""
        left, self._present, self._misses = self._present, None, 0
        return Change(left=left)


def _is_same_card(present: bytes, uid: bytes) -> bool:
    """Whether two sightings are one laying on.

    A phone, or a card with random ID switched on, shows a new four-byte UID that begins with 08h
    each time the field was off (ISO/IEC 14443-3, 6.5.4), thus at each poll.
    """
    return present == uid or (_is_random(present) and _is_random(uid))


def _is_random(uid: bytes) -> bool:
    return len(uid) == 4 and uid[0] == 0x08
