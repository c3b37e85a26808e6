"""Disks that are lost: what was on them when they went, and what becomes of it.

`Lost` is somebody's drawer with the old disk: the fleet does not have it any more, but it can be found again, and
be recovered from, also after what it held was written off.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from hw_sim.checkers.evidence import StoredEntry
from loyalty.entries import Entry, read_payload


@dataclass
class LostJournal:
    """A journal as it was on a disk that was lost. `found`: it was recovered since."""

    terminal: str
    epoch: int
    stored: list[StoredEntry]
    entries: list[Entry]
    found: bool = False


@dataclass
class Drawer:
    """The journals that were on lost disks, the longest of each."""

    journals: dict[tuple[str, int], LostJournal] = field(default_factory=dict)

    def keep(self, stored: list[StoredEntry]) -> None:
        """A disk with this journal goes."""
        if not stored:
            return
        entries = [read_payload(one.payload) for one in stored]
        place = (entries[0].terminal, entries[0].epoch)
        known = self.journals.get(place)
        if known is None or len(known.stored) < len(stored):
            self.journals[place] = LostJournal(*place, stored=list(stored), entries=entries)

    def lost(self) -> list[LostJournal]:
        """Those that nobody has recovered, in a fixed order."""
        return [self.journals[place] for place in sorted(self.journals) if not self.journals[place].found]
