"""Draws finished trees with pygame, and only what has changed since the last one.

Text, shapes and pictures are rendered once and kept. What must be redrawn is found by comparing
what two trees draw; everything that reaches into a changed rectangle is drawn again within it.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Callable
from io import BytesIO

import pygame
import pygame.image
import pygame.transform

from kiosk_ui import pictures
from kiosk_ui.design import BLACK, Colour
from kiosk_ui.fonts import Fonts
from kiosk_ui.geometry import Rect, merged
from kiosk_ui.widgets import Fill, Glyphs, Op, Picture

#: How much larger a round corner is drawn before it is scaled down: pygame's own are jagged.
FINER = 4
#: Rendered surfaces that are kept; a screen has fewer than a hundred.
KEPT = 400
#: Beyond this many rectangles, one around all is cheaper.
MOST_RECTS = 24
SHADOW_OPACITY = 22
#: A shadow on a warm ground is warm.
SHADE: Colour = (60, 40, 20)


class Painter:
    """Draws on one surface."""

    def __init__(self, surface: pygame.Surface, fonts: Fonts) -> None:
        self._surface = surface
        self._fonts = fonts
        self._kept: OrderedDict[object, pygame.Surface] = OrderedDict()
        self._shown: tuple[Op, ...] = ()

    def draw(self, ops: tuple[Op, ...]) -> tuple[Rect, ...]:
        """Brings the surface from what was drawn last to `ops`; the rectangles that changed."""
        whole = Rect(0, 0, *self._surface.get_size())
        rects = changed(self._shown, ops, whole=whole)
        for rect in rects:
            self._surface.set_clip(pygame.Rect(rect))
            for op in ops:
                if op.reach.meets(rect):
                    self._paint(op)
        self._surface.set_clip(None)
        self._shown = ops
        return rects

    def _paint(self, op: Op) -> None:
        if op.rect.w <= 0 or op.rect.h <= 0:
            return
        if isinstance(op, Fill):
            self._paint_fill(op)
        elif isinstance(op, Glyphs):
            rendered = self._keep(
                (op.text, op.style, op.colour),
                lambda: self._fonts.font(op.style).render(op.text, True, op.colour).convert_alpha(),
            )
            self._surface.blit(rendered, (op.rect.x, op.rect.y + (op.rect.h - rendered.get_height()) // 2))
        else:
            self._surface.blit(self._keep((op.name, op.rect[2:], op.colours), lambda: picture(op)), op.rect[:2])

    def _paint_fill(self, op: Fill) -> None:
        if op.shadow:
            soft = self._keep(("shadow", op.rect[2:], op.radius, op.shadow), lambda: shadow(op))
            # Light comes from above: the shadow lies a little lower than what throws it.
            self._surface.blit(soft, (op.rect.x - op.shadow, op.rect.y - op.shadow + op.shadow // 4))
        if op.radius == 0 and op.edge is None and op.opacity == 255:
            self._surface.fill(op.colour, pygame.Rect(op.rect))
            return
        key = ("fill", op.rect[2:], op.colour, op.radius, op.edge, op.edge_width, op.opacity)
        self._surface.blit(self._keep(key, lambda: rounded(op)), op.rect[:2])

    def _keep(self, key: object, render: Callable[[], pygame.Surface]) -> pygame.Surface:
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        if len(self._kept) >= KEPT:
            self._kept.popitem(last=False)
        self._kept[key] = made = render()
        return made


def changed(old: tuple[Op, ...], new: tuple[Op, ...], *, whole: Rect) -> tuple[Rect, ...]:
    """Where drawing `new` over `old` makes a difference, as rectangles within `whole`."""
    if old == new:
        return ()
    before, after = Counter(old), Counter(new)
    if not old or [op for op in old if op in after] != [op for op in new if op in before]:
        return (whole,)
    differing = [*(before - after), *(after - before)]
    rects = merged(op.reach.cut(whole) for op in differing)
    if len(rects) > MOST_RECTS:
        joined = rects[0]
        for rect in rects[1:]:
            joined = joined.join(rect)
        return (joined,)
    return rects


def rounded(op: Fill) -> pygame.Surface:
    """A rectangle with round corners: the corners are drawn `FINER` times as large and scaled down,
    what is between them is filled, so that a large card costs no more than a small one."""
    w, h = op.rect[2:]
    radius = min(op.radius, w // 2, h // 2)
    outer = op.edge if op.edge is not None else op.colour
    made = pygame.Surface((w, h), pygame.SRCALPHA)
    made.fill((*op.colour, op.opacity))
    if op.edge is not None and op.edge_width:
        pygame.draw.rect(made, (*op.edge, op.opacity), made.get_rect(), op.edge_width)
    corner = _disc(radius, op=op, outer=outer)
    for x, y, part in (
        (0, 0, (0, 0)),
        (w - radius, 0, (radius, 0)),
        (0, h - radius, (0, radius)),
        (w - radius, h - radius, (radius, radius)),
    ):
        area = pygame.Rect(x, y, radius, radius)
        made.fill((*outer, 0), area)
        made.blit(corner, area, pygame.Rect(*part, radius, radius))
    return made.convert_alpha()


def _disc(radius: int, *, op: Fill, outer: Colour) -> pygame.Surface:
    """The four corners together. Transparent pixels have the edge's colour, so that scaling down
    mixes no foreign colour in."""
    large = radius * FINER
    disc = pygame.Surface((max(1, large * 2), max(1, large * 2)), pygame.SRCALPHA)
    disc.fill((*outer, 0))
    pygame.draw.circle(disc, (*outer, op.opacity), (large, large), large)
    if op.edge is not None and op.edge_width:
        pygame.draw.circle(disc, (*op.colour, op.opacity), (large, large), max(0, large - op.edge_width * FINER))
    return pygame.transform.smoothscale(disc, (max(1, radius * 2), max(1, radius * 2)))


def shadow(op: Fill) -> pygame.Surface:
    """A soft shadow: one rectangle in another, each a little darker than the one around it."""
    reach = op.shadow
    soft = pygame.Surface((op.rect.w + 2 * reach, op.rect.h + 2 * reach), pygame.SRCALPHA)
    soft.fill((*BLACK, 0))
    for step in range(reach + 1):
        # Falls off like light does: quickly at first, then hardly to be seen.
        opacity = round(SHADOW_OPACITY * (step / reach) ** 2)
        ring = soft.get_rect().inflate(-2 * step, -2 * step)
        pygame.draw.rect(soft, (*SHADE, opacity), ring, border_radius=op.radius + reach - step)
    return soft.convert_alpha()


def picture(op: Picture) -> pygame.Surface:
    """A drawing at its size."""
    source = pictures.svg(op.name, w=op.rect.w, h=op.rect.h, colours=op.colours)
    return pygame.image.load(BytesIO(source.encode()), "picture.svg").convert_alpha()
