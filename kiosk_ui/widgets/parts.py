"""Widgets that show something: text, pictures, cards and buttons."""

from __future__ import annotations

from dataclasses import dataclass, replace

from firmware.terminal.events import Event
from kiosk_ui.design import Colour, TextStyle
from kiosk_ui.fonts import Fonts
from kiosk_ui.geometry import Rect
from kiosk_ui.widgets.layout import Space, Widget
from kiosk_ui.widgets.nodes import Fill, Glyphs, Node, Picture

_NOTHING = Space()
#: How far type may shrink to keep a long number or name in its line, before it is cut.
SMALLEST_SHARE = 0.55


@dataclass(frozen=True, kw_only=True)
class Text:
    """Words in one style, on at most `lines` lines. `shrink`: rather smaller than broken or cut.
    `value` is what a machine should read, where that is not the text itself."""

    text: str
    style: TextStyle
    colour: Colour
    lines: int = 3
    shrink: bool = False
    centre: bool = False
    #: Lines about equally long; headings and centred text always are.
    even: bool = False
    role: str = "text"
    label: str | None = None
    value: str = ""

    def size(self, fonts: Fonts, width: int) -> tuple[int, int]:
        style, lines = self._set(fonts, width)
        return max((fonts.width(line, style) for line in lines), default=0), len(lines) * fonts.line_height(style)

    def place(self, fonts: Fonts, rect: Rect) -> Node:
        style, lines = self._set(fonts, rect.w)
        height = fonts.line_height(style)
        ops = []
        for index, line in enumerate(lines):
            w = fonts.width(line, style)
            x = rect.x + (rect.w - w) // 2 if self.centre else rect.x
            ops.append(
                Glyphs(rect=Rect(x, rect.y + index * height, w, height), text=line, style=style, colour=self.colour)
            )
        bounds = Rect(rect.x, rect.y, 0, 0)
        if ops:
            bounds = ops[0].rect
            for op in ops[1:]:
                bounds = bounds.join(op.rect)
        label = self.text if self.label is None else self.label
        return Node(rect=bounds, role=self.role, label=label, value=self.value, ops=tuple(ops))

    def _set(self, fonts: Fonts, width: int) -> tuple[TextStyle, tuple[str, ...]]:
        style = self.style
        least = max(8, round(style.size * SMALLEST_SHARE))
        while self.shrink and style.size > least and not fonts.fits(self.text, style, width=width, lines=self.lines):
            style = replace(style, size=max(least, round(style.size * 0.92) - 1))
        if self.even or self.centre or self.role == "heading":
            return style, fonts.balanced(self.text, style, width=width, lines=self.lines)
        return style, fonts.wrap(self.text, style, width=width, lines=self.lines)


@dataclass(frozen=True, kw_only=True)
class Art:
    """A picture of a fixed size. Without a label it is decoration."""

    name: str
    w: int
    h: int
    colours: tuple[Colour, ...]
    label: str = ""

    def size(self, fonts: Fonts, width: int) -> tuple[int, int]:
        return self.w, self.h

    def place(self, fonts: Fonts, rect: Rect) -> Node:
        box = Rect(rect.x + (rect.w - self.w) // 2, rect.y + (rect.h - self.h) // 2, self.w, self.h)
        role = "image" if self.label else "group"
        return Node(
            rect=box, role=role, label=self.label, ops=(Picture(rect=box, name=self.name, colours=self.colours),)
        )


@dataclass(frozen=True, kw_only=True)
class Stack:
    """Children in one place, the later ones above."""

    children: tuple[Widget, ...]

    def size(self, fonts: Fonts, width: int) -> tuple[int, int]:
        sizes = [child.size(fonts, width) for child in self.children]
        return max((w for w, _ in sizes), default=0), max((h for _, h in sizes), default=0)

    def place(self, fonts: Fonts, rect: Rect) -> Node:
        return Node(rect=rect, children=tuple(child.place(fonts, rect) for child in self.children))


@dataclass(frozen=True, kw_only=True)
class Card:
    """A ground with a child in it."""

    child: Widget = _NOTHING
    colour: Colour
    pad: tuple[int, int] = (0, 0)
    radius: int = 0
    edge: Colour | None = None
    edge_width: int = 1
    shadow: int = 0
    role: str = "group"
    label: str = ""
    value: str = ""

    def size(self, fonts: Fonts, width: int) -> tuple[int, int]:
        w, h = self.child.size(fonts, max(0, width - 2 * self.pad[0]))
        return w + 2 * self.pad[0], h + 2 * self.pad[1]

    def place(self, fonts: Fonts, rect: Rect) -> Node:
        ground = Fill(
            rect=rect,
            colour=self.colour,
            radius=self.radius,
            edge=self.edge,
            edge_width=self.edge_width if self.edge else 0,
            shadow=self.shadow,
        )
        inside = self.child.place(fonts, rect.inset(*self.pad))
        return Node(rect=rect, role=self.role, label=self.label, value=self.value, ops=(ground,), children=(inside,))


@dataclass(frozen=True, kw_only=True)
class Button:
    """A card that can be touched; `event` is what a touch stands for. Never smaller than `target`."""

    card: Card
    label: str
    event: Event
    target: int
    value: str = ""
    enabled: bool = True
    #: How much lower than its target the button looks, above and below.
    slim: int = 0

    def size(self, fonts: Fonts, width: int) -> tuple[int, int]:
        w, h = self.card.size(fonts, width)
        return max(w, self.target), max(h + 2 * self.slim, self.target)

    def place(self, fonts: Fonts, rect: Rect) -> Node:
        return replace(
            self.card.place(fonts, rect.inset(0, self.slim)),
            rect=rect,
            role="button",
            label=self.label,
            value=self.value,
            enabled=self.enabled,
            event=self.event,
        )
