"""Every step of a run, in a running hash: two runs with the same hash did the same."""

from __future__ import annotations

import hashlib
from collections import deque

LAST_STEPS = 40


class Trace:
    """`note` a step; `digest` names all of them so far. `lines` are the last ones, or all with `keep_all`."""

    def __init__(self, *, keep_all: bool = False) -> None:
        self._hash = hashlib.blake2b(digest_size=16)
        self.lines: deque[str] = deque(maxlen=None if keep_all else LAST_STEPS)

    def note(self, at_ms: int, step: str, payload: bytes = b"") -> None:
        """`step` happened at `at_ms`; `payload` are the bytes that moved."""
        line = f"{at_ms} {step}"
        self._hash.update(b"%b %d\n%b" % (line.encode(), len(payload), payload))
        self.lines.append(f"{line} ({len(payload)} bytes)" if payload else line)

    @property
    def digest(self) -> str:
        """32 hex digits."""
        return self._hash.hexdigest()
