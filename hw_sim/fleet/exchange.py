"""The broker, and the central system's end of the link: one message after the other, each until it is committed."""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Callable, Iterable
from typing import TypeVar

from backend_bridge.link.outgoing import Incoming, Outgoing
from hw_sim.fleet.central import Central
from hw_sim.fleet.errors import CentralCrashed
from hw_sim.fleet.ground import Ground
from hw_sim.fleet.line import Line

Result = TypeVar("Result")
DUE_EVERY_MS = 1_000
LONGEST_TURN_MS = 25
MOST_IN_A_TURN = 16


class Exchange:
    """See the module."""

    def __init__(self, ground: Ground, central: Central) -> None:
        self._ground = ground
        self.central = central
        self.lines: dict[str, Line] = {}
        self.broker_up = True
        self.central_up = True
        self._inbox: deque[Incoming] = deque()
        self.restored = False
        self._turn_is_planned = False
        self._unsent: deque[Outgoing] = deque()
        ground.timeline.every(DUE_EVERY_MS, self._due, first_ms=DUE_EVERY_MS)

    def line_of(self, terminal: str) -> Line:
        """The new line of a terminal."""

        def arrive(channel: str, payload: bytes) -> None:
            self._arrived(Incoming(terminal, channel, payload))

        line = self.lines[terminal] = Line(self._ground, terminal, arrive)
        return line

    @property
    def quiet(self) -> bool:
        """Everything is up, and nothing waits."""
        return self.broker_up and self.central_up and not self._inbox and not self._unsent

    # --- messages --------------------------------------------------------------------------------

    def _arrived(self, message: Incoming) -> None:
        if self.broker_up:
            self._inbox.append(message)
            self._work_soon()

    def _work_soon(self) -> None:
        """What arrives until the central system comes to it is one turn of its."""
        if not self._turn_is_planned:
            self._turn_is_planned = True
            self._ground.timeline.after(self._ground.between(1, LONGEST_TURN_MS), self._work)

    def _work(self) -> None:
        self._turn_is_planned = False
        if not (self._inbox and self.broker_up and self.central_up):
            return
        messages = [self._inbox[place] for place in range(min(len(self._inbox), MOST_IN_A_TURN))]
        for message in messages:
            self._ground.note(f"central takes {message.channel} of {message.terminal}", message.payload)
        sent = self.attempt(lambda: self.central.handle_together(messages))
        if sent is not None:
            # Only now the broker may forget them.
            for _message in messages:
                self._inbox.popleft()
            self._publish(sent)
        if self._inbox:
            self._work_soon()

    def _due(self) -> None:
        if self.central_up and self.broker_up:
            self._publish(self.attempt(self.central.due) or ())

    def _publish(self, sent: Iterable[Outgoing]) -> None:
        self._unsent.extend(sent)
        while self._unsent and self.broker_up:
            one = self._unsent.popleft()
            line = self.lines.get(one.terminal)
            if line is not None:
                self._ground.note(f"central sends {one.channel} to {one.terminal}", one.payload)
                line.publish(one.channel, one.payload, retain=one.retain)

    def attempt(self, work: Callable[[], Result]) -> Result | None:
        """What comes of `work` at the central system; None where it crashed in it."""
        try:
            return work()
        except CentralCrashed:
            self.stop_central()
            return None

    # --- what happens to it ----------------------------------------------------------------------

    def stop_central(self) -> None:
        """The central system's process is gone; another one starts soon."""
        if not self.central_up:
            return
        self._ground.operation("central crashed")
        self.central_up = False
        self._unsent.clear()
        self._ground.timeline.after(self._ground.between(200, 8_000), self._start_central)

    def _start_central(self) -> None:
        self.central.restart()
        self.central_up = True
        self._ground.note("central runs")
        self._work_soon()

    def restore_central(self, image: sqlite3.Connection) -> None:
        """The central system's database is lost; another one goes on with a backup."""
        self.restored = True
        self.stop_central()
        self.central.restore_backup(image)

    def restart_broker(self, *, forgets: bool) -> None:
        """The broker goes, and comes back soon; one that `forgets` has not kept its sessions."""
        if not self.broker_up:
            return
        self._ground.operation("broker restart", "forgets" if forgets else "keeps")
        self.broker_up = False
        if forgets:
            self._inbox.clear()
        for line in self.lines.values():
            line.broker_gone(forgets=forgets)
        self._ground.timeline.after(self._ground.between(300, 6_000), self._broker_back)

    def _broker_back(self) -> None:
        self.broker_up = True
        for line in self.lines.values():
            line.broker_back()
        self._publish(())
        self._work_soon()
