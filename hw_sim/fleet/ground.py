"""What everything in the simulated world stands on: one time, one source of chance, one trace."""

from __future__ import annotations

import random
from collections import Counter

from hw_sim.fleet.timeline import Timeline
from hw_sim.fleet.trace import Trace

#: Monday 2 March 2026, 10:00 UTC.
START_MS = 1_772_445_600_000


class Ground:
    """See the module. `faults` is on until the world calms down."""

    def __init__(self, seed: int, *, keep_trace: bool = False) -> None:
        self.chance = random.Random(seed)  # noqa: S311 - a simulation, repeatable by its seed
        self.timeline = Timeline(START_MS)
        self.trace = Trace(keep_all=keep_trace)
        self.operations: Counter[str] = Counter()
        self.count = 0
        self.faults = True

    @property
    def now_ms(self) -> int:
        """True time."""
        return self.timeline.now_ms

    def fresh_id(self) -> str:
        """32 hex digits that were never used."""
        return f"{self.chance.getrandbits(128):032x}"

    def happens(self, probability: float) -> bool:
        """Whether something of this probability happens now."""
        return self.chance.random() < probability

    def fault(self, probability: float) -> bool:
        """The same for a fault: none happens once the world is calm."""
        return self.faults and self.chance.random() < probability

    def between(self, low: int, high: int) -> int:
        """A number from `low` to `high`."""
        return self.chance.randrange(low, high + 1)

    def operation(self, kind: str, about: str = "") -> None:
        """One act of somebody, or one fault."""
        self.count += 1
        self.operations[kind] += 1
        self.note(f"{self.count}. {kind} {about}")

    def note(self, step: str, payload: bytes = b"") -> None:
        """A step of the world."""
        self.trace.note(self.timeline.now_ms, step, payload)
