"""The window: shows screens, and tells what was touched on them.

Belongs to the main thread. Opens the display and the fonts only, never sound; works with a dummy
driver, under X11 and on a bare console (kmsdrm).
"""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pygame
import pygame.display
import pygame.event
import pygame.font
import pygame.image
import pygame.mouse

from firmware.terminal.events import Event
from firmware.terminal.model import Terminal
from kiosk_ui.design import BLACK
from kiosk_ui.errors import KioskError, WindowClosed
from kiosk_ui.fonts import Fonts
from kiosk_ui.geometry import Rect
from kiosk_ui.painter import Painter
from kiosk_ui.screens import MOVING, PHASE_MS, Screen, build
from kiosk_ui.touch import Adapter, Presses
from kiosk_ui.widgets import Fill, Op, described

__all__ = ["KioskWindow", "WindowClosed"]

#: How dark a button becomes under a finger, of 255.
PRESSED_OPACITY = 34
MINUTE_MS = 60_000
#: The finger that touches on behalf of the mirror.
REMOTE_FINGER = 1_000_000


class KioskWindow:
    """One window on a terminal, of `size` or filling the display (`fullscreen`). `motion` lets what
    waits or invites move, gently."""

    def __init__(
        self,
        *,
        size: tuple[int, int] = (1024, 600),
        title: str = "Tapbon",
        fullscreen: bool = False,
        motion: bool = True,
    ) -> None:
        pygame.display.init()
        pygame.font.init()
        pygame.display.set_caption(title)
        # A display that is filled keeps its own mode: asking for another one may leave it dark.
        self._surface = (
            pygame.display.set_mode((0, 0), pygame.FULLSCREEN) if fullscreen else pygame.display.set_mode(size)
        )
        # A terminal has fingers only; in a window on somebody's desk the pointer is wanted.
        pygame.mouse.set_visible(not fullscreen)
        self._motion = motion
        self._fonts = Fonts()
        self._painter = Painter(self._surface, self._fonts)
        self._adapter = Adapter()
        self._presses = Presses()
        self._screen: Screen | None = None
        self._shown: tuple[Terminal, int, int] | None = None

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels: the display's own if it is filled, whatever was asked for."""
        return self._surface.get_size()

    def show(self, terminal: Terminal, *, at_ms: int) -> tuple[Rect, ...]:
        """Shows `terminal` as it is at `at_ms`; the rectangles that had to be drawn again."""
        # Words change with the terminal and, at midnight, with the day; pictures with the phase.
        moves = self._motion and terminal.state in MOVING
        moment = (terminal, at_ms // MINUTE_MS, at_ms // PHASE_MS if moves else 0)
        if self._screen is None or moment != self._shown:
            self._screen = build(terminal, fonts=self._fonts, size=self.size, at_ms=at_ms, motion=self._motion)
            self._shown = moment
        return self._draw(self._screen)

    def pump(self) -> list[Event]:
        """The machine events of what was touched since the last call.

        Raises `WindowClosed` when the window was closed.
        """
        touched = []
        for event in pygame.event.get():
            if event.type == pygame.QUIT:
                raise WindowClosed("the window was closed")
            contact = self._adapter.contact(event, self.size)
            if contact is None or self._screen is None:
                continue
            completed = self._presses.take(contact, self._screen)
            if completed is not None:
                touched.append(completed)
        if self._screen is not None:
            self._draw(self._screen)
        return touched

    def tree(self) -> dict[str, Any]:
        """What is shown, as plain data: name of the screen, language, size and the semantic tree."""
        screen = self._showing()
        return {
            "screen": screen.name,
            "language": screen.language,
            "size": list(screen.size),
            "nodes": described(screen.root),
        }

    def png(self) -> bytes:
        """What is shown, as a picture."""
        picture = BytesIO()
        pygame.image.save(self._surface, picture, "screen.png")
        return picture.getvalue()

    def inject_touch(self, x: int, y: int) -> None:
        """Touches the pixel (x, y), as a finger would; the next `pump` takes it."""
        w, h = self.size
        # The middle of the pixel, so that rounding leads back to it.
        place = {"x": (x + 0.5) / w, "y": (y + 0.5) / h, "dx": 0.0, "dy": 0.0, "pressure": 1.0}
        for kind in (pygame.FINGERDOWN, pygame.FINGERUP):
            pygame.event.post(pygame.event.Event(kind, {**place, "touch_id": 0, "finger_id": REMOTE_FINGER}))

    def close(self) -> None:
        """Closes the window. Nothing can be shown afterwards."""
        self._screen = None
        pygame.font.quit()
        pygame.display.quit()

    def _showing(self) -> Screen:
        if self._screen is None:
            raise KioskError("nothing has been shown yet")
        return self._screen

    def _draw(self, screen: Screen) -> tuple[Rect, ...]:
        rects = self._painter.draw((*screen.root.drawing(), *self._held(screen)))
        if rects:
            pygame.display.update([pygame.Rect(rect) for rect in rects])
        return rects

    def _held(self, screen: Screen) -> tuple[Op, ...]:
        """A button that is held down is a little darker."""
        grounds = [op for node in self._presses.held(screen) for op in node.ops[:1] if isinstance(op, Fill)]
        return tuple(
            Fill(rect=ground.rect, colour=BLACK, radius=ground.radius, opacity=PRESSED_OPACITY) for ground in grounds
        )
