"""One simulated world: a fleet and its central system, people, staff and trouble, from one seed. Needs Django set up.

First everything goes on at once, with faults, until so many operations have happened (people's acts and faults).
Then the faults stop, time goes on until all has converged, and everybody who can afford something gets it.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from firmware.terminal.model import Terminal
from hw_sim.fleet.box import Box
from hw_sim.fleet.central import Central, central_clock
from hw_sim.fleet.exchange import Exchange
from hw_sim.fleet.ground import Ground
from hw_sim.fleet.losses import Drawer
from hw_sim.fleet.operators import Operators
from hw_sim.fleet.oracle import Oracle
from hw_sim.fleet.people import People
from hw_sim.fleet.programme import CUSTOMERS, MOST_TERMINALS, TERMINALS
from hw_sim.fleet.settling import has_settled, unsettled
from hw_sim.fleet.staff import Staff
from hw_sim.fleet.trouble import Trouble

FEWEST_TERMINALS = 4
#: How long all may take to converge once nothing goes wrong any more.
SETTLING_MS = 300_000
_LOOK_EVERY_MS = 1_000
_LOOK_AGAIN = 3


@dataclass(frozen=True)
class Size:
    """How much happens: `operations` at least; `terminals` None: drawn; `restores`: the central system is, too."""

    operations: int
    terminals: int | None = None
    restores: bool = False


class World:
    """See the module; `play` plays it."""

    def __init__(
        self,
        seed: int,
        size: Size,
        *,
        template: sqlite3.Connection,
        keep_trace: bool = False,
    ) -> None:
        self.ground = Ground(seed, keep_trace=keep_trace)
        #: What had not converged when time was up.
        self.unsettled: list[str] = []
        self._size = size
        self.oracle = Oracle()
        self.central = Central(self.ground, template)
        self.exchange = Exchange(self.ground, self.central)
        self.drawer = Drawer()
        drawn = self.ground.between(FEWEST_TERMINALS, MOST_TERMINALS)
        self.boxes = [
            Box(
                self.ground,
                facts,
                exchange=self.exchange,
                drawer=self.drawer,
                shown=self._shown,
            )
            for facts in TERMINALS[: size.terminals or drawn]
        ]
        self.central.keep_terminals([box.facts.id for box in self.boxes])
        self._people = People(self.ground, self.boxes, self.oracle)
        self._staff = Staff(self.ground, self.exchange)
        self._operators = Operators(self.ground, self.exchange, self.drawer)
        self._trouble = Trouble(self.ground, self.boxes, self.exchange, self.drawer, restores=size.restores)

    def play(self) -> None:
        """All of it."""
        with central_clock(self.ground):
            self._begin()
            while self.ground.count < self._size.operations:
                self.ground.timeline.step()
            self._trouble.ends()
            if not (self._settle() and self._last_round() and self._look_again()):
                self.unsettled = unsettled(self.boxes, self.exchange, self.drawer)

    def close(self) -> None:
        """Nobody needs it any more."""
        for box in self.boxes:
            box.close()

    def _begin(self) -> None:
        timeline, ground = self.ground.timeline, self.ground
        for box in self.boxes:
            timeline.after(ground.between(0, 2_000), box.switch_on)
            timeline.every(2_000, lambda one=box: self._trouble.watch(one), first_ms=ground.between(2_000, 4_000))  # type: ignore[misc]
        pause_ms = 3_000 // len(self.boxes)
        self._again_and_again(self._somebody_comes, mean_ms=pause_ms, first_ms=5_000)
        self._again_and_again(self._staff.gives, mean_ms=1_000, first_ms=1_000)
        self._again_and_again(self._trouble.strikes, mean_ms=self._trouble.pause_ms, first_ms=6_000)
        self._again_and_again(self._operators.attend, mean_ms=8_000, first_ms=10_000)

    def _again_and_again(self, call: object, *, mean_ms: int, first_ms: int) -> None:
        """At drawn moments, until the world is calm."""
        ground = self.ground

        def again() -> None:
            if ground.faults and callable(call):
                call()
                ground.timeline.after(ground.between(1, 2 * mean_ms), again)

        ground.timeline.after(first_ms, again)

    def _somebody_comes(self) -> None:
        self._people.comes(self.ground.chance.choice(CUSTOMERS))

    def _settle(self) -> bool:
        """Time goes on until all has converged; False where it does not."""
        timeline = self.ground.timeline
        until_ms = timeline.now_ms + SETTLING_MS
        while timeline.now_ms < until_ms:
            timeline.run_until(timeline.now_ms + _LOOK_EVERY_MS)
            if has_settled(self.boxes, self.exchange, self.drawer):
                self.ground.note("settled")
                return True
        return False

    def _last_round(self) -> bool:
        """Some customers come once more, and get what they can afford; all converges again."""
        for customer in self.ground.chance.sample(CUSTOMERS, 4):
            self._people.comes(customer)
            self.ground.timeline.run_until(self.ground.now_ms + 2_000)
        self.ground.timeline.run_until(self.ground.now_ms + 30_000)
        return self._settle()

    def _look_again(self) -> bool:
        """Those who got something come once more to where they got it, and read their balance."""
        last = {one.member: one.terminal for one in self.oracle.attempts if one.granted}
        for member in sorted(last)[:_LOOK_AGAIN]:
            box = next(box for box in self.boxes if box.facts.id == last[member])
            customer = next(one for one in CUSTOMERS if one.id == member)
            self.ground.timeline.follow(self._people.looks(customer, box))
            self.ground.timeline.run_until(self.ground.now_ms + 5_000)
        return self._settle()

    def _shown(self, box: Box, screen: Terminal) -> None:
        self.oracle.look(box.facts.id, screen)
