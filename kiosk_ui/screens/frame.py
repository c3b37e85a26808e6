"""The frame of every screen on which somebody is served: whose terminal it is, what does not work
just now, and the buttons below."""

from __future__ import annotations

from kiosk_ui.screens.scene import Scene
from kiosk_ui.widgets import Card, Column, Row, Share, Sized, Widget


def framed(scene: Scene, body: Widget, *, footer: tuple[Widget, ...] = (), languages: bool = False) -> Widget:
    """The whole screen: head, `body` with all the room that is left, buttons."""
    parts: list[Widget] = [_head(scene, languages=languages), Share(body)]
    if footer:
        parts.append(Row(children=footer, gap=scene.px(16)))
    column = Column(children=tuple(parts), gap=scene.px(14))
    return Card(child=column, colour=scene.colours.page, pad=(scene.px(36), scene.px(18)))


def centred(scene: Scene, *children: Widget, width: float = 720, gap: float = 14) -> Widget:
    """Children in the middle of the screen, no wider than is good to read."""
    column = Column(children=children, gap=scene.px(gap), align=0.5)
    return Sized(child=column, w=scene.px(width), centre=True)


def _head(scene: Scene, *, languages: bool) -> Widget:
    parts: list[Widget] = [
        scene.brand_mark(48, ink=scene.colours.on_brand, ground=scene.colours.brand),
        Share(scene.text(scene.company, "heading", lines=1, shrink=True)),
    ]
    if not scene.terminal.devices.link:
        parts.append(_offline_pill(scene))
    if languages and len(scene.languages()) > 1:
        choices = tuple(scene.language_button(one, short=True) for one in scene.languages())
        parts.append(Row(children=choices, gap=scene.px(10)))
    row = Row(children=tuple(parts), gap=scene.px(14))
    # As high with languages as without: what is below does not jump from screen to screen.
    return Sized(child=row, h=scene.look.target)


def _offline_pill(scene: Scene) -> Widget:
    words = scene.texts.gettext("No connection")
    ink = scene.colours.caution
    line = Row(
        children=(scene.icon("no-network", 24, ink=ink), scene.text(words, "label", colour=ink, lines=1)),
        gap=scene.px(10),
    )
    return Card(
        child=line,
        colour=scene.colours.caution_soft,
        pad=(scene.px(16), scene.px(9)),
        radius=scene.px(22),
        role="status",
        label=words,
    )


def pushed_right(*buttons: Widget) -> tuple[Widget, ...]:
    """Buttons at the right of the footer."""
    return (Share(), *buttons)


def in_the_middle(*buttons: Widget) -> tuple[Widget, ...]:
    """Buttons in the middle of the footer."""
    return (Share(), *buttons, Share())
