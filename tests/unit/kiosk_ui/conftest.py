"""A screen without a display: pygame's dummy driver, fonts, and windows that are closed again."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

# Before pygame is imported by anything: it reads this when the display is opened.
os.environ["SDL_VIDEODRIVER"] = "dummy"

import pygame
import pytest

from kiosk_ui.fonts import Fonts
from kiosk_ui.window import KioskWindow


@pytest.fixture
def fonts() -> Iterator[Fonts]:
    pygame.font.init()
    yield Fonts()
    pygame.font.quit()


@pytest.fixture
def open_window() -> Iterator[Callable[..., KioskWindow]]:
    """Opens windows that do not move; all are closed in the end."""
    opened: list[KioskWindow] = []

    def open_one(**changes: object) -> KioskWindow:
        window = KioskWindow(**{"motion": False, **changes})  # type: ignore[arg-type]
        opened.append(window)
        return window

    yield open_one
    for window in opened:
        window.close()


@pytest.fixture
def window(open_window: Callable[..., KioskWindow]) -> KioskWindow:
    return open_window()
