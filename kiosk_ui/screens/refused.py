"""Something was not done: why, and what does work instead."""

from __future__ import annotations

from firmware.terminal.model import Reason, Refusal
from kiosk_ui.screens.done import leaving
from kiosk_ui.screens.frame import centred, framed, in_the_middle
from kiosk_ui.screens.refusals import WORDS
from kiosk_ui.screens.scene import Scene
from kiosk_ui.widgets import Column, Row, Share, Sized, Space, Widget


def refused(scene: Scene) -> Widget:
    """The reason in plain words, and what can be done."""
    outcome = scene.terminal.outcome
    refusal = outcome if isinstance(outcome, Refusal) else Refusal(reason=Reason.OTHER)
    words = WORDS[refusal.reason]
    colours = scene.colours
    medal = scene.medal(words.icon, 112, ink=colours.caution, ground=colours.caution_soft)
    parts: list[Widget] = [
        Row(children=(Share(), medal, Share())),
        Space(0, scene.px(4)),
        scene.text(scene.say(words.title), "title", centre=True, role="heading"),
        scene.text(sentence(scene, refusal), "lead", colour=colours.quiet, lines=4, centre=True, role="status"),
    ]
    ways = _ways(scene, refusal)
    if ways:
        card = scene.card(Column(children=ways, gap=scene.px(12)), pad=(26, 18))
        parts += [Space(0, scene.px(4)), Sized(child=card, w=scene.px(560), centre=True)]
    return framed(scene, centred(scene, *parts, width=760), footer=in_the_middle(*leaving(scene)))


def sentence(scene: Scene, refusal: Refusal) -> str:
    """Why, with all that is known about it."""
    words, texts = WORDS[refusal.reason], scene.texts
    if refusal.at_ms is not None and words.dated:
        return texts.gettext(words.dated, when=scene.when(refusal.at_ms))
    if refusal.reason is Reason.NOT_ENOUGH_POINTS and refusal.points is not None:
        return texts.gettext("This reward costs {points}.", points=texts.points(refusal.points))
    if refusal.reason is Reason.NOT_ENOUGH_POINTS and refusal.available is not None:
        return texts.gettext("On your account: {points}.", points=texts.points(refusal.available))
    if refusal.reason is Reason.BELOW_MINIMUM and refusal.points is not None:
        points = texts.points(refusal.points)
        return texts.gettext("These points can be spent as soon as there are {points}.", points=points)
    return texts.gettext(words.sentence)


def _ways(scene: Scene, refusal: Refusal) -> tuple[Widget, ...]:
    """What can be spent: here now, and with a connection."""
    texts, ways = scene.texts, []
    if refusal.reason in (Reason.NOT_ENOUGH_POINTS, Reason.BELOW_MINIMUM):
        if refusal.online is not None:
            there = texts.gettext("On your account: {points}.", points=texts.points(refusal.online))
            ways.append(_way(scene, there, icon="star"))
        return tuple(ways)
    if refusal.here is not None:
        here = texts.gettext("Here and now you can spend {points}.", points=texts.points(refusal.here))
        ways.append(_way(scene, here, icon="check" if refusal.here > 0 else "no-network"))
    if refusal.online is not None:
        online = texts.gettext("With a connection you can spend {points}.", points=texts.points(refusal.online))
        ways.append(_way(scene, online, icon="clock"))
    return tuple(ways)


def _way(scene: Scene, words: str, *, icon: str) -> Widget:
    return Row(
        children=(scene.icon(icon, 28, ink=scene.colours.brand_text), Share(scene.text(words, "body", lines=2))),
        gap=scene.px(14),
    )
