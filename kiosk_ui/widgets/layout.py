"""Widgets that arrange others: columns, rows, grids, padding. Each says how large it wants to be at
a given width, and makes the finished `Node` once it has its rectangle.

A widget that gets too little room sticks out of its parent; `Node.holds_together` notices, and the
screen is built again a size smaller. Nothing is ever hidden to make room.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from kiosk_ui.fonts import Fonts
from kiosk_ui.geometry import Rect
from kiosk_ui.widgets.nodes import Node


class Widget(Protocol):
    """Something that can be laid out."""

    def size(self, fonts: Fonts, width: int) -> tuple[int, int]:
        """The width (at most `width`, where that is possible) and height that it wants, in pixels."""

    def place(self, fonts: Fonts, rect: Rect) -> Node:
        """The finished widget in `rect`."""


@dataclass(frozen=True)
class Space:
    """Nothing, of a size."""

    w: int = 0
    h: int = 0

    def size(self, fonts: Fonts, width: int) -> tuple[int, int]:
        return self.w, self.h

    def place(self, fonts: Fonts, rect: Rect) -> Node:
        return Node(rect=rect)


_NOTHING = Space()


@dataclass(frozen=True)
class Share:
    """Takes `share` parts of what a row or column has left over."""

    child: Widget = _NOTHING
    share: int = 1

    def size(self, fonts: Fonts, width: int) -> tuple[int, int]:
        return self.child.size(fonts, width)

    def place(self, fonts: Fonts, rect: Rect) -> Node:
        return self.child.place(fonts, rect)


@dataclass(frozen=True, kw_only=True)
class Column:
    """One below the other, each as wide as the column. `align` is where the whole stands if there is
    room to spare and nothing takes it: 0 top, 0.5 middle, 1 bottom."""

    children: tuple[Widget, ...]
    gap: int = 0
    align: float = 0.0
    role: str = "group"
    label: str = ""

    def size(self, fonts: Fonts, width: int) -> tuple[int, int]:
        sizes = [child.size(fonts, width) for child in self.children]
        gaps = self.gap * max(0, len(sizes) - 1)
        return max((w for w, _ in sizes), default=0), sum(h for _, h in sizes) + gaps

    def place(self, fonts: Fonts, rect: Rect) -> Node:
        heights = [child.size(fonts, rect.w)[1] for child in self.children]
        left = rect.h - sum(heights) - self.gap * max(0, len(heights) - 1)
        shares = [child.share if isinstance(child, Share) else 0 for child in self.children]
        y = rect.y
        if left > 0 and not any(shares):
            y += round(left * self.align)
        for index, extra in enumerate(_split(max(0, left), shares)):
            heights[index] += extra
        placed = []
        for child, height in zip(self.children, heights, strict=True):
            placed.append(child.place(fonts, Rect(rect.x, y, rect.w, height)))
            y += height + self.gap
        return Node(rect=rect, role=self.role, label=self.label, children=tuple(placed))


@dataclass(frozen=True, kw_only=True)
class Row:
    """One beside the other: first those that know their width, the `Share`s divide the rest.
    `align` is where a lower one stands: 0 top, 0.5 middle; None makes all as high as the row."""

    children: tuple[Widget, ...]
    gap: int = 0
    align: float | None = 0.5
    role: str = "group"
    label: str = ""

    def size(self, fonts: Fonts, width: int) -> tuple[int, int]:
        gaps = self.gap * max(0, len(self.children) - 1)
        wanted = min(width, sum(child.size(fonts, width)[0] for child in self.children) + gaps)
        widths = self._widths(fonts, wanted)
        heights = [child.size(fonts, w)[1] for child, w in zip(self.children, widths, strict=True)]
        return wanted, max(heights, default=0)

    def place(self, fonts: Fonts, rect: Rect) -> Node:
        placed, x = [], rect.x
        for child, w in zip(self.children, self._widths(fonts, rect.w), strict=True):
            height = rect.h if self.align is None else min(rect.h, child.size(fonts, w)[1])
            y = rect.y + round((rect.h - height) * (self.align or 0))
            placed.append(child.place(fonts, Rect(x, y, w, height)))
            x += w + self.gap
        return Node(rect=rect, role=self.role, label=self.label, children=tuple(placed))

    def _widths(self, fonts: Fonts, width: int) -> list[int]:
        left = width - self.gap * max(0, len(self.children) - 1)
        widths = [0] * len(self.children)
        for index, child in enumerate(self.children):
            if not isinstance(child, Share):
                widths[index] = child.size(fonts, max(0, left))[0]
                left -= widths[index]
        shares = [child.share if isinstance(child, Share) else 0 for child in self.children]
        for index, extra in enumerate(_split(max(0, left), shares)):
            widths[index] += extra
        return widths


@dataclass(frozen=True, kw_only=True)
class Grid:
    """Equal cells, row by row, which fill the height that the grid has."""

    children: tuple[Widget, ...]
    columns: int = 2
    gap: int = 0
    #: No cell becomes higher than this, however much room there is.
    tallest: int = 10_000
    role: str = "list"
    label: str = ""

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return -(-len(self.children) // self.columns)

    def size(self, fonts: Fonts, width: int) -> tuple[int, int]:
        cell = self._cell_width(width)
        height = max((child.size(fonts, cell)[1] for child in self.children), default=0)
        return width, self.rows * height + self.gap * max(0, self.rows - 1)

    def place(self, fonts: Fonts, rect: Rect) -> Node:
        cell = self._cell_width(rect.w)
        wanted = max((child.size(fonts, cell)[1] for child in self.children), default=0)
        rows = max(1, self.rows)
        height = max(wanted, min(self.tallest, (rect.h - self.gap * (rows - 1)) // rows))
        placed = tuple(
            child.place(
                fonts,
                Rect(
                    rect.x + (index % self.columns) * (cell + self.gap),
                    rect.y + (index // self.columns) * (height + self.gap),
                    cell,
                    height,
                ),
            )
            for index, child in enumerate(self.children)
        )
        return Node(rect=rect, role=self.role, label=self.label, children=placed)

    def _cell_width(self, width: int) -> int:
        return (width - self.gap * (self.columns - 1)) // self.columns


@dataclass(frozen=True, kw_only=True)
class Sized:
    """A child in a box of fixed width or height; what is not fixed is the child's wish. In a larger
    place the box stands in the middle across (`centre`) or at the left."""

    child: Widget
    w: int | None = None
    h: int | None = None
    centre: bool = False

    def size(self, fonts: Fonts, width: int) -> tuple[int, int]:
        w = width if self.w is None else min(self.w, width)
        wanted = self.child.size(fonts, w)
        return (wanted[0] if self.w is None else w), (wanted[1] if self.h is None else self.h)

    def place(self, fonts: Fonts, rect: Rect) -> Node:
        w = rect.w if self.w is None else min(rect.w, self.w)
        x = rect.x + (rect.w - w) // 2 if self.centre else rect.x
        return self.child.place(fonts, Rect(x, rect.y, w, rect.h))


def _split(amount: int, shares: list[int]) -> list[int]:
    """`amount` divided by shares, without a pixel left over."""
    total, given, parts = sum(shares), 0, []
    for upto in range(1, len(shares) + 1):
        until = amount * sum(shares[:upto]) // total if total else 0
        parts.append(until - given)
        given = until
    return parts
