"""Everything that goes wrong, drawn from the seed: each kind has a weight, each happens some of the time."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from hw_sim.disk.disk import Image
from hw_sim.fleet.box import Box
from hw_sim.fleet.exchange import Exchange
from hw_sim.fleet.ground import Ground
from hw_sim.fleet.losses import Drawer

SECOND_MS = 1_000
HOUR_MS = 3_600_000


class Trouble:
    """Brings faults until the world is calm, then mends everything."""

    def __init__(self, ground: Ground, boxes: list[Box], exchange: Exchange, drawer: Drawer, *, restores: bool) -> None:
        self._ground = ground
        self._boxes = boxes
        self._exchange = exchange
        self._drawer = drawer
        kinds: list[tuple[int, Callable[[], None]]] = [
            (30, self._cut_cable),
            (6, self._cut_branch),
            (30, self._crash_soon),
            (15, self._power_soon),
            (10, self._reboot),
            (10, self._take_image),
            (4, self._restore_disk),
            (2, self._new_disk),
            (6, self._fill_disk),
            (12, self._turn_clock),
            (14, self._crash_central_inside),
            (6, self._lose_answer),
            (6, self._back_up_central),
            (2 if restores else 0, self._restore_central),
            (5, self._restart_broker),
            (4, self._night),
        ]
        # Not everything goes wrong everywhere: what is rare beside other faults is common in some worlds.
        usual = [(weight, call) for weight, call in kinds if ground.happens(0.7)] or kinds
        self._kinds = [call for weight, call in usual for _ in range(weight)] or [self._cut_cable]
        self.pause_ms = ground.chance.choice([400, 1_000, 2_500, 6_000])
        self._backup: sqlite3.Connection | None = None
        self._images: dict[str, Image] = {}

    def strikes(self) -> None:
        """One fault."""
        self._ground.chance.choice(self._kinds)()

    def ends(self) -> None:
        """No more faults; what is broken is mended."""
        self._ground.faults = False
        for box in self._boxes:
            box.mend()
            if box.line.cut:
                box.line.mend_cable()
            if box.runtime is None:
                box.switch_on()
        self._exchange.central.calm()

    def watch(self, box: Box) -> None:
        """Somebody switches a dark terminal on again, sooner or later."""
        if box.runtime is None and (not self._ground.faults or self._ground.happens(0.4)):
            box.switch_on()

    # --- the network -----------------------------------------------------------------------------

    def _cut_cable(self) -> None:
        self._cut([self._any_box()], self._ground.between(500, 40 * SECOND_MS))

    def _cut_branch(self) -> None:
        branch = self._any_box().facts.branch
        boxes = [box for box in self._boxes if box.facts.branch == branch]
        self._cut(boxes, self._ground.between(5 * SECOND_MS, 90 * SECOND_MS))

    def _cut(self, boxes: list[Box], for_ms: int) -> None:
        for box in boxes:
            if not box.line.cut:
                self._ground.operation("cable cut", f"{box.facts.id} for {for_ms} ms")
                box.line.cut_cable()
                self._ground.timeline.after(for_ms, lambda line=box.line: line.cut and line.mend_cable())  # type: ignore[misc]

    def _restart_broker(self) -> None:
        self._exchange.restart_broker(forgets=self._ground.happens(0.5))

    # --- terminals -------------------------------------------------------------------------------

    def _crash_soon(self) -> None:
        """The process ends at one of its next moments, wherever that is."""
        box = self._any_box()
        moments = self._ground.between(1, 80)
        box.power_fails = self._ground.happens(0.5)
        self._ground.operation("crash soon", f"{box.facts.id} in {moments} moments")
        box.fuse.light(moments)

    def _power_soon(self) -> None:
        """The power goes in the middle of one of the next writes or syncs of its disk."""
        box = self._any_box()
        operations = self._ground.between(0, 40)
        box.power_fails = True
        self._ground.operation("power cut soon", f"{box.facts.id} after {operations} operations of its disk")
        box.disk.power_goes_after(operations)

    def _reboot(self) -> None:
        box = self._any_box()
        self._ground.operation("reboot", box.facts.id)
        box.cut_power()

    def _turn_clock(self) -> None:
        box, chance = self._any_box(), self._ground.chance
        by_ms = chance.choice([-1, 1]) * chance.choice([5 * SECOND_MS, 180 * SECOND_MS, 26 * HOUR_MS])
        if self._ground.happens(0.3):
            self._ground.operation("clock set right", box.facts.id)
            box.clock.set_right()
        else:
            self._ground.operation("clock turned", f"{box.facts.id} by {by_ms} ms")
            box.clock.jump(by_ms)

    def _take_image(self) -> None:
        """Somebody copies a disk while the terminal runs."""
        box = self._any_box()
        self._ground.operation("image taken", box.facts.id)
        self._images[box.facts.id] = box.disk.image()

    def _restore_disk(self) -> None:
        """A technician puts an old image back."""
        names = sorted(self._images)
        if names:
            name = self._ground.chance.choice(names)
            box = next(box for box in self._boxes if box.facts.id == name)
            if self._may_go(box):
                self._ground.operation("disk restored", name)
                box.change_disk(self._images[name])

    def _new_disk(self) -> None:
        box = self._any_box()
        if self._may_go(box):
            self._ground.operation("new disk", box.facts.id)
            box.change_disk(None)

    def _may_go(self, box: Box) -> bool:
        """Without an anchor nobody can tell that entries are missing which were nowhere else: that is not promised."""
        return box.anchor is not None or box.all_arrived

    def _fill_disk(self) -> None:
        box, for_ms = self._any_box(), self._ground.between(SECOND_MS, 30 * SECOND_MS)
        self._ground.operation("disk full", f"{box.facts.id} for {for_ms} ms")
        box.disk.full = True

        def cleared() -> None:
            box.disk.full = False
            box.full_until_ms = self._ground.now_ms

        self._ground.timeline.after(for_ms, cleared)

    # --- the central system ----------------------------------------------------------------------

    def _crash_central_inside(self) -> None:
        statement = self._ground.between(1, 60)
        self._ground.operation("central crash soon", f"at statement {statement}")
        self._exchange.central.crash_soon(statement=statement)

    def _lose_answer(self) -> None:
        self._ground.operation("central crash soon", "after the commit")
        self._exchange.central.crash_soon(statement=None)

    def _back_up_central(self) -> None:
        self._ground.operation("backup")
        if self._backup is not None:
            self._backup.close()
        self._backup = self._exchange.central.image()

    def _restore_central(self) -> None:
        """The central database is lost, and the last backup put in its place."""
        if self._backup is not None:
            self._ground.operation("central restored")
            self._exchange.restore_central(self._backup)
            self._drawer.forgotten()

    # --- everything ------------------------------------------------------------------------------

    def _night(self) -> None:
        """Everything stands still for hours: machines asleep, messages under way."""
        hours = self._ground.between(1, 30)
        self._ground.operation("night", f"{hours} h")
        self._ground.timeline.skip(hours * HOUR_MS)

    def _any_box(self) -> Box:
        return self._ground.chance.choice(self._boxes)
