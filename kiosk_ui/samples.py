"""Terminals to look at: every state of a bakery's terminal, for the gallery and for tests.

Nothing here is used by a terminal in a shop.
"""

from __future__ import annotations

from dataclasses import replace

from msgspec import structs

from firmware.terminal.model import (
    BalanceView,
    CouponPending,
    Devices,
    Noted,
    Outcome,
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
from loyalty.rules import Branding, PoolRule, Reward, RulesBundle

#: A Tuesday, 14:05 in Amsterdam.
NOW_MS = 1_792_497_900_000
MINUTE_MS = 60_000
DAY_MS = 24 * 60 * MINUTE_MS

OWN = PoolRule(
    pool="bread",
    names={"en": "Bread points", "cs": "Chlebové body", "nl": "Broodpunten"},
    network=False,
    currency="EUR",
)
NETWORK = PoolRule(
    pool="network",
    names={"en": "Tapbon network points", "cs": "Síťové body Tapbon"},
    network=True,
    currency="EUR",
    minimum_balance=1000,
)


def _reward(reward: str, *, en: str, cs: str, points: int, pool: str = "bread", icon: str = "") -> Reward:
    return Reward(reward=reward, names={"en": en, "cs": cs}, pool=pool, points=points, icon=icon or reward)


REWARDS = (
    _reward("coffee", en="Free coffee", cs="Káva zdarma", points=250),
    _reward("bread", en="Sourdough loaf", cs="Bochník kváskového chleba", points=480),
    _reward("breakfast", en="Breakfast for two", cs="Snídaně pro dva", points=1350),
    _reward("cocktail", en="Cocktail at Bar Zuid", cs="Koktejl v Baru Zuid", points=900, pool="network"),
    _reward("cinema", en="Cinema ticket", cs="Lístek do kina", points=1100, pool="network"),
    _reward("gift", en="Voucher for €5", cs="Poukaz na 5 €", points=500),
)

RULES = RulesBundle(
    version="7",
    company="molen",
    branch="molen-centrum",
    timezone="Europe/Amsterdam",
    languages=("en", "nl", "de", "da", "cs"),
    branding=Branding(company_name="Bakkerij De Molen", colour="#9a3412"),
    pools=(OWN, NETWORK),
    rewards=REWARDS,
    coupon_keys=(),
)

BALANCE = BalanceView(
    member="m-1",
    pools=(
        PoolView(pool="bread", total=1240, held=400, spendable_here=400),
        PoolView(pool="network", total=640),
    ),
    as_of_ms=NOW_MS,
    fresh=True,
)
#: As it was known here on the evening before; 100 points are of today, and only this terminal knows.
OFFLINE_BALANCE = BalanceView(
    member="m-1",
    pools=(
        PoolView(pool="bread", total=1340, held=500, spendable_here=500, provisional=100),
        PoolView(pool="network", total=2150, held=300, spendable_here=300),
    ),
    as_of_ms=NOW_MS - DAY_MS + 4 * 60 * MINUTE_MS,
    fresh=False,
)
VISIT = Visit(card="c-1", trust="ev2", arrived_ms=NOW_MS - 4_000, balance=BALANCE)
CONNECTED = Devices(reader=True, camera=True, link=True)
UNCONNECTED = Devices(reader=True, camera=True, link=False)


def at(state: State, *, visit: Visit | None = VISIT, outcome: Outcome | None = None, **changes: object) -> Terminal:
    """The bakery's terminal in a state."""
    terminal = Terminal(state=state, devices=CONNECTED, rules=RULES, visit=visit, outcome=outcome)
    return replace(terminal, **changes)  # type: ignore[arg-type]


def refusal(reason: Reason) -> Refusal:
    """A refusal with what goes with its reason."""
    known: dict[Reason, Refusal] = {
        Reason.COUPON_USED: Refusal(reason=reason, at_ms=NOW_MS - 3 * DAY_MS - 95 * MINUTE_MS),
        Reason.CARD_BLOCKED: Refusal(reason=reason, at_ms=NOW_MS - 8 * DAY_MS),
        Reason.NOT_ENOUGH_POINTS: Refusal(reason=reason, points=1350, pool="bread", here=400, online=1240),
        Reason.BELOW_MINIMUM: Refusal(reason=reason, points=1000, pool="network", here=0, online=640),
        Reason.NEEDS_CONNECTION: Refusal(reason=reason, points=1350, pool="bread", here=500, online=1340),
        Reason.CLOCK_UNKNOWN: Refusal(reason=reason, points=250, pool="bread", here=0, online=1340),
        Reason.LIST_TOO_OLD: Refusal(reason=reason, points=250, pool="bread", here=0, online=1340),
        Reason.NOT_CONFIRMED: Refusal(reason=reason, points=250, pool="bread", here=0, online=1340),
        Reason.CATCHING_UP: Refusal(reason=reason, pool="bread", here=400, online=1240),
        Reason.NO_ANSWER: Refusal(reason=reason, pool="bread", here=400, online=1240),
    }
    return known.get(reason, Refusal(reason=reason))


_REDEEMED = Redeemed(reward="coffee", pool="bread", points=250, code="RV4XXMQ", at_ms=NOW_MS)
_UNSERVED = {Reason.CARD_UNKNOWN, Reason.CARD_BLOCKED, Reason.NO_BALANCE_OFFLINE}
_OFFLINE_REASONS = {
    Reason.NEEDS_CONNECTION,
    Reason.NO_BALANCE_OFFLINE,
    Reason.COUPON_NOTED_ALREADY,
    Reason.CLOCK_UNKNOWN,
    Reason.LIST_TOO_OLD,
    Reason.NOT_CONFIRMED,
}


def refused(reason: Reason) -> Terminal:
    """The terminal that refuses for this reason."""
    visit = replace(VISIT, balance=None) if reason in _UNSERVED else VISIT
    devices = UNCONNECTED if reason in _OFFLINE_REASONS else CONNECTED
    return at(State.REFUSED, visit=visit, outcome=refusal(reason), devices=devices)


def samples() -> dict[str, Terminal]:
    """Terminals by the name that a picture of them has: every state, and every reason to refuse."""
    spent = replace(
        BALANCE,
        pools=(PoolView(pool="bread", total=990, held=150, spendable_here=150), BALANCE.pools[1]),
        recent=RecentSpend(reward="coffee", code="RV4XXMQ", at_ms=NOW_MS - 2 * MINUTE_MS),
    )
    after = replace(VISIT, balance=spent)
    away = replace(VISIT, balance=OFFLINE_BALANCE)
    many = tuple(
        structs.replace(REWARDS[index % 6], reward=f"reward-{index}", points=120 + 95 * index) for index in range(14)
    )
    full = structs.replace(RULES, rewards=many)
    hindered = replace(away, balance=replace(OFFLINE_BALANCE, hindrance=Reason.CLOCK_UNKNOWN.value))
    spent_away = replace(
        OFFLINE_BALANCE,
        pools=(
            PoolView(pool="bread", total=1090, held=250, spendable_here=250, provisional=-250),
            OFFLINE_BALANCE.pools[1],
        ),
    )
    return {
        "idle": at(State.IDLE, visit=None),
        "offline": at(State.OFFLINE, visit=None, devices=UNCONNECTED),
        "starting": Terminal(),
        "out_of_order": at(State.OUT_OF_ORDER, visit=None, devices=Devices(reader=False, camera=True, link=True)),
        "card_present": at(State.CARD_PRESENT, visit=replace(VISIT, balance=None)),
        "balance": at(State.BALANCE),
        "balance_recent": at(State.BALANCE, visit=after),
        "balance_offline": at(State.BALANCE, visit=away, devices=UNCONNECTED),
        "balance_offline_spent": at(State.BALANCE, visit=replace(VISIT, balance=spent_away), devices=UNCONNECTED),
        "balance_offline_clock_unknown": at(State.BALANCE, visit=hindered, devices=UNCONNECTED),
        "balance_no_camera": at(State.BALANCE, devices=Devices(reader=True, camera=False, link=True)),
        "balance_plain_card": at(State.BALANCE, visit=replace(VISIT, trust="uid")),
        "balance_many": at(State.BALANCE, rules=full),
        "confirming": at(State.CONFIRMING, pending=RewardPending(reward="coffee")),
        "redeeming": at(State.REDEEMING, pending=RewardPending(reward="coffee", request="r-1")),
        "redeeming_slow": at(State.REDEEMING, pending=RewardPending(reward="coffee", request="r-1", slow=True)),
        "redeeming_from_here": at(State.REDEEMING, pending=RewardPending(reward="coffee")),
        "scanning": at(State.SCANNING),
        "registering": at(State.REGISTERING, pending=CouponPending(coupon="k-1", points=100)),
        "registering_slow": at(
            State.REGISTERING, pending=CouponPending(coupon="k-1", points=100, request="r-1", slow=True)
        ),
        "redeemed_offline": at(
            State.DONE, visit=replace(VISIT, balance=spent_away), outcome=_REDEEMED, devices=UNCONNECTED
        ),
        "redeemed": at(State.DONE, visit=after, outcome=_REDEEMED),
        "redeemed_card_taken": at(State.DONE, visit=None, outcome=_REDEEMED),
        "registered": at(State.DONE, outcome=Registered(pool="bread", points=100)),
        "noted": at(State.DONE, visit=away, outcome=Noted(points=100), devices=UNCONNECTED),
        **{f"refused_{reason.value}": refused(reason) for reason in Reason},
    }
