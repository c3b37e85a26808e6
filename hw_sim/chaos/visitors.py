"""Customers before one kiosk, one after the other: lay a card on, redeem or register a coupon, look, go.

Decides what they do and tells the witness what they see. What they do is drawn from a seed; when it happens is the
real system's doing.
"""

from __future__ import annotations

import random
from collections.abc import Generator

from firmware.hal import events as hal
from firmware.runtime.runtime import Input
from firmware.terminal import events as touch
from firmware.terminal.model import RESTING, Redeemed, Refusal, Registered, State, Terminal
from hw_sim.chaos.facts import CouponFacts, CustomerFacts, Stock
from hw_sim.chaos.witness import Witness

#: How long somebody looks at a screen that does not change before they walk off.
PATIENCE_S = 15.0
#: Of visits: only a look, a coupon; of people who wait for a reward: who walk off in the middle.
ONLY_LOOK, COUPON, LEAVES = 0.1, 0.2, 0.05
_NEXT_S, _THINKS_S = (0.05, 0.5), (0.05, 0.4)
#: What somebody does: something with the terminal, or waiting for so many seconds.
Doing = Generator[Input | float, None, None]


class Visitors:
    """See the module. Called after each turn of the kiosk's loop: see `hw_sim.chaos.kiosk.Customers`."""

    def __init__(
        self, terminal: str, stock: Stock, coupons: list[CouponFacts], *, witness: Witness, chance: random.Random
    ) -> None:
        self._terminal = terminal
        self._stock = stock
        self._coupons = coupons
        self._used: list[CouponFacts] = []
        self._witness = witness
        self._chance = chance
        self._screen = Terminal()
        self._now_s = self._until_s = 0.0
        self._doing = self._all_day()
        self.closed = False

    def __call__(self, screen: Terminal, now_s: float) -> Input | None:
        """What somebody does now that `screen` is shown, if anything."""
        self._screen, self._now_s = screen, now_s
        while self._now_s >= self._until_s:
            done = next(self._doing, None)
            if not isinstance(done, float):
                return done
            self._until_s = self._now_s + done
        return None

    def close(self) -> None:
        """Who is here goes on; nobody comes after them."""
        self.closed = True

    def _all_day(self) -> Doing:
        while not self.closed:
            yield from self._visit(self._chance.choice(self._stock.customers))
            yield self._chance.uniform(*_NEXT_S)
        while True:
            yield PATIENCE_S

    def _visit(self, customer: CustomerFacts) -> Doing:
        uid = bytes.fromhex(customer.uid)
        yield hal.CardArrived(uid, "ntag")
        yield from self._wait(State.BALANCE, State.REFUSED)
        if self._shows(State.BALANCE):
            self._look_at_codes(customer)
            if self._chance.random() >= ONLY_LOOK:
                yield self._chance.uniform(*_THINKS_S)
                yield from self._business(customer)
        if self._shows(State.REFUSED) and isinstance(self._screen.outcome, Refusal):
            self._witness.saw_refusal(self._screen.outcome.reason.value)
        yield self._chance.uniform(*_THINKS_S)
        yield hal.CardLeft(uid)
        if not self._shows(*RESTING):
            yield touch.DonePressed()

    def _business(self, customer: CustomerFacts) -> Doing:
        self._witness.saw_attempt()
        if self._coupons and self._chance.random() < COUPON:
            yield from self._register(customer)
        else:
            yield from self._redeem(customer)

    def _redeem(self, customer: CustomerFacts) -> Doing:
        if not self._shows(State.BALANCE):
            return
        yield touch.RewardPressed(self._chance.choice(self._stock.rewards).id)
        if not self._shows(State.CONFIRMING):
            return
        yield touch.ConfirmPressed()
        if self._chance.random() < LEAVES:
            return
        yield from self._wait(State.DONE, State.REFUSED)
        outcome = self._screen.outcome
        if self._shows(State.DONE) and isinstance(outcome, Redeemed):
            self._witness.saw_code(self._terminal, customer, code=outcome.code, reward=outcome.reward)

    def _register(self, customer: CustomerFacts) -> Doing:
        """Mostly a new coupon, sometimes one that was used."""
        again = self._used and self._chance.random() < 0.2
        coupon = self._chance.choice(self._used) if again else self._coupons.pop()
        self._used.append(coupon)
        if not self._shows(State.BALANCE):
            return
        yield hal.CodeSeen(coupon.text, "QRCODE")
        yield from self._wait(State.DONE, State.REFUSED)
        if self._shows(State.DONE) and isinstance(self._screen.outcome, Registered):
            self._witness.saw_registration(self._terminal, customer, coupon)

    def _look_at_codes(self, customer: CustomerFacts) -> None:
        """A code of the last minutes is shown again beside the balance."""
        visit = self._screen.visit
        recent = None if visit is None or visit.balance is None else visit.balance.recent
        if recent is not None:
            self._witness.saw_code(self._terminal, customer, code=recent.code, reward=recent.reward)

    def _wait(self, *wanted: State) -> Doing:
        give_up_s = self._now_s + PATIENCE_S
        while not self._shows(*wanted) and self._now_s < give_up_s:
            yield 0.01

    def _shows(self, *states: State) -> bool:
        return self._screen.state in states
