"""The balance: points on the left, what they can be redeemed for on the right."""

from __future__ import annotations

from dataclasses import replace

from firmware.terminal.events import DonePressed, RewardPressed, ScanPressed
from firmware.terminal.model import BalanceView, RecentSpend
from firmware.terminal.offers import Offer, Standing, offers
from kiosk_ui.screens.frame import framed
from kiosk_ui.screens.pools import pool_cards
from kiosk_ui.screens.scene import Scene
from kiosk_ui.widgets import Button, Card, Column, Grid, Row, Share, Sized, Space, Widget

#: Beyond this, the rewards stand in three columns.
TWO_COLUMNS = 6
#: No more fit on a screen; the rest is named by their number.
MOST_REWARDS = 12


def balance(scene: Scene) -> Widget:
    """What a customer has, and what can be done with it."""
    visit = scene.terminal.visit
    view = visit.balance if visit is not None else None
    if view is None:
        view = BalanceView(member="", pools=(), as_of_ms=scene.at_ms, fresh=False)
    columns = Row(
        children=(
            Sized(child=_points(scene, view), w=scene.px(360)),
            Share(_rewards(scene, view)),
        ),
        gap=scene.px(24),
        align=None,
    )
    done = scene.button(scene.texts.gettext("Done"), DonePressed(), primary=True)
    return framed(scene, columns, footer=(*_scan(scene), done), languages=True)


def _points(scene: Scene, view: BalanceView) -> Widget:
    words = scene.texts.gettext("as of {when}", when=scene.when(view.as_of_ms))
    title = scene.text(scene.texts.gettext("Your points"), "heading", lines=1, role="heading", shrink=True)
    head = Row(children=(Share(title), scene.quiet(words, lines=1)), gap=scene.px(10))
    label = scene.texts.gettext("Your points")
    cards = Grid(children=pool_cards(scene, view), columns=1, gap=scene.px(14), tallest=scene.px(236), label=label)
    return Column(children=(head, Share(cards)), gap=scene.px(12))


def _rewards(scene: Scene, view: BalanceView) -> Widget:
    texts = scene.texts
    ranked = sorted(offers(scene.terminal), key=lambda offer: offer.standing is not Standing.PAYABLE)
    given = offers(scene.terminal)
    shown = given if len(given) <= MOST_REWARDS else tuple(ranked[:MOST_REWARDS])
    parts: list[Widget] = []
    if view.recent is not None:
        parts.append(_recent(scene, view.recent))
    else:
        parts.append(scene.text(texts.gettext("Redeem points for"), "heading", lines=1, role="heading", shrink=True))
    if shown:
        compact = len(shown) > TWO_COLUMNS
        tiles = tuple(_tile(scene, offer, compact=compact) for offer in shown)
        grid = Grid(
            children=tiles,
            columns=3 if compact else 2,
            gap=scene.px(12),
            tallest=scene.px(180),
            label=texts.gettext("Redeem points for"),
        )
        parts.append(Share(grid))
    else:
        parts.append(Share(_no_rewards(scene)))
    if len(given) > len(shown):
        words = texts.ngettext(
            "{count} more reward: please ask our staff",
            "{count} more rewards: please ask our staff",
            len(given) - len(shown),
        )
        parts.append(scene.quiet(words, lines=1))
    return Column(children=tuple(parts), gap=scene.px(12))


def _no_rewards(scene: Scene) -> Widget:
    medal = scene.medal("gift", 84, ink=scene.colours.quiet, ground=scene.colours.card)
    words = scene.quiet(scene.texts.gettext("There are no rewards just now."), "body", centre=True)
    inside = Column(children=(Row(children=(Share(), medal, Share())), words), gap=scene.px(16), align=0.5)
    return Card(child=inside, colour=scene.colours.sunken, pad=(scene.px(24), scene.px(20)), radius=scene.px(20))


def _recent(scene: Scene, recent: RecentSpend) -> Widget:
    words = scene.texts.gettext(
        "{reward} · code {code} · {time}",
        reward=scene.reward_name(recent.reward),
        code=recent.code,
        time=scene.when(recent.at_ms),
    )
    return scene.notice(
        "check", words, ink=scene.colours.good, ground=scene.colours.good_soft, style="strong", slim=True
    )


def _tile(scene: Scene, offer: Offer, *, compact: bool) -> Widget:
    colours, payable = scene.colours, offer.standing is Standing.PAYABLE
    name = scene.reward_name(offer.reward.reward)
    price = scene.texts.points(offer.reward.points)
    reason = reason_of(scene, offer)
    ink = colours.ink if payable else colours.quiet
    words: list[Widget] = [
        replace(scene.text(name, "label" if compact else "strong", colour=ink, lines=2, shrink=True), even=True),
        scene.text(price, "small", colour=colours.brand_text if payable else colours.quiet, lines=1, shrink=True),
    ]
    if reason:
        words.append(scene.text(reason, "label", colour=colours.quiet, lines=2, shrink=True))
    inner: Widget = Column(children=tuple(words), align=0.5)
    if not compact:
        ground = colours.brand_soft if payable else colours.card
        medal = scene.medal(offer.reward.icon, 52, ink=colours.brand_text if payable else colours.quiet, ground=ground)
        inner = Row(children=(medal, Share(inner)), gap=scene.px(14))
    card = Card(
        child=Column(children=(inner,), align=0.5),
        colour=colours.card if payable else colours.sunken,
        pad=(scene.px(13), scene.px(6)),
        radius=scene.px(18),
        edge=colours.line,
        edge_width=max(1, round(scene.look.scale)),
        shadow=scene.px(10) if payable else 0,
    )
    return Button(
        card=card,
        label=name,
        value=", ".join(part for part in (price, reason) if part),
        # One that cannot be had yet can be touched too: the answer says why, and what does work.
        enabled=True,
        event=RewardPressed(offer.reward.reward),
        target=scene.look.target,
    )


def reason_of(scene: Scene, offer: Offer) -> str:
    """Why a reward cannot be had at this moment, in a few words; nothing if it can."""
    texts = scene.texts
    if offer.standing is Standing.TOO_FEW:
        return texts.gettext("{points} to go", points=texts.points(offer.missing))
    if offer.standing is Standing.BELOW_MINIMUM:
        rule = scene.rules.pool(offer.reward.pool) if scene.rules is not None else None
        minimum = rule.minimum_balance if rule is not None else offer.missing
        return texts.gettext("from {points}", points=texts.points(minimum))
    if offer.standing is Standing.NEEDS_CONNECTION:
        return texts.gettext("needs a connection")
    if offer.standing is Standing.TRUST_TOO_LOW:
        return texts.gettext("ask our staff")
    return ""


def _scan(scene: Scene) -> tuple[Widget, ...]:
    if scene.terminal.devices.camera:
        return (scene.button(scene.texts.gettext("Scan a coupon"), ScanPressed(), icon="scan", wide=260), Share())
    words = scene.texts.gettext("The camera does not work just now. Please ask our staff.")
    return (Share(scene.caution("camera", words, style="small")), Space(scene.px(40), 0))
