"""The central system's clock in these stories."""

from __future__ import annotations

import datetime as dt

from backend_bridge.central.instants import from_ms
from tests.unit.central.lab import NOW_MS


class Clock:
    """Each look at it is a millisecond later, and a story turns it. It begins on Monday 2 March 2026, 10:00 UTC."""

    def __init__(self) -> None:
        self.now = from_ms(NOW_MS)

    def turn_to(self, text: str) -> None:
        """To an instant with its zone, as `2026-03-29T01:30:00+01:00`."""
        self.now = dt.datetime.fromisoformat(text)

    def read(self) -> dt.datetime:
        """What it shows, in UTC as the system's own clock."""
        self.now += dt.timedelta(milliseconds=1)
        return self.now.astimezone(dt.UTC)
