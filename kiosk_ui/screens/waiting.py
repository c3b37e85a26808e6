"""Something is being done: a card is read, a reward is booked, a coupon is registered."""

from __future__ import annotations

from firmware.terminal.events import CancelPressed
from firmware.terminal.model import CouponPending, RewardPending
from kiosk_ui.design import mix
from kiosk_ui.screens.frame import centred, framed, in_the_middle
from kiosk_ui.screens.scene import Scene
from kiosk_ui.widgets import Art, Row, Share, Space, Widget


def card_present(scene: Scene) -> Widget:
    """The card's balance is on its way."""
    visit = scene.terminal.visit
    lies = visit is None or visit.card_in_field
    words = scene.texts.gettext("Please leave your card where it is.") if lies else ""
    return _waiting(scene, icon="card", title=scene.texts.gettext("Reading your card"), words=words)


def redeeming(scene: Scene) -> Widget:
    """A reward is being paid."""
    pending = scene.terminal.pending
    reward = pending.reward if isinstance(pending, RewardPending) else ""
    words = scene.texts.gettext("We are booking: {reward}", reward=scene.reward_name(reward))
    return _asking(scene, icon=scene.reward_icon(reward), words=words)


def registering(scene: Scene) -> Widget:
    """A coupon's points are being credited, or noted."""
    pending = scene.terminal.pending
    words = scene.texts.gettext("We are checking your coupon.")
    if isinstance(pending, CouponPending) and pending.points > 0:
        words = scene.texts.gettext(
            "We are checking your coupon for {points}.", points=scene.texts.points(pending.points)
        )
    return _asking(scene, icon="ticket", words=words)


def _asking(scene: Scene, *, icon: str, words: str) -> Widget:
    """The central system is asked: with a way out, and after a second with the word that it still is."""
    say, pending = scene.texts.gettext, scene.terminal.pending
    if pending is None or pending.request is None:
        return _waiting(scene, icon=icon, title=say("One moment, please"), words=words)
    cancel = scene.button(say("Cancel"), CancelPressed(), icon="back", wide=220)
    if not pending.slow:
        return _waiting(scene, icon=icon, title=say("One moment, please"), words=words, footer=(cancel,))
    more = say("There is no answer yet. Nothing has been taken from your account.")
    return _waiting(scene, icon=icon, title=say("Still asking"), words=words, more=more, footer=(cancel,))


def _waiting(
    scene: Scene, *, icon: str, title: str, words: str, more: str = "", footer: tuple[Widget, ...] = ()
) -> Widget:
    colours = scene.colours
    medal = scene.medal(icon, 132, ink=colours.brand_text, ground=colours.brand_soft)
    faint = mix(colours.page, colours.brand_text, 0.3)
    step = scene.phase % 3 if scene.phase else 1
    inks = tuple(colours.brand_text if index == step else faint for index in range(3))
    dots = Art(name="dots", w=scene.px(84), h=scene.px(28), colours=inks)
    body = centred(
        scene,
        Row(children=(Share(), medal, Share())),
        Space(0, scene.px(12)),
        scene.text(title, "title", centre=True, role="heading"),
        scene.text(words, "lead", colour=colours.quiet, centre=True, role="status"),
        Space(0, scene.px(6)),
        Row(children=(Share(), dots, Share())),
        *((scene.quiet(more, "body", centre=True),) if more else ()),
    )
    return framed(scene, body, footer=in_the_middle(*footer) if footer else ())
