"""Chooses the screen for a terminal and lays it out, small enough that every word fits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from firmware.terminal.model import State, Terminal
from kiosk_ui.design import Look
from kiosk_ui.fonts import Fonts
from kiosk_ui.geometry import Rect
from kiosk_ui.screens import balance, confirming, done, refused, resting, scanning, waiting
from kiosk_ui.screens.scene import Scene
from kiosk_ui.text import Texts
from kiosk_ui.widgets import Node, Widget

#: How long a step of what moves lasts: at most four drawings a second.
PHASE_MS = 400
#: States whose screen has something that moves.
MOVING = frozenset({State.IDLE, State.CARD_PRESENT, State.REDEEMING, State.REGISTERING})
#: Tried in turn until everything is inside of what it belongs to.
SQUEEZES = (1.0, 0.95, 0.9, 0.85, 0.8, 0.74, 0.68, 0.62, 0.56, 0.5, 0.42)

_SCREENS: dict[State, Callable[[Scene], Widget]] = {
    State.IDLE: resting.idle,
    State.OFFLINE: resting.offline,
    State.OUT_OF_ORDER: resting.out_of_order,
    State.CARD_PRESENT: waiting.card_present,
    State.REDEEMING: waiting.redeeming,
    State.REGISTERING: waiting.registering,
    State.BALANCE: balance.balance,
    State.CONFIRMING: confirming.confirming,
    State.SCANNING: scanning.scanning,
    State.DONE: done.done,
    State.REFUSED: refused.refused,
}


@dataclass(frozen=True, kw_only=True)
class Screen:
    """A finished screen. Its name is its state's; `squeeze` tells how much smaller it had to be."""

    name: str
    language: str
    size: tuple[int, int]
    root: Node
    squeeze: float = 1.0


def build(terminal: Terminal, *, fonts: Fonts, size: tuple[int, int], at_ms: int, motion: bool = False) -> Screen:
    """The screen for `terminal` at `at_ms`, on `size` pixels. Equal arguments give equal screens."""
    rules = terminal.rules
    brand = rules.branding.colour if rules is not None else ""
    moving = motion and terminal.state in MOVING
    scene = Scene(
        terminal=terminal,
        texts=Texts(terminal.language, timezone=rules.timezone if rules is not None else "UTC"),
        look=Look.of(size, brand=brand),
        at_ms=at_ms,
        # Never 0 while it moves: that is the picture at rest.
        phase=1 + at_ms // PHASE_MS % 12 if moving else 0,
    )
    for squeeze in SQUEEZES:
        squeezed = replace(scene, look=replace(scene.look, squeeze=squeeze))
        root = _SCREENS[terminal.state](squeezed).place(fonts, Rect(0, 0, *size))
        if root.holds_together():
            break
    return Screen(name=terminal.state.value, language=scene.texts.language, size=size, root=root, squeeze=squeeze)
