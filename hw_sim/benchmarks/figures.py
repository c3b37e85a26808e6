"""Percentiles of measured times, and one line of a report."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One measured thing: `times_ms` in the order of measuring, and what it is compared with."""

    name: str
    times_ms: tuple[float, ...]
    note: str = ""

    def percentile(self, share: float) -> float:
        """The smallest time that at least `share` (0 to 1) of all are not above, in milliseconds."""
        ordered = sorted(self.times_ms)
        return ordered[max(math.ceil(share * len(ordered)) - 1, 0)]

    def line(self) -> str:
        """The figure as a line of the report."""
        return (
            f"{self.name:<58} n={len(self.times_ms):<5} p50 {self.percentile(0.5):8.2f} ms"
            f"  p99 {self.percentile(0.99):8.2f} ms  {self.note}"
        )


def ratio(name: str, *, value: float, budget: str) -> str:
    """A ratio with its budget, as a line of the report."""
    return f"{name:<58} {value:8.2f}   budget {budget}"


def spread(values: Sequence[float]) -> str:
    """The least and the greatest of several values."""
    return f"{min(values):.2f} to {max(values):.2f}"
