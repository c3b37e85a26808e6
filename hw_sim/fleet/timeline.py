"""Simulated time: what happens when, one thing after the other, in one thread.

Time is true time in milliseconds since 1970; what terminals believe it to be is theirs (`clocks`).
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Generator

#: A course of events of somebody's own: it yields how long it waits, in ms.
Course = Generator[int, None, None]


class Timeline:
    """A heap of calls. Calls of the same moment happen in the order in which they were planned."""

    def __init__(self, start_ms: int) -> None:
        self._heap: list[tuple[int, int, Callable[[], None]]] = []
        self._planned = 0
        self._heap_ms = 0
        self._skipped_ms = start_ms

    @property
    def now_ms(self) -> int:
        """True time."""
        return self._heap_ms + self._skipped_ms

    def after(self, delay_ms: int, call: Callable[[], None]) -> None:
        """Do `call` in `delay_ms`."""
        self._planned += 1
        heapq.heappush(self._heap, (self._heap_ms + max(delay_ms, 0), self._planned, call))

    def every(self, period_ms: int, call: Callable[[], None], *, first_ms: int) -> None:
        """Do `call` in `first_ms`, and again after each period, for ever."""

        def again() -> None:
            self.after(period_ms, again)
            call()

        self.after(first_ms, again)

    def follow(self, course: Course) -> None:
        """Let `course` go on as it says, beginning now."""
        delay_ms = next(course, None)
        if delay_ms is not None:
            self.after(delay_ms, lambda: self.follow(course))

    def step(self) -> None:
        """Go on to the next call, and do it."""
        self._heap_ms, _number, call = heapq.heappop(self._heap)
        call()

    def run_until(self, until_ms: int) -> None:
        """Do all that is planned up to the true time `until_ms`, and go on to it."""
        while self._heap and self._heap[0][0] + self._skipped_ms <= until_ms:
            self.step()
        self._heap_ms = max(self._heap_ms, until_ms - self._skipped_ms)

    def skip(self, pause_ms: int) -> None:
        """Nothing happens for a while: whatever was planned, or under way, comes so much later."""
        self._skipped_ms += pause_ms
