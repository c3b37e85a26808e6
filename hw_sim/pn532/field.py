"""The space above the antenna: which card is there, powered or not, and for how long.

Decides whether a radio command reaches a card. Counts exchanges, so that a test can tear a card
away at an exact one. Does not know the reader's serial protocol. Not thread-safe: its owner locks.
"""

from __future__ import annotations

from hw_sim.pn532.cards import CardAnswer, VirtualCard

_CASCADE_TAG = 0x88


class RadioField:
    """One antenna with room for one card."""

    def __init__(self) -> None:
        self.exchanges = 0
        self._card: VirtualCard | None = None
        self._chosen = False
        self._exchanges_left: int | None = None

    @property
    def card(self) -> VirtualCard | None:
        """The card that lies there now."""
        return self._card

    def lay(self, card: VirtualCard) -> None:
        """Put a card there; one that lay there before is gone."""
        self.take()
        self._card = card
        self._tear_if_due()

    def take(self) -> VirtualCard | None:
        """Take the card away; None where there was none."""
        card, self._card = self._card, None
        self._chosen = False
        if card is not None:
            card.power_off()
        return card

    def tear_after(self, exchanges: int) -> None:
        """The card vanishes once that many more radio exchanges were answered or attempted with it."""
        if exchanges < 0:
            raise ValueError("a card cannot be torn away in the past")
        self._exchanges_left = exchanges
        if self._card is not None:
            self._tear_if_due()

    def switch_off(self) -> None:
        """No power: the card forgets its state."""
        self._chosen = False
        if self._card is not None:
            self._card.power_off()

    def select(self, wanted: bytes) -> VirtualCard | None:
        """Anticollision: the card that lies there, if `wanted` is empty or names it (cascade tags included)."""
        card = self._card
        if card is None or not _is_wanted(card.uid, wanted):
            return None
        card.select()
        self._chosen = True
        self._count()
        return card

    def exchange(self, command: bytes) -> CardAnswer:
        """Send a command to the chosen card; None where nobody answers."""
        if self._card is None or not self._chosen:
            return None
        answer = self._card.exchange(command)
        self._count()
        return answer

    def _count(self) -> None:
        self.exchanges += 1
        if self._exchanges_left is not None:
            self._exchanges_left -= 1
            self._tear_if_due()

    def _tear_if_due(self) -> None:
        if self._exchanges_left is not None and self._exchanges_left <= 0:
            self._exchanges_left = None
            self.take()


def _is_wanted(uid: bytes, wanted: bytes) -> bool:
    if not wanted:
        return True
    levels = {4: uid, 7: bytes((_CASCADE_TAG,)) + uid}
    levels[10] = bytes((_CASCADE_TAG,)) + uid[:3] + bytes((_CASCADE_TAG,)) + uid[3:]
    return levels.get(len(uid)) == wanted
