"""Measures and breaks text, in Inter. Decides where a line ends, not where it stands."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from pathlib import Path

import pygame.font

from kiosk_ui.design import TextStyle
from kiosk_ui.errors import FontMissing
from kiosk_ui.printable import printable

#: Where distributions put Debian's package fonts-inter.
DIRECTORIES = (
    "/usr/share/fonts/opentype/inter",
    "/usr/share/fonts/truetype/inter",
    "/usr/share/fonts/opentype/fonts-inter",
    "/usr/share/fonts/inter",
    "/usr/local/share/fonts/inter",
)
ELLIPSIS = "…"


def font_file(weight: str, directories: Iterable[str] = DIRECTORIES) -> Path:
    """The file of one weight; raises `FontMissing` where it is not installed."""
    names = (f"Inter-{weight}.otf", f"Inter-{weight}.ttf")
    for directory in directories:
        for name in names:
            if (path := Path(directory, name)).is_file():
                return path
    raise FontMissing(f"the typeface Inter ({weight}) was not found. Install it: sudo apt install fonts-inter")


class Fonts:
    """Fonts of one process, opened when first needed. Needs `pygame.font` to be initialised."""

    def __init__(self) -> None:
        self._files: dict[str, bytes] = {}
        self._fonts: dict[tuple[str, int], pygame.font.Font] = {}
        self._widths: dict[tuple[str, str, int], int] = {}
        self._lines: dict[tuple[str, TextStyle, int, int], tuple[str, ...]] = {}

    def font(self, style: TextStyle) -> pygame.font.Font:
        """The font of a style."""
        key = (style.weight, style.size)
        if key not in self._fonts:
            # From memory: a font made from a file's name keeps that file open, one for each size.
            self._fonts[key] = pygame.font.Font(io.BytesIO(self._file(style.weight)), style.size)
        return self._fonts[key]

    def _file(self, weight: str) -> bytes:
        if weight not in self._files:
            self._files[weight] = font_file(weight).read_bytes()
        return self._files[weight]

    def width(self, text: str, style: TextStyle) -> int:
        """The width of one line in pixels."""
        key = (text, style.weight, style.size)
        if key not in self._widths:
            if len(self._widths) > 8192:
                self._widths.clear()
            self._widths[key] = self.font(style).size(text)[0] if text else 0
        return self._widths[key]

    def line_height(self, style: TextStyle) -> int:
        """From baseline to baseline, in pixels."""
        return max(round(style.size * style.leading), 1)

    def wrap(self, text: str, style: TextStyle, *, width: int, lines: int) -> tuple[str, ...]:
        """`text` broken into at most `lines` lines of `width` pixels, the last one cut with an
        ellipsis where it does not fit."""
        key = (text, style, width, lines)
        if key not in self._lines:
            if len(self._lines) > 4096:
                self._lines.clear()
            self._lines[key] = self._wrap(printable(text), style, width=width, lines=lines)
        return self._lines[key]

    def balanced(self, text: str, style: TextStyle, *, width: int, lines: int) -> tuple[str, ...]:
        """The same as `wrap`, in as many lines, but the lines about equally long: for headings."""
        broken = self.wrap(text, style, width=width, lines=lines)
        if len(broken) < 2 or not self.fits(text, style, width=width, lines=lines):
            return broken
        low, high = width // len(broken), width
        while high - low > max(2, style.size // 4):
            middle = (low + high) // 2
            if self.fits(text, style, width=middle, lines=len(broken)) and self._whole(text, style, width=middle):
                high = middle
            else:
                low = middle
        return self.wrap(text, style, width=high, lines=lines)

    def _whole(self, text: str, style: TextStyle, *, width: int) -> bool:
        """Whether no word is longer than a line."""
        return all(self.width(word, style) <= width for word in printable(text).split(" "))

    def fits(self, text: str, style: TextStyle, *, width: int, lines: int) -> bool:
        """Whether nothing of `text` is cut."""
        broken = self.wrap(text, style, width=width, lines=lines)
        return "".join(broken).replace(" ", "") == printable(text).replace(" ", "")

    def _wrap(self, text: str, style: TextStyle, *, width: int, lines: int) -> tuple[str, ...]:
        done: list[str] = []
        rest = text
        while rest and len(done) < lines:
            head, rest = self._break(rest, style, width=width)
            done.append(head)
        if rest and done:
            done[-1] = self._cut(f"{done[-1]} {rest}", style, width=width)
        return tuple(done)

    def _break(self, text: str, style: TextStyle, *, width: int) -> tuple[str, str]:
        """The longest beginning that fits, at a space if there is one, and what remains."""
        if self.width(text, style) <= width:
            return text, ""
        words = text.split(" ")
        count = _longest(len(words), lambda n: self.width(" ".join(words[:n]), style) <= width)
        if count:
            return " ".join(words[:count]), " ".join(words[count:])
        letters = max(1, _longest(len(text), lambda n: self.width(text[:n], style) <= width))
        return text[:letters], text[letters:]

    def _cut(self, text: str, style: TextStyle, *, width: int) -> str:
        kept = _longest(len(text), lambda n: self.width(text[:n].rstrip() + ELLIPSIS, style) <= width)
        return text[:kept].rstrip() + ELLIPSIS


def _longest(most: int, fits: Callable[[int], bool]) -> int:
    """The greatest count from 0 to `most` that fits, given that fewer always fit."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        if fits(middle):
            low = middle
        else:
            high = middle - 1
    return low
