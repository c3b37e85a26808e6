"""Fingers and mice, as one: which events of the window are a press, a move or a release, and where.

A touchscreen also sends the mouse events that its touches would be; once fingers have been seen,
those are ignored. A press counts when it is let go on the button where it began, on the same screen.
"""

from __future__ import annotations

from dataclasses import dataclass

import pygame
import pygame.event

from firmware.terminal.events import Event
from kiosk_ui.screens import Screen
from kiosk_ui.widgets import Node

MOUSE = "mouse"
Pointer = tuple[str, int]


@dataclass(frozen=True)
class Contact:
    """A press (`down`) or its end, in pixels."""

    pointer: Pointer
    down: bool
    x: int
    y: int


class Adapter:
    """Makes contacts of the window's events."""

    def __init__(self) -> None:
        self._fingers_seen = False

    def contact(self, event: pygame.event.Event, size: tuple[int, int]) -> Contact | None:
        """What `event` means on a window of `size` pixels; None if it is no touch."""
        if event.type in (pygame.FINGERDOWN, pygame.FINGERUP):
            self._fingers_seen = True
            # Fingers are told in parts of the window's size; the last pixel is the edge.
            x, y = (min(int(part * length), length - 1) for part, length in zip((event.x, event.y), size, strict=True))
            return Contact(("finger", int(event.finger_id)), event.type == pygame.FINGERDOWN, x, y)
        if event.type in (pygame.MOUSEBUTTONDOWN, pygame.MOUSEBUTTONUP) and event.button == 1:
            if self._fingers_seen and getattr(event, "touch", False):
                return None
            return Contact((MOUSE, 0), event.type == pygame.MOUSEBUTTONDOWN, *event.pos)
        return None


class Presses:
    """Which buttons are held down, and what letting go of them means."""

    def __init__(self) -> None:
        self._held: dict[Pointer, tuple[str, Node]] = {}

    def take(self, contact: Contact, screen: Screen) -> Event | None:
        """The machine event that `contact` completes, if it does."""
        button = screen.root.button_at(contact.x, contact.y)
        if contact.down:
            if button is not None:
                self._held[contact.pointer] = (screen.name, button)
            return None
        began = self._held.pop(contact.pointer, None)
        if began is None or button is None:
            return None
        name, held = began
        return button.event if name == screen.name and held.event == button.event else None

    def held(self, screen: Screen) -> tuple[Node, ...]:
        """The buttons of `screen` that are held down, as they stand on it now."""
        events = [node.event for name, node in self._held.values() if name == screen.name]
        return tuple(node for node in screen.root.walk() if node.event is not None and node.event in events)
