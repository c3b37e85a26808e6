"""One file: what was written to it, and what of that a power cut would leave."""

from __future__ import annotations

from random import Random

#: Sectors of old and of today's disks: what lies within one is written whole or not at all.
SECTORS = (512, 4096)


class SimFile:
    """Bytes as a running machine sees them (`content`), as they are on the medium, and what is on its way there."""

    def __init__(self, data: bytes = b"") -> None:
        self.content = bytearray(data)
        self._synced = bytearray(data)
        #: Writes (offset, data) and truncations (size, None) since the last sync, in order.
        self._pending: list[tuple[int, bytes | None]] = []

    def write(self, offset: int, data: bytes) -> None:
        """Write `data` at `offset`; it is not on the medium yet."""
        _apply(self.content, offset, data)
        self._pending.append((offset, data))

    def truncate(self, size: int) -> None:
        """Cut off what is beyond `size`."""
        del self.content[size:]
        self._pending.append((size, None))

    def sync(self) -> None:
        """All that was written is on the medium."""
        for place, data in self._pending:
            _apply(self._synced, place, data)
        self._pending.clear()

    def fail_sync(self, chance: Random) -> None:
        """A sync that fails, as Linux has it: some of it came through, and the rest is not tried again."""
        self._settle(chance)

    def cut(self, chance: Random) -> None:
        """The power goes: what was synced stays, and of the rest whatever `chance` draws, in any order."""
        self._settle(chance)
        self.content = bytearray(self._synced)

    def flip(self, place: int, bit: int) -> None:
        """The medium itself goes bad at one bit."""
        self.sync()
        self.content[place] ^= 1 << bit
        self._synced[place] ^= 1 << bit

    def _settle(self, chance: Random) -> None:
        if not self._pending:
            return
        sector = chance.choice(SECTORS)
        share = chance.choice((0.0, chance.random(), 1.0))
        pieces = [piece for write in self._pending for piece in _pieces(*write, sector=sector)]
        # What is written last is not what gets to the medium last, unless a sync stands between.
        if chance.random() < 0.5:
            chance.shuffle(pieces)
        for place, data in pieces:
            if chance.random() < share:
                _apply(self._synced, place, data)
        self._pending.clear()


def _apply(target: bytearray, place: int, data: bytes | None) -> None:
    if data is None:
        del target[place:]
        return
    if len(target) < place:
        target.extend(bytes(place - len(target)))
    target[place : place + len(data)] = data


def _pieces(place: int, data: bytes | None, *, sector: int) -> list[tuple[int, bytes | None]]:
    """A write, torn at the borders of sectors."""
    if data is None:
        return [(place, None)]
    pieces: list[tuple[int, bytes | None]] = []
    start = 0
    while start < len(data):
        end = min(len(data), start + sector - (place + start) % sector)
        pieces.append((place + start, data[start:end]))
        start = end
    return pieces
