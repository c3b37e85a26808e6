"""What the terminal knows of the time: its own clocks, and what the central system's showed."""

from __future__ import annotations

from firmware.hal.ports import Clock
from loyalty.entries import ClockEvidence


class KnownTime:
    """The terminal's clock with its evidence (X7)."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._compared_ms: int | None = None
        self._offset_ms: int | None = None

    def wall_ms(self) -> int:
        """Unix time as this machine's clock shows it."""
        return self._clock.wall_ms()

    def monotonic_ms(self) -> int:
        """Time for timers."""
        return self._clock.monotonic_ms()

    def central_ms(self) -> int:
        """The central clock, as well as it is known here."""
        return self._clock.wall_ms() + (self._offset_ms or 0)

    def compare(self, central_ms: int) -> None:
        """The central system's clock has just shown `central_ms` (less the way here)."""
        self._compared_ms = self._clock.monotonic_ms()
        self._offset_ms = central_ms - self._clock.wall_ms()

    def evidence(self) -> ClockEvidence:
        """The time of an entry that is written now, and how well it is known."""
        now = self._clock.monotonic_ms()
        return ClockEvidence(
            wall_ms=self._clock.wall_ms(),
            monotonic_ms=now,
            boot_id=self._clock.boot_id(),
            set_ago_ms=None if self._compared_ms is None else now - self._compared_ms,
            offset_ms=self._offset_ms,
        )
