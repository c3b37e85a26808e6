"""The finished tree: what stands where, what it means, and what is drawn for it.

Immutable and comparable, so that the painter can tell what has changed. No pygame.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from firmware.terminal.events import Event
from kiosk_ui.design import Colour, TextStyle
from kiosk_ui.geometry import Rect
from kiosk_ui.printable import printable


@dataclass(frozen=True, kw_only=True)
class Fill:
    """A rectangle, perhaps with round corners, an edge and a soft shadow (which reaches beyond it)."""

    rect: Rect
    colour: Colour
    radius: int = 0
    edge: Colour | None = None
    edge_width: int = 0
    shadow: int = 0
    opacity: int = 255

    @property
    def reach(self) -> Rect:
        """What drawing it may touch."""
        return self.rect.inset(-self.shadow, -self.shadow) if self.shadow else self.rect


@dataclass(frozen=True, kw_only=True)
class Glyphs:
    """One line of text."""

    rect: Rect
    text: str
    style: TextStyle
    colour: Colour

    @property
    def reach(self) -> Rect:
        """What drawing it may touch: letters may stick out of their line a little."""
        return self.rect.inset(-self.style.size // 8, -self.style.size // 4)


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A drawing of `kiosk_ui.pictures` in its colours."""

    rect: Rect
    name: str
    colours: tuple[Colour, ...]

    @property
    def reach(self) -> Rect:
        """What drawing it may touch."""
        return self.rect


Op = Fill | Glyphs | Picture


@dataclass(frozen=True, kw_only=True)
class Node:
    """A widget in its place. `event` is what a touch on it stands for."""

    rect: Rect
    role: str = "group"
    label: str = ""
    value: str = ""
    enabled: bool = True
    event: Event | None = None
    ops: tuple[Op, ...] = ()
    children: tuple[Node, ...] = ()

    def walk(self) -> Iterator[Node]:
        """This node and all below it, in the order of drawing."""
        yield self
        for child in self.children:
            yield from child.walk()

    def drawing(self) -> tuple[Op, ...]:
        """Everything that is drawn, from back to front."""
        return tuple(op for node in self.walk() for op in node.ops)

    def holds_together(self) -> bool:
        """Whether everything is inside of what it belongs to."""
        return all(self.rect.encloses(child.rect) and child.holds_together() for child in self.children)

    def button_at(self, x: int, y: int) -> Node | None:
        """The enabled button at a point."""
        for child in reversed(self.children):
            if (found := child.button_at(x, y)) is not None:
                return found
        pressable = self.event is not None and self.enabled and self.rect.holds(x, y)
        return self if pressable else None


#: What is read as one thing: the words on a button are its label, and are not told again.
_WHOLE = frozenset({"button", "image", "status", "text"})


def described(node: Node) -> list[dict[str, Any]]:
    """The semantic tree below and with `node`, as plain data. A group that says nothing is
    replaced by what is in it; spaces that do not break read as ordinary ones."""
    below = [] if node.role in _WHOLE else [entry for child in node.children for entry in described(child)]
    if node.role == "group" and not node.label:
        return below
    return [
        {
            "role": node.role,
            "label": _plain(node.label),
            "value": _plain(node.value),
            "enabled": node.enabled,
            "rect": list(node.rect),
            "children": below,
        }
    ]


def _plain(text: str) -> str:
    return printable(text).replace("\u00a0", " ").replace("\u202f", " ")
