"""How often a key may call: a bucket of tokens for each, in this process's memory.

A bucket fills up at the key's own rate, and holds what comes in `BURST_S` seconds. At most `keys` buckets are kept; the
one that was used least recently goes first, and a bucket that is not there is a full one.
"""

from __future__ import annotations

import threading
from collections import OrderedDict

BURST_S = 4


class RateLimiter:
    """Counts calls by key. Its time is what it is given, in seconds of a clock that never goes back."""

    def __init__(self, *, keys: int = 10_000) -> None:
        self._keys = keys
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def wait_s(self, key: str, *, per_second: float, now_s: float) -> float:
        """Take one call from `key`'s bucket: 0.0, or how long to wait where there is none (nothing is taken)."""
        burst = max(1.0, per_second * BURST_S)
        with self._lock:
            left, since = self._buckets.pop(key, (burst, now_s))
            left = min(burst, left + max(0.0, now_s - since) * per_second)
            wait = 0.0 if left >= 1 else (1 - left) / per_second
            self._buckets[key] = (left - 1 if wait == 0 else left, now_s)
            while len(self._buckets) > self._keys:
                self._buckets.popitem(last=False)
            return wait

    def __len__(self) -> int:
        return len(self._buckets)
