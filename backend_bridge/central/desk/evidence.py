"""When an entry happened: by its own time where its evidence is good, by its place in the journal where it is
not (X7, ADR 0018). A terminal's clock never moves money; a claim that cannot be is raised, and the entry is
posted all the same.
"""

from __future__ import annotations

import datetime as dt

from backend_bridge.central.desk.turn import Turn
from backend_bridge.central.fleet import incidents
from backend_bridge.central.fleet.models import EpochHead, Incident
from backend_bridge.central.instants import from_ms
from loyalty.clocks import TOLERANCE_MS, KnownInstant, is_fine, judge
from loyalty.entries import Entry

#: A terminal keeps its journal this long; an entry that claims to be older has a wrong clock.
OLDEST_MS = 35 * 24 * 3600 * 1000
#: The year 5138; a number beyond is nobody's time.
_NO_DATE_MS = 10**14


class JournalClock:
    """The times of one journal's entries, told in their order."""

    def __init__(self, head: EpochHead | None, turn: Turn) -> None:
        self._turn = turn
        self._known = head.known_ms if head is not None else None

    def happened(self, entry: Entry) -> dt.datetime:
        """When `entry`, the next one, happened. A time that cannot be is raised."""
        known = judge(entry.clock)
        if known is not None and is_fine(known):
            return from_ms(self._by_its_own(entry, known))
        told_ms = entry.clock.wall_ms + (entry.clock.offset_ms or 0)
        return from_ms(self._within(told_ms))

    @property
    def known_ms(self) -> int | None:
        """The newest time that is known of the entries so far: none after them is older."""
        return self._known

    def _by_its_own(self, entry: Entry, known: KnownInstant) -> int:
        now_ms = self._turn.now_ms
        if known.earliest_ms > now_ms + TOLERANCE_MS:
            self._raise(entry, f"claims to be of {_told(known.at_ms)}, which is still to come")
        elif known.latest_ms < now_ms - OLDEST_MS:
            self._raise(entry, f"claims to be of {_told(known.at_ms)}, longer ago than a journal is kept")
        elif self._known is not None and known.latest_ms < self._known:
            self._raise(entry, f"claims to be of {_told(known.at_ms)}, before the one before it: {_told(self._known)}")
        else:
            # Surely not before this. A little less than what was judged, so that no true claim is raised.
            self._known = max(self._known or 0, min(known.earliest_ms, now_ms))
        return self._within(known.at_ms)

    def _within(self, told_ms: int) -> int:
        """`told_ms` where it can be: after the newest known time before it, and not later than now."""
        now_ms = self._turn.now_ms
        if self._known is None:
            return told_ms if now_ms - OLDEST_MS <= told_ms <= now_ms else now_ms
        return min(max(told_ms, self._known), now_ms)

    def _raise(self, entry: Entry, detail: str) -> None:
        key = f"{entry.terminal}/{entry.epoch}/{entry.seq}"
        incidents.notice(
            Incident.Kind.CLOCK, key=key, terminal=entry.terminal, detail=f"{key} {detail}", at=self._turn.at
        )


def _told(at_ms: int) -> str:
    """An instant for people; anything that is no date is only a number."""
    if not 0 <= at_ms < _NO_DATE_MS:
        return str(at_ms)
    return from_ms(at_ms).isoformat(timespec="seconds")
