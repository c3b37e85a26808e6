"""Whether a frame is worth decoding: a cheap look at a thumbnail.

Decides how often an unchanged scene is looked at. Knows no codes; it only saves work, so every rule
here errs on the side of looking.
"""

from __future__ import annotations

from enum import Enum

import numpy as np
from numpy.typing import NDArray

# Sensor noise averages out in a thumbnail to a level or two; paper before a wall changes dozens.
_CHANGED_LEVELS = 10
# A fifth of a per cent of 160x90 is 29 pixels; a 20 mm code at 20 cm covers more than 200.
_CHANGED_SHARE = 0.002
# After a movement the picture may still be blurred, and a code wants two frames.
_LOOKS_AFTER_MOVEMENT = 8
# What came in too dim or too slowly for the gate is found by then.
_LOOK_ANYWAY_MS = 500


class Verdict(Enum):
    """What to do with a frame."""

    SKIP = "unchanged and looked at often enough"
    STILL = "look, though it is unchanged since the last look"
    MOVED = "look, it has changed since the last look"


class MotionGate:
    """Compares each frame with the last one that was looked at, so that slow changes add up too."""

    def __init__(self) -> None:
        self._reference: NDArray[np.uint8] | None = None
        self._looks_left = 0
        self._looked_ms = 0

    def judge(self, thumbnail: NDArray[np.uint8], *, at_ms: int) -> Verdict:
        """Say whether to look at the frame of this grey thumbnail; other than SKIP it counts as looked at."""
        if self._has_moved(thumbnail):
            self._looks_left = _LOOKS_AFTER_MOVEMENT
            verdict = Verdict.MOVED
        elif self._looks_left > 0:
            self._looks_left -= 1
            verdict = Verdict.STILL
        elif at_ms - self._looked_ms >= _LOOK_ANYWAY_MS:
            verdict = Verdict.STILL
        else:
            return Verdict.SKIP
        self._reference = thumbnail
        self._looked_ms = at_ms
        return verdict

    def look_again(self) -> None:
        """Ask for the next frames even if nothing moves: the last one showed something undecided."""
        self._looks_left = max(self._looks_left, 1)

    def _has_moved(self, thumbnail: NDArray[np.uint8]) -> bool:
        before = self._reference
        if before is None or before.shape != thumbnail.shape:
            return True
        change = np.abs(before.astype(np.int16) - thumbnail)
        return int(np.count_nonzero(change > _CHANGED_LEVELS)) >= _CHANGED_SHARE * thumbnail.size
