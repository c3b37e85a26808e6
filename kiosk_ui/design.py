"""How the screen looks: type scale, spacing, colour roles. Decides no layout and draws nothing.

Sizes are given for 1024x600 on 7 inches (170 dpi) and scaled to the screen. Colours that carry
text are checked by WCAG contrast, so that a company may choose any colour as its own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

Colour = tuple[int, int, int]

#: The screen that all sizes here are meant for.
REFERENCE = (1024, 600)
#: WCAG 2 AA for text.
READABLE = 4.5
#: Two large areas of less contrast look like one.
TOLD_APART = 1.15
#: 9 mm on the reference screen: the least a finger should have to hit.
TARGET = 60
#: No target is smaller than this, on whatever screen.
LEAST_TARGET = 44
#: What a company has that gave a colour that is none.
DEFAULT_BRAND: Colour = (0x9A, 0x34, 0x12)

WHITE: Colour = (255, 255, 255)
BLACK: Colour = (0, 0, 0)
CREAM: Colour = (0xFF, 0xFB, 0xF5)
INK: Colour = (0x26, 0x20, 0x1B)


@dataclass(frozen=True)
class TextStyle:
    """A weight of Inter, its size in pixels, and the line height as a multiple of the size."""

    weight: str
    size: int
    leading: float = 1.3


#: Weight, size on the reference screen, leading.
TYPE_SCALE: dict[str, tuple[str, int, float]] = {
    "code": ("Bold", 100, 1.2),
    "display": ("Bold", 58, 1.12),
    "title": ("Bold", 38, 1.18),
    "figure": ("Bold", 37, 1.2),
    "heading": ("SemiBold", 26, 1.25),
    "lead": ("Regular", 24, 1.38),
    "body": ("Regular", 20, 1.35),
    "strong": ("SemiBold", 20, 1.3),
    "button": ("SemiBold", 22, 1.25),
    "small": ("Regular", 17, 1.32),
    "label": ("SemiBold", 17, 1.3),
}


@dataclass(frozen=True, kw_only=True)
class Palette:
    """Colours by what they are for. Every `on_…` is readable on its ground, as are `ink`, `quiet`
    and `brand_text` on `page`, `card` and `brand_soft`."""

    page: Colour = (0xFA, 0xF6, 0xF0)
    card: Colour = WHITE
    sunken: Colour = (0xF3, 0xED, 0xE4)
    line: Colour = (0xE6, 0xDC, 0xCF)
    ink: Colour = INK
    quiet: Colour = (0x66, 0x5B, 0x51)
    brand: Colour = DEFAULT_BRAND
    on_brand: Colour = WHITE
    brand_soft: Colour = (0xF9, 0xEB, 0xE4)
    brand_text: Colour = DEFAULT_BRAND
    good: Colour = (0x1F, 0x6B, 0x41)
    good_soft: Colour = (0xE3, 0xF3, 0xE8)
    caution: Colour = (0x7A, 0x4B, 0x00)
    caution_soft: Colour = (0xFF, 0xF0, 0xCC)


def luminance(colour: Colour) -> float:
    """WCAG 2 relative luminance, 0 to 1."""
    red, green, blue = (_linear(channel / 255) for channel in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


def contrast(one: Colour, other: Colour) -> float:
    """WCAG 2 contrast ratio, 1 to 21."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def mix(one: Colour, other: Colour, share: float) -> Colour:
    """`one` with a `share` (0 to 1) of `other` in it."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def parsed(text: str) -> Colour:
    """A colour `#rrggbb`; the default for anything else, since a misspelt colour must not stop a shop."""
    if re.fullmatch(r"#[0-9a-fA-F]{6}", text) is None:
        return DEFAULT_BRAND
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)


def readable_on(ground: Colour) -> Colour:
    """White, ink or black: the first that can be read on `ground` (one of them always can)."""
    return next((one for one in (WHITE, INK) if contrast(one, ground) >= READABLE), BLACK)


def darkened(colour: Colour, *, against: Colour) -> Colour:
    """`colour`, made as much darker as is needed to be read on a light ground."""
    share = 0.0
    while contrast(shade := mix(colour, BLACK, share), against) < READABLE and share < 1:
        share += 0.05
    return shade


@lru_cache(maxsize=16)
def palette(brand: str) -> Palette:
    """The colours for a company's own colour (`#rrggbb`)."""
    colour = parsed(brand)
    soft = mix(CREAM, colour, 0.09)
    # A colour that is nearly the page's own would vanish beside it; a darker shade takes over.
    fill = colour if contrast(colour, Palette.page) >= TOLD_APART else darkened(colour, against=Palette.page)
    return Palette(
        brand=fill,
        on_brand=readable_on(fill),
        brand_soft=soft,
        brand_text=darkened(colour, against=min(soft, Palette.sunken, key=luminance)),
    )


@dataclass(frozen=True, kw_only=True)
class Look:
    """A palette at a scale. `scale` is the screen's, `squeeze` (up to 1) makes type and gaps smaller
    where a screen would otherwise not hold its words; targets for fingers are never squeezed."""

    palette: Palette
    scale: float
    squeeze: float = 1.0

    @classmethod
    def of(cls, size: tuple[int, int], *, brand: str) -> Look:
        """The look on a screen of `size` pixels."""
        return cls(palette=palette(brand), scale=min(size[0] / REFERENCE[0], size[1] / REFERENCE[1]))

    def px(self, length: float) -> int:
        """A length on the reference screen in pixels of this one."""
        return max(1, round(length * self.scale * self.squeeze))

    def type(self, name: str) -> TextStyle:
        """A style of the type scale."""
        weight, size, leading = TYPE_SCALE[name]
        return TextStyle(weight, max(8, self.px(size)), leading)

    @property
    def target(self) -> int:
        """The least width and height of a target, in pixels."""
        return max(LEAST_TARGET, round(TARGET * self.scale))
