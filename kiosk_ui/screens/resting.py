"""Nobody is being served: the invitation to lay a card, with or without a connection; out of order."""

from __future__ import annotations

from kiosk_ui.design import mix
from kiosk_ui.screens.frame import centred, framed
from kiosk_ui.screens.scene import Scene
from kiosk_ui.widgets import Art, Card, Column, Row, Share, Sized, Space, Stack, Widget

#: More languages than these are told by their codes; their names would not stand in a line.
NAMED_LANGUAGES = 3


def idle(scene: Scene) -> Widget:
    """Connected, waiting for a card."""
    say = scene.texts.gettext
    features = (
        _feature(scene, icon="star", words=say("See your points and what they are worth")),
        _feature(scene, icon="gift", words=say("Redeem points for something you like")),
        _feature(scene, icon="scan", words=say("Register coupons with the camera")),
    )
    return _inviting(scene, Column(children=features, gap=scene.px(14)))


def offline(scene: Scene) -> Widget:
    """Waiting for a card, without a connection."""
    words = scene.texts.gettext(
        "No connection. You can still see balances as of the last connection and spend what is kept here."
    )
    return _inviting(scene, scene.caution("no-network", words))


def out_of_order(scene: Scene) -> Widget:
    """No card can be read, or there are no rules yet to judge by."""
    say = scene.texts.gettext
    starting = scene.rules is None
    if starting:
        title, words = say("One moment, please"), say("This terminal is starting up.")
    else:
        title = say("Cards cannot be read just now")
        words = say("Please ask our staff. Your points are safe.")
    icon = "clock" if starting else "card"
    medal = scene.medal(icon, 128, ink=scene.colours.brand_text, ground=scene.colours.brand_soft)
    body = centred(
        scene,
        Row(children=(Share(), medal, Share())),
        Space(0, scene.px(12)),
        scene.text(title, "title", centre=True, role="heading"),
        scene.text(words, "lead", colour=scene.colours.quiet, centre=True, role="status"),
    )
    if starting:
        return Card(child=body, colour=scene.colours.page)
    return framed(scene, body)


def _inviting(scene: Scene, what: Widget) -> Widget:
    words = Column(
        children=(
            scene.text(_invitation(scene), "display", lines=3, role="heading"),
            Space(0, scene.px(28)),
            what,
        ),
        align=0.5,
    )
    parts: list[Widget] = [Share(words)]
    if len(scene.languages()) > 1:
        short = len(scene.languages()) > NAMED_LANGUAGES
        buttons = tuple(scene.language_button(one, short=short) for one in scene.languages())
        parts.append(Row(children=buttons, gap=scene.px(12)))
    right = Card(
        child=Column(children=tuple(parts), gap=scene.px(16)),
        colour=scene.colours.page,
        pad=(scene.px(52), scene.px(40)),
    )
    return Row(children=(Sized(child=_brand_panel(scene), w=scene.px(440)), Share(right)), align=None)


def _invitation(scene: Scene) -> str:
    say = scene.texts.gettext
    return say("Please take your card") if scene.terminal.card_forgotten else say("Lay your card here")


def _brand_panel(scene: Scene) -> Widget:
    colours = scene.colours
    name = scene.text(scene.company, "heading", colour=colours.on_brand, lines=2, shrink=True)
    head = Row(
        children=(scene.brand_mark(56, ink=colours.brand_text, ground=colours.card), Share(name)), gap=scene.px(16)
    )
    panel = Column(children=(head, Share(_illustration(scene))), gap=scene.px(20))
    return Card(child=panel, colour=colours.brand, pad=(scene.px(40), scene.px(40)))


def _illustration(scene: Scene) -> Widget:
    brand, on_brand = scene.colours.brand, scene.colours.on_brand
    ground = mix(brand, on_brand, 0.10)
    reader, edge, shade = mix(brand, on_brand, 0.30), mix(brand, on_brand, 0.20), mix(brand, (0, 0, 0), 0.55)
    stripe = mix(scene.colours.brand_text, (255, 255, 255), 0.22)
    side = scene.px(360)
    card = (ground, reader, edge, shade, (0xFF, 0xFB, 0xF5), stripe, (0xE2, 0xB4, 0x5C))
    label = scene.texts.gettext("A card is laid on the reader")
    picture = Art(name="tap", w=side, h=side, colours=card, label=label)
    lit = (on_brand, mix(ground, on_brand, 0.72), mix(ground, on_brand, 0.45))
    dim = mix(ground, on_brand, 0.25)
    # One wave more is lit at each step: from the reader towards the card, then all are dim.
    waves = tuple(ink if scene.phase == 0 or index < scene.phase % 4 else dim for index, ink in enumerate(lit))
    field = Art(name="waves", w=side * 96 // 360, h=side * 51 // 360, colours=waves)
    lowered = Column(children=(Space(0, side * 234 // 360), field))
    return Stack(children=(picture, Column(children=(Sized(child=lowered, h=side),), align=0.5)))


def _feature(scene: Scene, *, icon: str, words: str) -> Widget:
    medal = scene.medal(icon, 52, ink=scene.colours.brand_text, ground=scene.colours.brand_soft)
    return Row(children=(medal, Share(scene.text(words, "body", lines=2))), gap=scene.px(16))
