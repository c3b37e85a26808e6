"""Whatever a terminal holds, a screen shows: odd names, huge numbers, unknown pools, colours that are none."""

from __future__ import annotations

import json

import pygame
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from firmware.terminal.events import RewardPressed
from firmware.terminal.model import (
    BalanceView,
    CouponPending,
    Devices,
    Noted,
    PoolView,
    Reason,
    RecentSpend,
    Redeemed,
    Refusal,
    Registered,
    RewardPending,
    State,
    Terminal,
    Visit,
)
from kiosk_ui.fonts import Fonts
from kiosk_ui.gallery import render
from kiosk_ui.screens import build
from kiosk_ui.widgets import described
from loyalty.rules import Branding, PoolRule, Reward, RulesBundle

# Surrogates cannot come over the wire, but nothing may depend on that.
odd_text = st.one_of(
    st.text(max_size=30),
    st.text(alphabet="Wmčř漢\u202e\u0000\n\t ", max_size=80),
    st.sampled_from(["", " ", "A" * 500, "{points}", "{0}", "%s", "\ud800", "e\u0301" * 40, "🥐", "</svg>"]),
)
names = st.dictionaries(st.sampled_from(["en", "cs", "xx", ""]), odd_text, max_size=3)
amounts = st.one_of(st.integers(-(2**63), 2**64 - 1), st.integers(-2000, 2000))
instants = st.one_of(st.integers(-(2**63), 2**63), st.integers(0, 4_000_000_000_000))
maybe_instant = st.none() | instants
pools = st.sampled_from(["bread", "network", "unknown", ""])
rewards = st.builds(Reward, reward=odd_text, names=names, pool=pools, points=amounts, icon=odd_text)
pool_rules = st.builds(
    PoolRule,
    pool=pools,
    names=names,
    network=st.booleans(),
    currency=st.sampled_from(["EUR", "CZK", "JPY", "", "?"]),
    point_value_minor=amounts,
    minimum_balance=amounts,
)
bundles = st.builds(
    RulesBundle,
    version=odd_text,
    company=odd_text,
    branch=odd_text,
    timezone=st.sampled_from(["Europe/Prague", "", "../etc", "Nowhere/Else", "\u0000"]),
    languages=st.tuples(odd_text) | st.just(("en", "cs")) | st.just(()),
    branding=st.builds(
        Branding, company_name=odd_text, colour=odd_text | st.from_regex("#[0-9a-f]{6}", fullmatch=True)
    ),
    pools=st.lists(pool_rules, max_size=6).map(tuple),
    rewards=st.lists(rewards, max_size=16).map(tuple),
    coupon_keys=st.just(()),
)
views = st.builds(PoolView, pool=pools, total=amounts, held=amounts, spendable_here=amounts, provisional=amounts)
balances = st.builds(
    BalanceView,
    member=odd_text,
    pools=st.lists(views, max_size=4).map(tuple),
    as_of_ms=instants,
    fresh=st.booleans(),
    recent=st.none() | st.builds(RecentSpend, reward=odd_text, code=odd_text, at_ms=instants),
)
visits = st.builds(
    Visit,
    card=odd_text,
    trust=st.sampled_from(["uid", "sun", "ev2", ""]),
    arrived_ms=instants,
    card_in_field=st.booleans(),
    balance=st.none() | balances,
)
outcomes = st.one_of(
    st.none(),
    st.builds(Redeemed, reward=odd_text, pool=pools, points=amounts, code=odd_text, at_ms=instants),
    st.builds(Registered, pool=pools, points=amounts),
    st.builds(Noted, points=amounts),
    st.builds(
        Refusal,
        reason=st.sampled_from(Reason),
        at_ms=maybe_instant,
        points=st.none() | amounts,
        pool=st.none() | pools,
        here=st.none() | amounts,
        online=st.none() | amounts,
    ),
)
pendings = st.one_of(
    st.none(),
    st.builds(RewardPending, reward=odd_text),
    st.builds(CouponPending, coupon=odd_text, points=amounts),
)
terminals = st.builds(
    Terminal,
    state=st.sampled_from(State),
    devices=st.builds(Devices, reader=st.booleans(), camera=st.booleans(), link=st.booleans()),
    rules=st.none() | bundles,
    language=st.sampled_from(["en", "cs", "xx", "", "../x"]),
    visit=st.none() | visits,
    pending=pendings,
    outcome=outcomes,
)
sizes = st.sampled_from([(1024, 600), (800, 480), (480, 320), (600, 1024), (1920, 1080)])


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(terminal=terminals, size=sizes, at_ms=instants, motion=st.booleans())
def test_no_terminal_makes_a_screen_fail(
    terminal: Terminal, size: tuple[int, int], at_ms: int, motion: bool, fonts: Fonts
) -> None:
    screen = build(terminal, fonts=fonts, size=size, at_ms=at_ms, motion=motion)
    assert screen.name == terminal.state.value
    # The mirror sends it as JSON, in UTF-8.
    assert json.dumps(described(screen.root), ensure_ascii=False).encode()
    pygame.display.init()
    pygame.display.set_mode((1, 1))
    assert render(screen, fonts).get_size() == size


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(terminal=terminals)
def test_a_button_always_leads_to_something_that_was_offered(terminal: Terminal, fonts: Fonts) -> None:
    ids = {reward.reward for reward in terminal.rules.rewards} if terminal.rules is not None else set()
    for node in build(terminal, fonts=fonts, size=(1024, 600), at_ms=0).root.walk():
        if isinstance(node.event, RewardPressed):
            assert node.event.reward in ids
