"""It worked: a code to hand in, points credited, or a coupon noted."""

from __future__ import annotations

from firmware.terminal.events import BackPressed, DonePressed
from firmware.terminal.model import Noted, Redeemed, Registered
from firmware.terminal.offers import is_alone
from kiosk_ui.screens.confirming import line
from kiosk_ui.screens.frame import centred, framed, in_the_middle
from kiosk_ui.screens.scene import Scene
from kiosk_ui.widgets import Card, Column, Row, Share, Text, Widget


def done(scene: Scene) -> Widget:
    """What came of it."""
    outcome = scene.terminal.outcome
    if isinstance(outcome, Redeemed):
        body = _redeemed(scene, outcome)
    elif isinstance(outcome, Registered):
        body = _registered(scene, outcome)
    else:
        body = _noted(scene, outcome if isinstance(outcome, Noted) else Noted(points=0))
    return framed(scene, body, footer=in_the_middle(*leaving(scene)))


def leaving(scene: Scene) -> tuple[Widget, ...]:
    """Back to the points, while they may still be shown, and done."""
    say, visit = scene.texts.gettext, scene.terminal.visit
    finish = scene.button(say("Done"), DonePressed(), primary=True, wide=200)
    if visit is None or visit.balance is None:
        return (finish,)
    return (scene.button(say("My points"), BackPressed(), icon="star", wide=220), finish)


def grouped(code: str) -> str:
    """A code in groups that the eye can hold: RV4XXMQ as RV4 XXMQ."""
    if len(code) < 6:
        return code
    first = 4 if len(code) % 4 == 0 else len(code) % 4
    first = first if first > 1 else first + 2
    groups = [code[:first], *(code[at : at + 4] for at in range(first, len(code), 4))]
    return " ".join(groups)


def _redeemed(scene: Scene, outcome: Redeemed) -> Widget:
    texts, colours = scene.texts, scene.colours
    head = _head(scene, icon=scene.reward_icon(outcome.reward), title=scene.reward_name(outcome.reward))
    code = Text(
        text=grouped(outcome.code).replace(" ", "\u00a0"),
        style=scene.look.type("code"),
        colour=colours.ink,
        lines=1,
        shrink=True,
        centre=True,
        role="status",
        label=texts.gettext("Code to hand in"),
        value=outcome.code,
    )
    shown = Column(
        children=(
            scene.quiet(texts.gettext("Show this code at the counter"), "lead", lines=2, centre=True),
            code,
            scene.quiet(
                texts.gettext("Redeemed: {when}", when=scene.when(outcome.at_ms)), "body", lines=1, centre=True
            ),
        )
    )
    return centred(scene, head, scene.card(shown, pad=(30, 18)), *_after(scene, outcome.pool), width=740, gap=16)


def _registered(scene: Scene, outcome: Registered) -> Widget:
    texts = scene.texts
    head = _head(scene, icon="check", title=texts.gettext("Your coupon is registered"))
    plus = scene.text(
        "+" + texts.points(outcome.points),
        "code",
        colour=scene.colours.good,
        lines=1,
        shrink=True,
        centre=True,
        role="status",
    )
    pool = scene.quiet(scene.pool_name(outcome.pool), "lead", lines=1, centre=True)
    return centred(
        scene,
        head,
        scene.card(Column(children=(plus, pool)), pad=(30, 18)),
        *_after(scene, outcome.pool),
        width=740,
        gap=16,
    )


def _noted(scene: Scene, outcome: Noted) -> Widget:
    texts = scene.texts
    head = _head(scene, icon="clock", title=texts.gettext("Your coupon is noted"))
    figure = scene.text(texts.points(outcome.points), "figure", lines=1, shrink=True, centre=True, role="status")
    promise = texts.gettext("They come to your account when the connection is back and the coupon is confirmed.")
    bound = texts.gettext("Until then they cannot be spent. You may leave: nothing more is needed.")
    inside = Column(
        children=(
            figure,
            scene.text(promise, "body", centre=True),
            scene.quiet(bound, "body", lines=3, centre=True),
        ),
        gap=scene.px(10),
    )
    return centred(scene, head, scene.card(inside, pad=(40, 26)), width=740, gap=20)


def _head(scene: Scene, *, icon: str, title: str) -> Widget:
    medal = scene.medal(icon, 64, ink=scene.colours.good, ground=scene.colours.good_soft)
    name = scene.text(title, "title", lines=2, shrink=True, role="heading")
    return Row(children=(medal, Share(name)), gap=scene.px(20))


def _after(scene: Scene, pool: str) -> tuple[Card, ...]:
    """The balance now, for as long as the customer is there to see it."""
    visit = scene.terminal.visit
    if visit is None or visit.balance is None:
        return ()
    say = scene.texts.gettext
    # What the central system has not said in this visit is told as what it is.
    alone = is_alone(visit.balance, link=scene.terminal.devices.link)
    what = say("Balance now, provisional") if alone else say("Balance now")
    return (line(scene, what, points=visit.balance.pool(pool).total, pool=pool),)
