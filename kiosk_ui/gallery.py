"""Pictures of every screen: `python -m kiosk_ui.gallery OUT_DIR [NAME…]`.

Renders the samples in every language and on every size of screen, without a display.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pygame
import pygame.font
import pygame.image

from firmware.terminal.model import Terminal
from kiosk_ui.fonts import Fonts
from kiosk_ui.painter import Painter
from kiosk_ui.samples import NOW_MS, samples
from kiosk_ui.screens import Screen, build
from kiosk_ui.text import translated

SIZES = ((1024, 600), (800, 480), (1920, 1080))


def pictures(names: tuple[str, ...] = ()) -> Iterator[tuple[str, Terminal, tuple[int, int]]]:
    """File name without its ending, terminal and size of each picture."""
    for size in SIZES:
        for language in translated():
            for name, terminal in samples().items():
                if not names or name in names:
                    yield f"{name}-{language}-{size[0]}x{size[1]}", replace(terminal, language=language), size


def render(screen: Screen, fonts: Fonts) -> pygame.Surface:
    """A screen on a surface of its own. Needs a display to be set, if only a dummy."""
    surface = pygame.Surface(screen.size)
    Painter(surface, fonts).draw(screen.root.drawing())
    return surface


def main(arguments: list[str]) -> int:
    """Writes the pictures."""
    if not arguments:
        sys.stderr.write("usage: python -m kiosk_ui.gallery OUT_DIR [NAME…]\n")
        return 2
    out = Path(arguments[0])
    out.mkdir(parents=True, exist_ok=True)
    pygame.display.init()
    pygame.font.init()
    try:
        # Surfaces are converted to the display's format; a hidden window has one.
        pygame.display.set_mode((1, 1), pygame.HIDDEN)
        fonts, count = Fonts(), 0
        for name, terminal, size in pictures(tuple(arguments[1:])):
            screen = build(terminal, fonts=fonts, size=size, at_ms=NOW_MS)
            pygame.image.save(render(screen, fonts), str(out / f"{name}.png"))
            count += 1
            if screen.squeeze < 1:
                sys.stdout.write(f"{name}: set smaller, {screen.squeeze:.2f}\n")
    finally:
        pygame.font.quit()
        pygame.display.quit()
    sys.stdout.write(f"{count} pictures in {out}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
