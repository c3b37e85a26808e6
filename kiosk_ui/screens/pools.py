"""A customer's points, pool by pool: what there is, what it is worth, and what can be done with it."""

from __future__ import annotations

from firmware.terminal.model import BalanceView
from firmware.terminal.offers import is_alone
from kiosk_ui.screens.scene import Scene
from kiosk_ui.widgets import Card, Column, Row, Share, Text, Widget
from loyalty.rules import PoolRule, TrustRule

#: More pools than this no screen holds; a company accepts one or two.
MOST_POOLS = 4
#: Amount and worth of more letters together do not stand beside each other.
BOTH_IN_A_LINE = 24


def pool_cards(scene: Scene, balance: BalanceView) -> tuple[Widget, ...]:
    """A card for each pool that the company accepts, its own first."""
    rules = scene.rules
    if rules is None:
        return ()
    accepted = sorted(rules.pools, key=lambda rule: rule.network)[:MOST_POOLS]
    visit = scene.terminal.visit
    trust = rules.trust_of(visit.trust) if visit is not None else TrustRule(spend_online=False, spend_offline=False)
    return tuple(_pool_card(scene, rule, balance, trust=trust) for rule in accepted)


def _pool_card(scene: Scene, rule: PoolRule, balance: BalanceView, *, trust: TrustRule) -> Widget:
    view = balance.pool(rule.pool)
    texts = scene.texts
    name = scene.pool_name(rule.pool)
    amount = texts.points(view.total)
    worth = scene.worth(view.total, rule.pool)
    figure: Widget = scene.text(amount, "figure", lines=1, shrink=True)
    below: list[Widget] = []
    if worth:
        equals = texts.gettext("= {money}", money=worth)
        money = scene.text(equals, "strong", colour=scene.colours.brand_text, lines=1, shrink=True)
        if len(amount) + len(worth) <= BOTH_IN_A_LINE:
            figure = Row(children=(Share(figure), money), gap=scene.px(12))
        else:
            below.append(money)
    title = Row(children=(Share(scene.text(name, "label", lines=1, shrink=True)), _tag(scene, rule)), gap=scene.px(10))
    children: list[Widget] = [title, figure, *below]
    children.extend(_notes(scene, rule, balance, trust=trust))
    card = scene.card(Column(children=tuple(children), gap=scene.px(2), align=0.5), pad=(18, 12))
    return Card(
        child=card.child,
        colour=card.colour,
        pad=card.pad,
        radius=card.radius,
        edge=card.edge,
        edge_width=card.edge_width,
        shadow=card.shadow,
        role="listitem",
        label=name,
        value=amount,
    )


def _tag(scene: Scene, rule: PoolRule) -> Widget:
    """Where the points count: the difference between a company's own and the network's."""
    if rule.network:
        words, ink, ground = scene.texts.gettext("all partners"), scene.colours.good, scene.colours.good_soft
    else:
        words, ink, ground = scene.texts.gettext("only with us"), scene.colours.brand_text, scene.colours.brand_soft
    label = scene.text(words, "small", colour=ink, lines=1)
    return Card(child=label, colour=ground, pad=(scene.px(10), scene.px(3)), radius=scene.px(13))


def _notes(scene: Scene, rule: PoolRule, balance: BalanceView, *, trust: TrustRule) -> list[Text]:
    texts, view = scene.texts, balance.pool(rule.pool)
    alone = is_alone(balance, link=scene.terminal.devices.link)
    notes = []
    if view.provisional > 0:
        provisional = texts.points(view.provisional)
        notes.append(scene.quiet(texts.gettext("including {points} provisionally", points=provisional)))
    elif view.provisional < 0 and alone:
        spent = texts.points(-view.provisional)
        notes.append(scene.quiet(texts.gettext("without {points} spent here since", points=spent)))
    if view.total < 0:
        notes.append(scene.quiet(texts.gettext("New points will balance this first.")))
    elif view.total < rule.minimum_balance:
        minimum = texts.points(rule.minimum_balance)
        notes.append(scene.quiet(texts.gettext("To spend: at least {points}", points=minimum)))
    elif alone and view.total > 0:
        here = view.spendable_here if trust.spend_offline and balance.hindrance is None else 0
        online = view.total if trust.spend_online else 0
        notes.append(_spendable(scene, here=here, online=online))
    return notes


def _spendable(scene: Scene, *, here: int, online: int) -> Text:
    texts = scene.texts
    if here == online == 0:
        return scene.quiet(texts.gettext("To spend them, please ask our staff."))
    words = texts.gettext(
        "{here} can be spent here now, {online} with a connection", here=texts.points(here), online=texts.points(online)
    )
    return scene.text(words, "small", colour=scene.colours.caution, lines=2)
