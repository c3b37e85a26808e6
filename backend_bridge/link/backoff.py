"""How long to wait before the next attempt: soon at first, then longer, never all at once."""

from __future__ import annotations

from collections.abc import Callable


class Backoff:
    """Waits of `first_s`, doubling up to `limit_s`, each shortened by up to a half at random.

    Without the randomness, ten thousand terminals that lost a broker together would come back together.
    """

    def __init__(self, chance: Callable[[], float], *, first_s: float = 0.5, limit_s: float = 15.0) -> None:
        self._chance = chance
        self._first_s = first_s
        self._limit_s = limit_s
        self._failures = 0

    def next_s(self) -> float:
        """The next wait in seconds."""
        ceiling = min(self._limit_s, self._first_s * 2.0 ** min(self._failures, 30))
        self._failures += 1
        return ceiling * (1.0 - self._chance() / 2)

    def reset(self) -> None:
        """What was tried has worked."""
        self._failures = 0
