"""A terminal's starts on a simulated disk, with an anchor that is outside it, or none."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from pathlib import Path

from firmware.hal.errors import DeviceUnavailable
from firmware.hal.ports import Mark
from firmware.journal.aside import OldJournal
from firmware.journal.journal import Journal
from firmware.journal.opening import Epochs, Premises, Start, open_at_start
from hw_sim.disk.disk import SimDisk
from loyalty.entries import EpochBegun
from tests.unit.loyalty.samples import CLOCK, KEY, TERMINAL

HERE = Path("/terminal")


@dataclass
class MemoryAnchor:
    """An anchor that lies on no disk; it can be silent."""

    mark: Mark | None = None
    silent: bool = False

    def read(self) -> Mark | None:
        if self.silent:
            raise DeviceUnavailable("the panel does not answer")
        return self.mark

    def advance(self, mark: Mark) -> None:
        if self.silent:
            raise DeviceUnavailable("the panel does not answer")
        self.mark = mark if self.mark is None else max(mark, self.mark)


def premises(disk: SimDisk, *, anchor: MemoryAnchor | None = None, hardware: str = "pi-1") -> Premises:
    """A terminal's premises on `disk`."""
    return Premises(
        storage=disk, directory=HERE, terminal=TERMINAL, key=KEY, software="1.0", hardware=hardware, anchor=anchor
    )


class Kiosk:
    """One terminal: its disk, its anchor, its machine, and the start it is in."""

    def __init__(self, seed: int = 1, *, anchored: bool = True) -> None:
        self.disk = SimDisk(random.Random(seed))
        self.panel = MemoryAnchor()
        self.premises = premises(self.disk, anchor=self.panel if anchored else None)
        self.start = open_at_start(self.premises, clock=CLOCK)
        self.journal.confirm()

    @property
    def journal(self) -> Journal:
        """The journal in use."""
        return self.start.journal

    def starts(self, *, hardware: str | None = None) -> Start:
        """The power comes back."""
        self.disk.power_cut()
        if hardware is not None:
            self.premises = replace(self.premises, hardware=hardware)
        self.start = open_at_start(self.premises, clock=CLOCK)
        return self.start

    def old(self) -> tuple[OldJournal, ...]:
        """The journals that were set aside."""
        return Epochs(self.premises, lambda: CLOCK).old(0)

    def begun(self) -> EpochBegun:
        """How the journal in use begins."""
        body = next(iter(self.journal.entries())).body
        assert isinstance(body, EpochBegun)
        return body
