"""Shall the chosen reward be paid? Price and balance afterwards, before anything is booked."""

from __future__ import annotations

from firmware.terminal.events import BackPressed, ConfirmPressed
from firmware.terminal.model import RewardPending
from kiosk_ui.screens.frame import centred, framed, pushed_right
from kiosk_ui.screens.scene import Scene
from kiosk_ui.widgets import Card, Column, Row, Share, Space, Widget


def confirming(scene: Scene) -> Widget:
    """The question, and the two answers."""
    texts, pending = scene.texts, scene.terminal.pending
    reward_id = pending.reward if isinstance(pending, RewardPending) else ""
    colours = scene.colours
    medal = scene.medal(scene.reward_icon(reward_id), 104, ink=colours.brand_text, ground=colours.brand_soft)
    question = Column(
        children=(
            scene.quiet(texts.gettext("Redeem this reward?"), "body", lines=1),
            scene.text(scene.reward_name(reward_id), "title", lines=2, shrink=True, role="heading"),
        )
    )
    inside = Column(
        children=(
            Row(children=(medal, Share(question)), gap=scene.px(26)),
            Space(0, scene.px(6)),
            *_sums(scene, reward_id),
        ),
        gap=scene.px(14),
    )
    body = centred(scene, scene.card(inside, pad=(36, 30)), width=720)
    footer = pushed_right(
        scene.button(texts.gettext("Back"), BackPressed(), icon="back"),
        scene.button(texts.gettext("Yes, redeem"), ConfirmPressed(), primary=True, icon="check", wide=248),
    )
    return framed(scene, body, footer=footer)


def _sums(scene: Scene, reward_id: str) -> tuple[Widget, ...]:
    reward = scene.rules.reward(reward_id) if scene.rules is not None else None
    if reward is None:
        return ()
    visit = scene.terminal.visit
    sums = [line(scene, scene.texts.gettext("Price"), points=reward.points, pool=reward.pool)]
    if visit is not None and visit.balance is not None:
        after = visit.balance.pool(reward.pool).total - reward.points
        sums.append(line(scene, scene.texts.gettext("Balance afterwards"), points=after, pool=reward.pool))
    pool = scene.quiet(scene.pool_name(reward.pool), "label", lines=1)
    return (pool, *sums)


def line(scene: Scene, what: str, *, points: int, pool: str) -> Card:
    """A line of a sum: what it is, and the points with their worth."""
    amount, worth = scene.texts.points(points), scene.worth(points, pool)
    words = scene.texts.gettext("{points} ({money})", points=amount, money=worth) if worth else amount
    row = Row(
        children=(scene.text(what, "body", lines=1), Share(), scene.text(words, "strong", lines=1, shrink=True)),
        gap=scene.px(16),
    )
    pad = (scene.px(18), scene.px(12))
    return Card(
        child=row, colour=scene.colours.sunken, pad=pad, radius=scene.px(14), role="text", label=what, value=words
    )
