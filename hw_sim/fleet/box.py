"""One simulated terminal: its disk, its clocks, its cable, and the production runtime that runs in it at times."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

from firmware.hal import events as hal
from firmware.journal.errors import JournalError
from firmware.journal.holdings import Holdings
from firmware.journal.journal import Journal
from firmware.journal.opening import Epochs, Premises
from firmware.runtime.clocks import KnownTime
from firmware.runtime.runtime import Input, Parts, Runtime
from firmware.terminal.events import RulesChanged
from firmware.terminal.model import Terminal
from hw_sim.disk.disk import Image, SimDisk
from hw_sim.disk.errors import PowerLost
from hw_sim.fleet.clocks import ShopClock
from hw_sim.fleet.exchange import Exchange
from hw_sim.fleet.fetching import Fetching
from hw_sim.fleet.fuse import Fuse
from hw_sim.fleet.ground import Ground
from hw_sim.fleet.line import BoxLink
from hw_sim.fleet.losses import Drawer
from hw_sim.fleet.premises import FusedDisk, PanelAnchor
from hw_sim.fleet.programme import CARD_KEY, CENTRAL_KEY, TerminalFacts
from hw_sim.fleet.records import Readable, Records, aside_on
from loyalty.wire.codec import open_down
from loyalty.wire.link import LinkDown, LinkUp
from loyalty.wire.messages import Ack, Answer, DownMessage, Grant, Recall, RulesAnnounced

#: Of terminals: have an anchor outside their disk.
ANCHORED = 0.7
SOFTWARE = "1.0"
TICK_MS = 500
#: How long a terminal may take to notice that there is space again.
_RECOVERS_MS = 60_000
_HEAD = "SELECT seq FROM fleet_epochhead WHERE terminal_id = ? AND epoch = ?"
_NEVER = 1 << 60
_KINDS: dict[str, type[DownMessage]] = {
    "down/ack": Ack,
    "down/answer": Answer,
    "down/grant": Grant,
    "down/recall": Recall,
    "down/rules": RulesAnnounced,
}


class Scanner:
    """A camera that nothing is held to; waking it is a moment at which the power may go."""

    def __init__(self, fuse: Fuse) -> None:
        self.wake: Callable[[], None] = fuse
        self.sleep: Callable[[], None] = fuse

    def start(self, emit: object) -> None:
        """See the port."""

    def stop(self) -> None:
        """See the port."""


class Box:
    """See the module. `shown` is called whenever the screen may have changed."""

    def __init__(
        self,
        ground: Ground,
        facts: TerminalFacts,
        *,
        exchange: Exchange,
        drawer: Drawer,
        shown: Callable[[Box, Terminal], None],
    ) -> None:
        self.facts = facts
        self._ground = ground
        self._exchange = exchange
        self._drawer = drawer
        self._shown = shown
        self.fuse = Fuse()
        self.clock = ShopClock(ground, self.fuse)
        self.line = exchange.line_of(facts.id)
        self.runtime: Runtime | None = None
        self.disk = SimDisk(ground.chance)
        self.records = Records(self.disk)
        #: Whether the machine's power goes with the process when that ends next.
        self.power_fails = False
        self.full_until_ms = 0
        self._rtc = ground.happens(0.6)
        self._last_epoch = 0
        self.anchor = PanelAnchor(self.fuse) if ground.happens(ANCHORED) else None
        self._premises = Premises(
            storage=FusedDisk(self.disk, self.fuse, self._opened),
            directory=Path("/"),
            terminal=facts.id,
            key=facts.key,
            software=SOFTWARE,
            hardware=f"machine-{facts.id}",
            anchor=self.anchor,
        )
        self._fetching = Fetching(ground, exchange, terminal=facts.id, arrived=self.take)
        ground.timeline.every(TICK_MS, self._tick, first_ms=ground.between(1, TICK_MS))

    @property
    def screen(self) -> Terminal | None:
        """What a person sees; None when it is dark."""
        return None if self.runtime is None else self.runtime.terminal

    @property
    def greeting(self) -> bytes:
        """See `Station`."""
        return b'{"v":1,"online":true,"boot":"%b","software":"1.0"}' % self.clock.boot_id().encode()

    @property
    def central(self) -> sqlite3.Connection:
        """The central database, for looking at it."""
        return self._exchange.central.database

    @property
    def all_arrived(self) -> bool:
        """Whether the central system has all of its journal."""
        row = self.central.execute(_HEAD, (self.facts.id, self.epoch)).fetchone()
        return row is not None and int(row[0]) == len(self.records.stored) - 1

    @property
    def disk_is_in_trouble(self) -> bool:
        """Whether its disk is full, or was until a moment ago."""
        return self.disk.full or self._ground.now_ms < self.full_until_ms + _RECOVERS_MS

    @property
    def journal(self) -> Journal | None:
        """The journal in use, while the program runs."""
        return None if self.runtime is None else self.runtime.journal

    @property
    def epoch(self) -> int:
        """The epoch of the journal on its disk; 0 before the first."""
        entries = self.records.entries
        return entries[0].epoch if entries else 0

    # --- power -----------------------------------------------------------------------------------

    def switch_on(self) -> None:
        """Start the terminal's program; it may lose its power in that."""
        self.fuse.blown = False
        self._ground.note(f"{self.facts.id} starts")
        try:
            self._compose()
        except PowerLost:
            self._ground.operation("power lost" if self.power_fails else "killed", f"{self.facts.id} in its start")
            self._off()
        except (JournalError, OSError) as error:
            # A full disk, say: the program ends, and is started again later.
            self._ground.note(f"{self.facts.id} cannot start: {type(error).__name__}")
            self._off()
        else:
            self.line.start(self)

    def kill(self) -> None:
        """The process ends now, between two events."""
        if self.runtime is not None:
            self._off()

    def cut_power(self) -> None:
        """The machine's power goes now, between two events, or while it is off."""
        self.power_fails = True
        self._off()

    def change_disk(self, image: Image | None) -> None:
        """Somebody puts an old image onto the disk, or (None) a new disk in; the machine is off for it."""
        self.cut_power()
        self._drawer.gone(self.facts.id)
        self._drawer.keep(self.records.stored)
        self.disk.restore(image or Image(()))
        self.records.forget()

    def mend(self) -> None:
        """No more crashes: what was to come does not come."""
        self.fuse.put_out()
        self.disk.full = False
        self.disk.power_goes_after(_NEVER)
        self.power_fails = False

    def _compose(self) -> None:
        """As `kiosk_ui.composition` does it."""
        time = KnownTime(self.clock, rtc=self._rtc)
        epochs = Epochs(self._premises, time.evidence)
        start = epochs.start()
        self._epoch_is(start.journal.epoch, start.began)
        parts = Parts(
            journal=start.journal,
            holdings=Holdings(start.journal.database),
            link=BoxLink(self.line, self.fuse),
            scanner=Scanner(self.fuse),
            time=time,
            card_key=CARD_KEY,
            fresh_id=self._fresh_id,
            epochs=epochs,
            began=start.began,
        )
        self.runtime = Runtime(parts, terminal=Terminal())
        if (kept := self._fetching.kept()) is not None:
            self.runtime.take(RulesChanged(kept))
        self.runtime.take(hal.ReaderReady("simulated"))

    def _epoch_is(self, epoch: int, began: str | None) -> None:
        """Where an epoch has begun, the journals before it were set aside."""
        if epoch != self._last_epoch:
            self._ground.note(f"{self.facts.id} begins epoch {epoch}: {began}")
            self._last_epoch = epoch
            for stored in aside_on(self.disk):
                self._drawer.keep(stored, at_hand=True)

    def _opened(self, path: Path, connection: Readable) -> None:
        if path == self._premises.path:
            self.records.forget()
            self.records.live = connection

    def _off(self) -> None:
        """The process is gone; with the power, so is what was not synced."""
        self._ground.note(f"{self.facts.id} is dark")
        self.runtime = None
        self._fetching.end()
        if self.power_fails:
            self.disk.power_cut()
            self.clock.reboot()
        else:
            # The machine runs on, and has what the process wrote.
            self.disk.restore(self.disk.image())
        self.power_fails = False
        self.records.forget()
        self.line.end()

    def _fresh_id(self) -> str:
        self.fuse.burn()
        return self._ground.fresh_id()

    # --- events ----------------------------------------------------------------------------------

    def take(self, item: Input) -> None:
        """Something happens at the terminal; nothing where it is dark."""
        runtime = self.runtime
        if runtime is not None:
            self._guarded(lambda: runtime.take(item))

    def _tick(self) -> None:
        if self.runtime is not None:
            self._guarded(self.runtime.due)

    def _guarded(self, work: Callable[[], Any]) -> None:
        """As `kiosk_ui.loop` does it: work, show, then what can wait."""
        runtime = self.runtime
        if runtime is None:
            return
        try:
            work()
            self._shown(self, runtime.terminal)
            runtime.after_show()
            self._epoch_is(runtime.journal.epoch, "in between")
        except PowerLost:
            self._ground.operation("power lost" if self.power_fails else "killed", self.facts.id)
            self._off()

    # --- the link --------------------------------------------------------------------------------

    def link_up(self) -> None:
        """See `Station`."""
        self.take(LinkUp())

    def link_lost(self) -> None:
        """See `Station`."""
        self.take(LinkDown("simulated"))

    def received(self, channel: str, payload: bytes) -> None:
        """Judge a message as `terminal_end` does, and hand it on."""
        self._ground.note(f"{self.facts.id} takes {channel}", payload)
        message = open_down(payload, public=CENTRAL_KEY.public)
        if not isinstance(message, _KINDS[channel]):
            raise TypeError(f"a {type(message).__name__} came on {channel}")
        if isinstance(message, RulesAnnounced):
            self._fetching.announced(message)
        else:
            self.take(message)

    def close(self) -> None:
        """The world ends, and nobody needs the disk any more."""
        self.disk.close()
