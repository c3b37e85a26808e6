"""One customer after the other at the demo's own terminal, by the workbench's API: what a person does and reads.

Everything may break while they stand there: then they walk off, and the next one comes.
"""

from __future__ import annotations

import io
import random
import threading
import urllib.error
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import segno

from hw_sim.chaos.facts import CouponFacts, CustomerFacts, RewardFacts, Stock
from hw_sim.chaos.witness import Witness
from hw_sim.client.customer import Customer, Stuck
from hw_sim.demo.setting_up import TERMINAL

#: Whose points last: the others' are soon spent.
CARDS = ("vera", "anna")
PATIENCE_S = 8.0
COUPON = 0.4
_PAUSE_S = (0.1, 0.8)
#: How the screen calls the code to hand in.
CODE = "Code to hand in"
_REGISTERED = "Your coupon is registered"


class PasserBy:
    """See the module. `start` and `stop` are called once."""

    def __init__(
        self,
        hands: Customer,
        stock: Stock,
        coupons: list[CouponFacts],
        *,
        witness: Witness,
        chance: random.Random,
    ) -> None:
        self.failure: Exception | None = None
        self._hands = hands
        self._stock = stock
        self._coupons = coupons
        self._witness = witness
        self._chance = chance
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="passer-by", daemon=True)

    def start(self) -> None:
        """People come."""
        self._thread.start()

    def stop(self) -> None:
        """Who stands there goes; nobody comes any more. May be called twice, and before `start`."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        try:
            while not self._stop.wait(self._chance.uniform(*_PAUSE_S)):
                with suppress(urllib.error.HTTPError, Stuck):
                    self.visit()
                self._leave()
        except Exception as error:  # noqa: BLE001 - whatever it was, whoever judges the run is to see it
            self.failure = error

    def visit(self) -> None:
        """One visit; raises `Stuck` or `HTTPError` where something broke in the middle of it."""
        customer = self._stock.demo[self._chance.choice(CARDS)]
        self._hands.lay(customer.name)
        if self._hands.wait_for("balance", "refused", timeout_s=PATIENCE_S) == "refused":
            self._witness.saw_refusal("at the terminal with a screen")
            return
        self._witness.saw_attempt()
        if self._coupons and self._chance.random() < COUPON:
            self._register(customer)
        else:
            self._redeem(customer)

    def _redeem(self, customer: CustomerFacts) -> None:
        reward = min(self._stock.rewards, key=lambda one: one.points)
        self._hands.touch(reward.label)
        self._hands.wait_for("confirming", timeout_s=PATIENCE_S)
        self._hands.touch("Yes")
        self._hands.wait_for("done", "refused", timeout_s=PATIENCE_S)
        self._read(customer, reward, None)

    def _register(self, customer: CustomerFacts) -> None:
        coupon = self._coupons.pop()
        self._hands.hold(picture(coupon.text))
        self._hands.wait_for("done", "refused", timeout_s=PATIENCE_S)
        self._read(customer, None, coupon)

    def _read(self, customer: CustomerFacts, reward: RewardFacts | None, coupon: CouponFacts | None) -> None:
        """What the screen says now. It may have gone on since it was looked at."""
        screen = self._hands.state()
        if screen["screen"] == "refused":
            self._witness.saw_refusal("at the terminal with a screen")
        for node in nodes(screen):
            if reward is not None and node["label"] == CODE:
                self._witness.saw_code(TERMINAL, customer, code=node["value"], reward=reward.id)
            elif coupon is not None and node["label"] == _REGISTERED:
                self._witness.saw_registration(TERMINAL, customer, coupon)

    def _leave(self) -> None:
        self._hands.take_card()
        self._hands.put_away()


def nodes(screen: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every node of a screen's tree."""
    waiting = list(screen["nodes"])
    while waiting:
        node = waiting.pop()
        waiting += node.get("children", ())
        yield node


def picture(text: str) -> bytes:
    """A printed code, as a picture."""
    out = io.BytesIO()
    segno.make_qr(text, error="m").save(out, kind="png", scale=8)
    return out.getvalue()
