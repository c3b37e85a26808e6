"""A stage for stories: the state machine with somebody who remembers every effect and tells the time."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TypeVar

from firmware.terminal import effects as ef
from firmware.terminal import events as ev
from firmware.terminal.machine import handle
from firmware.terminal.model import (
    RESTING,
    BalanceView,
    CouponPending,
    Devices,
    Outcome,
    Pending,
    PoolView,
    Reason,
    Redeemed,
    Refusal,
    RewardPending,
    State,
    Terminal,
    Visit,
)
from firmware.terminal.step import Moment
from loyalty.coupon import CouponCode
from loyalty.rules import RulesBundle
from loyalty.wire.messages import CouponRight
from tests.unit.loyalty.samples import COMPANY, MEMBER, NOON_MS, POOL, bundle

AnyEffect = TypeVar("AnyEffect", bound=ef.Effect)

ANNAS_CARD = "anna"
BERTS_CARD = "bert"
COUPON = CouponCode(company=COMPANY, key=1, coupon=7, points=50, last_day=dt.date(2026, 12, 31))


def balance(
    total: int,
    *,
    held: int = 0,
    spendable: int | None = None,
    member: str = MEMBER,
    fresh: bool = True,
    as_of_ms: int = NOON_MS,
) -> BalanceView:
    """What `member` has in the pool of the sample rules."""
    here = held if spendable is None else spendable
    pool = PoolView(pool=POOL, total=total, held=held, spendable_here=here)
    return BalanceView(member=member, pools=(pool,), as_of_ms=as_of_ms, fresh=fresh)


def coupon_right(coupon: str, points: int) -> CouponRight:
    """The home of a coupon, as a grant brings it."""
    return CouponRight(coupon=coupon, pool=POOL, points=points, issuer="bakery-ltd")


def terminal_in(state: State) -> Terminal:
    """A terminal as it is found in `state`."""
    terminal = Terminal(
        state=state,
        devices=Devices(reader=state is not State.OUT_OF_ORDER, link=state is not State.OFFLINE),
        rules=bundle(),
    )
    if state in RESTING:
        return terminal
    visit = Visit(card=ANNAS_CARD, trust="uid", arrived_ms=0, request="ask")
    if state is not State.CARD_PRESENT:
        visit = replace(visit, balance=balance(900, held=100))
    pendings: dict[State, Pending] = {
        State.CONFIRMING: RewardPending(reward="cake"),
        State.REDEEMING: RewardPending(reward="cake", request="ask"),
        State.REGISTERING: CouponPending(coupon=COUPON.coupon_id, points=50, request="ask"),
    }
    outcomes: dict[State, Outcome] = {
        State.DONE: Redeemed(reward="cake", pool=POOL, points=300, code="CODE123", at_ms=NOON_MS),
        State.REFUSED: Refusal(reason=Reason.NOT_ENOUGH_POINTS),
    }
    return replace(terminal, visit=visit, pending=pendings.get(state), outcome=outcomes.get(state))


class Stage:
    """One terminal that works, at noon; `link` says whether it is connected."""

    def __init__(self, *, link: bool = True, rules: RulesBundle | None = None) -> None:
        devices = Devices(reader=True, camera=True, link=link)
        self.terminal = Terminal(
            state=State.IDLE if link else State.OFFLINE,
            devices=devices,
            rules=rules if rules is not None else bundle(),
        )
        self.at_ms = NOON_MS
        #: How far somebody has set the wall clock.
        self.wall_off_ms = 0
        #: Whether the story is about a coupon.
        self.coupon = False
        self.effects: list[ef.Effect] = []
        self.new: tuple[ef.Effect, ...] = ()
        self._ids = 0

    @property
    def state(self) -> State:
        """Where the visit stands."""
        return self.terminal.state

    def later(self, milliseconds: int) -> Stage:
        """Time goes by."""
        self.at_ms += milliseconds
        return self

    def on(self, *events: ev.Event) -> Stage:
        """Something happens; `new` are the effects of the last of it."""
        for event in events:
            self._ids += 1
            moment = Moment(
                self.at_ms + self.wall_off_ms,
                f"id-{self._ids}",
                monotonic_ms=self.at_ms - NOON_MS,
                earliest_ms=self.at_ms,
            )
            step = handle(self.terminal, event, moment)
            self.terminal, self.new = step.terminal, step.effects
            self.effects.extend(step.effects)
        return self

    def wanted(self, kind: type[AnyEffect]) -> AnyEffect:
        """The one new effect of this kind."""
        (effect,) = [effect for effect in self.new if isinstance(effect, kind)]
        return effect

    def wants(self, kind: type[ef.Effect]) -> bool:
        """Whether there is a new effect of this kind."""
        return any(isinstance(effect, kind) for effect in self.new)

    def timer(self, timer: ef.Timer) -> int | None:
        """For how long the timer was set by what happened last, if it was."""
        return next((e.after_ms for e in self.new if isinstance(e, ef.SetTimer) and e.timer is timer), None)

    def anna_lays_her_card(self, told: BalanceView) -> Stage:
        """Anna's card is laid on, and `told` is on the screen: from the central system, or from here."""
        self.on(ev.CardLaid(ANNAS_CARD, "uid"))
        request = self.wanted(ef.AskBalance).request if self.terminal.devices.link else None
        return self.on(ev.BalanceKnown(request, ANNAS_CARD, told))
