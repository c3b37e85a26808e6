"""Customers: they come to a terminal, look at its screen, touch what it offers, and go when they like."""

from __future__ import annotations

from collections.abc import Collection

from firmware.hal import events as hal
from firmware.terminal import events as touch
from firmware.terminal.model import RESTING, Redeemed, Refusal, State
from hw_sim.checkers.balances_shown import ShownBalance, total_of
from hw_sim.checkers.refusals import Attempt
from hw_sim.fleet.affording import held_at, owned_by
from hw_sim.fleet.box import Box
from hw_sim.fleet.coupons import code_text
from hw_sim.fleet.ground import Ground
from hw_sim.fleet.oracle import Oracle
from hw_sim.fleet.programme import (
    COUPON_POINTS,
    MINIMUM,
    REWARDS,
    SPENDS_OFFLINE,
    CustomerFacts,
    RewardFacts,
    usual_terminals,
)
from hw_sim.fleet.timeline import Course

LOOK_EVERY_MS = 250
PATIENCE_MS = 7_000
#: Of visits: at the usual branch, only a look, a coupon, left in the middle.
USUAL, ONLY_LOOK, COUPON, LEAVES = 0.8, 0.15, 0.25, 0.06


class People:
    """Everybody who comes, one visit after the other for each person and each terminal."""

    def __init__(self, ground: Ground, boxes: list[Box], oracle: Oracle) -> None:
        self._ground = ground
        self._boxes = boxes
        self._oracle = oracle
        self._away: set[str] = set()
        self._taken: set[str] = set()
        self._coupons = list(COUPON_POINTS)
        self._used: list[str] = []

    def comes(self, customer: CustomerFacts) -> None:
        """`customer` comes to a terminal that is free, if they are not at another one."""
        usual = self._ground.happens(USUAL)
        free = [
            box
            for box in self._boxes
            if box.facts.id not in self._taken and (not usual or box.facts.branch == customer.usual)
        ]
        if customer.id in self._away or not free:
            return
        usually = [box for box in free if box.facts.id in usual_terminals(customer)]
        box = usually[0] if usually and self._ground.happens(USUAL) else self._ground.chance.choice(free)
        self._ground.timeline.follow(self._stay(customer, box))

    def _stay(self, customer: CustomerFacts, box: Box) -> Course:
        self._away.add(customer.id)
        self._taken.add(box.facts.id)
        yield from self.visit(customer, box)
        self._away.discard(customer.id)
        self._taken.discard(box.facts.id)

    def visit(self, customer: CustomerFacts, box: Box) -> Course:
        """A whole visit: the card, what they came for, and off they go."""
        ground = self._ground
        tap = ground.happens(0.7)
        self._act("tap" if tap else "lay card", box, customer)
        self._oracle.serving[box.facts.id] = customer.id
        box.take(hal.CardArrived(customer.uid, "ntag"))
        if tap:
            yield ground.between(200, 1_500)
            box.take(hal.CardLeft(customer.uid))
        yield from self._wait(box, {State.BALANCE, State.REFUSED})
        if _state(box) is State.BALANCE and not ground.happens(ONLY_LOOK):
            yield from self._business(customer, box)
        yield ground.between(200, 1_500)
        if not tap:
            self._act("take card", box, customer)
            box.take(hal.CardLeft(customer.uid))
        elif _state(box) not in (*RESTING, None) and ground.happens(0.6):
            self._act("done", box, customer)
            box.take(touch.DonePressed())

    def looks(self, customer: CustomerFacts, box: Box) -> Course:
        """Only read the balance."""
        self._act("looks", box, customer)
        self._oracle.serving[box.facts.id] = customer.id
        box.take(hal.CardArrived(customer.uid, "ntag"))
        yield from self._wait(box, {State.BALANCE, State.REFUSED})
        visit = None if box.screen is None else box.screen.visit
        balance = None if visit is None else visit.balance
        for view in () if balance is None or not balance.fresh else balance.pools:
            total = total_of(box.central, member=customer.id, pool=view.pool)
            if total is not None:
                seen = ShownBalance(
                    member=customer.id, terminal=box.facts.id, pool=view.pool, shown=view.total, total=total
                )
                self._oracle.balances.append(seen)
        box.take(hal.CardLeft(customer.uid))
        if _state(box) not in (*RESTING, None):
            box.take(touch.DonePressed())

    def _business(self, customer: CustomerFacts, box: Box) -> Course:
        """What they came for, once or twice."""
        while True:
            if self._ground.happens(COUPON):
                yield from self._scan(customer, box)
            else:
                yield from self.redeem(customer, box)
            if not self._ground.happens(0.4) or _state(box) not in (State.DONE, State.REFUSED):
                return
            yield self._ground.between(300, 1_500)
            if _state(box) not in (State.DONE, State.REFUSED):
                return
            self._act("back", box, customer)
            box.take(touch.BackPressed())
            if _state(box) is not State.BALANCE:
                return

    # --- a reward --------------------------------------------------------------------------------

    def redeem(self, customer: CustomerFacts, box: Box, reward: RewardFacts | None = None) -> Course:
        """Choose a reward that the shop has, and confirm it."""
        ground = self._ground
        here = [one for one in REWARDS.values() if one.company == box.facts.company]
        wanted = reward or ground.chance.choice(here)
        yield ground.between(300, 2_000)
        if _state(box) is not State.BALANCE:
            return
        attempt = self._attempt(customer, box, wanted)
        self._act(f"wants {wanted.id}", box, customer)
        box.take(touch.RewardPressed(wanted.id))
        if _state(box) is State.CONFIRMING:
            yield ground.between(200, 1_200)
            if _state(box) is State.CONFIRMING:
                self._act("confirms", box, customer)
                box.take(touch.ConfirmPressed())
                yield from self._await_reward(customer, box)
        self._conclude(attempt, box)

    def _await_reward(self, customer: CustomerFacts, box: Box) -> Course:
        if self._ground.faults and self._ground.happens(LEAVES):
            yield self._ground.between(1, 300)
            self._act("leaves in the middle", box, customer)
            box.take(touch.DonePressed() if _state(box) is State.REDEEMING else hal.CardLeft(customer.uid))
            return
        yield from self._wait(box, {State.DONE, State.REFUSED})

    def _attempt(self, customer: CustomerFacts, box: Box, reward: RewardFacts) -> Attempt:
        screen = box.screen
        attempt = Attempt(
            member=customer.id,
            terminal=box.facts.id,
            reward=reward.id,
            points=reward.points,
            minimum=MINIMUM[reward.pool],
            held=held_at(box, customer.id, reward.pool),
            owned=owned_by(self._boxes, box.central, customer.id, reward.pool),
            online=screen is not None and screen.devices.link,
            may_spend_offline=box.facts.company in SPENDS_OFFLINE,
            undisturbed=box.clock.is_right and not box.disk_is_in_trouble,
        )
        self._oracle.attempts.append(attempt)
        return attempt

    def _conclude(self, attempt: Attempt, box: Box) -> None:
        screen = box.screen
        attempt.undisturbed = attempt.undisturbed and box.clock.is_right and not box.disk_is_in_trouble
        if screen is None:
            attempt.outcome = "dark"
        elif screen.state is State.DONE and isinstance(screen.outcome, Redeemed):
            attempt.outcome = "done"
            if screen.outcome.reward != attempt.reward:
                self._oracle.wrong.append(f"{attempt} was paid as {screen.outcome.reward}")
        elif screen.state is State.REFUSED and isinstance(screen.outcome, Refusal):
            attempt.outcome = f"refused: {screen.outcome.reason.value}"
        self._ground.note(f"{attempt.terminal} {attempt.reward}: {attempt.outcome}")

    # --- a coupon --------------------------------------------------------------------------------

    def _scan(self, customer: CustomerFacts, box: Box) -> Course:
        """Hold a coupon to the camera: mostly a new one, sometimes one that was used."""
        again = self._used and self._ground.happens(0.3)
        if not again and self._coupons:
            self._used.append(self._coupons.pop())
        coupon = self._ground.chance.choice(self._used) if again else self._used[-1]
        yield self._ground.between(300, 2_000)
        if _state(box) is not State.BALANCE:
            return
        self._act(f"scans {coupon}", box, customer)
        self._oracle.scanned[box.facts.id] = coupon
        box.take(hal.CodeSeen(code_text(coupon), "QRCODE"))
        yield from self._wait(box, {State.DONE, State.REFUSED})

    # --- a person --------------------------------------------------------------------------------

    def _wait(self, box: Box, wanted: Collection[State]) -> Course:
        """Look at the screen until it shows what is wanted, or patience ends."""
        for _look in range(PATIENCE_MS // LOOK_EVERY_MS):
            if _state(box) in wanted or box.screen is None:
                return
            yield LOOK_EVERY_MS

    def _act(self, what: str, box: Box, customer: CustomerFacts) -> None:
        self._ground.operation("person", f"{customer.id[:6]} at {box.facts.id}: {what}")


def _state(box: Box) -> State | None:
    return None if box.screen is None else box.screen.state
