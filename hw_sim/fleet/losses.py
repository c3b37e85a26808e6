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
    """A journal that is no longer in use. `found`: it was recovered since; `at_hand`: so many of its entries are
    set aside on the disk that its terminal has, which sends them up."""

    terminal: str
    epoch: int
    stored: list[StoredEntry]
    entries: list[Entry]
    found: bool = False
    at_hand: int = 0


@dataclass
class Drawer:
    """The journals that were on lost disks, the longest of each."""

    journals: dict[tuple[str, int], LostJournal] = field(default_factory=dict)

    def gone(self, terminal: str) -> None:
        """The terminal's disk goes, with what was set aside on it."""
        for lost in self.journals.values():
            if lost.terminal == terminal:
                lost.at_hand = 0

    def keep(self, stored: list[StoredEntry], *, at_hand: bool = False) -> None:
        """This journal is on a disk that goes, or was set aside on one that stays."""
        if not stored:
            return
        entries = [read_payload(one.payload) for one in stored]
        place = (entries[0].terminal, entries[0].epoch)
        known = self.journals.get(place)
        if known is None or len(known.stored) < len(stored):
            found, there = (known.found, known.at_hand) if known is not None else (False, 0)
            known = LostJournal(*place, stored=list(stored), entries=entries, found=found, at_hand=there)
            self.journals[place] = known
        if at_hand:
            known.at_hand = max(known.at_hand, len(stored))

    def forgotten(self) -> None:
        """The central system was restored: what had been recovered may be unknown again."""
        for lost in self.journals.values():
            lost.found = False

    def lost(self) -> list[LostJournal]:
        """Those that nobody has recovered, in a fixed order."""
        return [self.journals[place] for place in sorted(self.journals) if not self.journals[place].found]
