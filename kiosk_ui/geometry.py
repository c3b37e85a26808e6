"""Whole-pixel rectangles. Immutable, without pygame, so that layouts can be compared and hashed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Rect(NamedTuple):
    """A rectangle in pixels, origin at the top left of the screen."""

    x: int
    y: int
    w: int
    h: int

    @property
    def right(self) -> int:
        """The first column beyond it."""
        return self.x + self.w

    @property
    def bottom(self) -> int:
        """The first row beyond it."""
        return self.y + self.h

    def inset(self, dx: int, dy: int) -> Rect:
        """The same, smaller by `dx` and `dy` on each side (larger, if negative)."""
        return Rect(self.x + dx, self.y + dy, max(0, self.w - 2 * dx), max(0, self.h - 2 * dy))

    def holds(self, x: int, y: int) -> bool:
        """Whether the point is inside."""
        return self.x <= x < self.right and self.y <= y < self.bottom

    def encloses(self, other: Rect) -> bool:
        """Whether the whole of `other` is inside."""
        inside_x = self.x <= other.x and other.right <= self.right
        return inside_x and self.y <= other.y and other.bottom <= self.bottom

    def meets(self, other: Rect) -> bool:
        """Whether they share a pixel."""
        meets_x = self.x < other.right and other.x < self.right
        return meets_x and self.y < other.bottom and other.y < self.bottom

    def cut(self, other: Rect) -> Rect:
        """What both share; empty if nothing."""
        x, y = max(self.x, other.x), max(self.y, other.y)
        return Rect(x, y, max(0, min(self.right, other.right) - x), max(0, min(self.bottom, other.bottom) - y))

    def join(self, other: Rect) -> Rect:
        """The smallest rectangle around both."""
        x, y = min(self.x, other.x), min(self.y, other.y)
        return Rect(x, y, max(self.right, other.right) - x, max(self.bottom, other.bottom) - y)


def merged(rects: Iterable[Rect]) -> tuple[Rect, ...]:
    """Fewer rectangles that cover the same: those that meet become one."""
    done: list[Rect] = []
    for rect in rects:
        if rect.w <= 0 or rect.h <= 0:
            continue
        joined = rect
        while touching := next((one for one in done if one.meets(joined)), None):
            done.remove(touching)
            joined = joined.join(touching)
        done.append(joined)
    return tuple(done)
