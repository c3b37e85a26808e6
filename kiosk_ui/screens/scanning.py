"""The camera is looking for a coupon: how to hold it."""

from __future__ import annotations

from firmware.terminal.events import BackPressed
from kiosk_ui.design import mix
from kiosk_ui.screens.frame import framed, in_the_middle
from kiosk_ui.screens.scene import Scene
from kiosk_ui.widgets import Art, Column, Row, Share, Sized, Space, Widget


def scanning(scene: Scene) -> Widget:
    """A coupon in its frame, and three short steps."""
    texts, colours = scene.texts, scene.colours
    side = scene.px(360)
    inks = (
        colours.brand_soft,
        colours.brand_text,
        colours.card,
        colours.ink,
        mix(colours.ink, colours.card, 0.1),
        mix(colours.ink, colours.card, 0.65),
    )
    label = texts.gettext("A coupon in the camera's frame")
    picture = Art(name="hold", w=side, h=side, colours=inks, label=label)
    steps = (
        texts.gettext("Hold the code about a hand's width away from the camera."),
        texts.gettext("Keep the whole code in the picture, and hold it still."),
        texts.gettext("On a telephone: turn up the brightness."),
    )
    words = Column(
        children=(
            scene.text(texts.gettext("Show your coupon to the camera"), "title", role="heading"),
            Space(0, scene.px(8)),
            *(_step(scene, step, number=number) for number, step in enumerate(steps, start=1)),
        ),
        gap=scene.px(16),
        align=0.5,
    )
    body = Row(children=(Space(scene.px(12), 0), picture, Share(words)), gap=scene.px(40), align=None)
    return framed(
        scene, body, footer=in_the_middle(scene.button(texts.gettext("Back"), BackPressed(), icon="back", wide=220))
    )


def _step(scene: Scene, words: str, *, number: int) -> Widget:
    figure = scene.text(scene.texts.number(number), "strong", colour=scene.colours.brand_text, lines=1)
    number_column = Sized(child=figure, w=scene.px(18))
    return Row(children=(number_column, Share(scene.text(words, "body"))), gap=scene.px(16), align=0)
