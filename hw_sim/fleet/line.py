"""One terminal's connection: what is under way, what is lost, and what the broker keeps for it.

Messages of one channel arrive in their order, those of different channels in any. Between a cut and the moment
when each end notices it there are seconds, and what is sent meanwhile may be gone or come later.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from hw_sim.fleet.fuse import Fuse
from hw_sim.fleet.ground import Ground

#: Of messages: lost before the broker has them, come twice, are on their way for long.
LOST, DOUBLED, LATE = 0.02, 0.03, 0.02
#: What a broker keeps for a terminal that is away.
_KEPT_MESSAGES = 100


class Station(Protocol):
    """What stands at the terminal's end while its process runs."""

    def link_up(self) -> None:
        """Connected and subscribed."""

    def link_lost(self) -> None:
        """Noticed that the connection is gone."""

    def received(self, channel: str, payload: bytes) -> None:
        """A message came down."""

    @property
    def greeting(self) -> bytes:
        """What it says of itself when it connects."""


class Line:
    """See the module. `arrive` takes what has come up: channel and bytes."""

    def __init__(self, ground: Ground, terminal: str, arrive: Callable[[str, bytes], None]) -> None:
        self._ground = ground
        self._terminal = terminal
        self._arrive = arrive
        self._station: Station | None = None
        self._cable = True
        self._broker = True
        self.connected = False
        #: Counts connections: what belongs to an older one has no effect.
        self._connection = 0
        self._will_is_due = False
        self._under_way = 0
        self._last_ms: dict[str, int] = {}
        self._limbo: list[tuple[str, bytes]] = []
        self._kept: list[tuple[str, bytes]] = []
        self._retained: dict[str, bytes] = {}

    @property
    def quiet(self) -> bool:
        """Connected, and nothing is under way."""
        return self.connected and not self._under_way and not self._kept and not self._limbo

    @property
    def cut(self) -> bool:
        """Whether the network is away."""
        return not self._cable

    # --- the terminal's end ----------------------------------------------------------------------

    def start(self, station: Station) -> None:
        """A process begins to connect, for ever."""
        self._station = station
        self._connect_soon()

    def end(self) -> None:
        """The process is gone; the broker notices."""
        self._station = None
        self._limbo.clear()
        if self.connected:
            self._drop()

    def send(self, channel: str, payload: bytes) -> bool:
        """Give a message to the network; False while it is known to be away."""
        if not self.connected:
            return False
        if not self._cable:
            if self._ground.happens(0.5):
                self._limbo.append((channel, payload))
            return True
        if self._ground.fault(LOST):
            self._ground.operation("lost up", f"{self._terminal} {channel}")
            return True
        self._carry_up(channel, payload)
        return True

    def _carry_up(self, channel: str, payload: bytes) -> None:
        self._carry(f"up {channel}", lambda: self._arrive(channel, payload))

    # --- the broker's end ------------------------------------------------------------------------

    def publish(self, channel: str, payload: bytes, *, retain: bool) -> None:
        """The broker has a message for this terminal."""
        if retain:
            self._retained[channel] = payload
        elif self._ground.fault(LOST):
            self._ground.operation("lost down", f"{self._terminal} {channel}")
            return
        if not self.connected:
            if not retain and len(self._kept) < _KEPT_MESSAGES:
                self._kept.append((channel, payload))
            return
        self._carry_down(channel, payload)

    def _carry_down(self, channel: str, payload: bytes) -> None:
        self._carry(f"down {channel}", lambda: self._deliver(channel, payload))

    def _deliver(self, channel: str, payload: bytes) -> None:
        if self.connected and self._cable and self._station is not None:
            self._station.received(channel, payload)
        elif channel not in self._retained:
            self._kept.append((channel, payload))

    # --- what happens to it ----------------------------------------------------------------------

    def cut_cable(self) -> None:
        """The network goes; both ends notice later."""
        self._cable = False
        number = self._connection
        if self.connected:
            self._ground.timeline.after(self._ground.between(200, 9_000), lambda: self._notice_cut(number))

    def mend_cable(self) -> None:
        """The network is back."""
        self._cable = True
        if self.connected:
            self._flush()
        else:
            self._connect_soon()

    def broker_gone(self, *, forgets: bool) -> None:
        """The broker stops; one that `forgets` has lost what it kept for terminals."""
        self._broker = False
        if forgets:
            self._kept.clear()
            self._retained.clear()
            self._will_is_due = False
        if self.connected:
            self._drop(with_will=False)

    def broker_back(self) -> None:
        """The broker runs again."""
        self._broker = True
        self._connect_soon()

    def _notice_cut(self, number: int) -> None:
        if number == self._connection and self.connected and not self._cable:
            self._drop()

    def _drop(self, *, with_will: bool = True) -> None:
        self.connected = False
        self._connection += 1
        self._ground.note(f"{self._terminal} link down")
        if with_will:
            self._will_is_due = True
            number = self._connection
            self._ground.timeline.after(self._ground.between(100, 9_000), lambda: self._publish_will(number))
        if self._station is not None:
            self._station.link_lost()
            self._connect_soon()

    def _publish_will(self, number: int) -> None:
        if number == self._connection and self._will_is_due and self._broker:
            self._say_offline()

    def _say_offline(self) -> None:
        self._will_is_due = False
        self._carry_up("state", b'{"v":1,"online":false}')

    def _connect_soon(self) -> None:
        number = self._connection
        self._ground.timeline.after(self._ground.between(50, 2_500), lambda: self._connect(number))

    def _connect(self, number: int) -> None:
        possible = self._cable and self._broker and not self.connected and number == self._connection
        station = self._station
        if not possible or station is None:
            return
        if self._will_is_due:
            self._say_offline()
        self.connected = True
        self._connection += 1
        self._ground.note(f"{self._terminal} link up")
        self._carry_up("state", station.greeting)
        station.link_up()
        self._flush()
        for channel, payload in self._retained.items():
            self._carry_down(channel, payload)

    def _flush(self) -> None:
        """What waited at either end goes now."""
        limbo, self._limbo = self._limbo, []
        for channel, payload in limbo:
            self._carry_up(channel, payload)
        kept, self._kept = self._kept, []
        for channel, payload in kept:
            self._carry_down(channel, payload)

    def _carry(self, about: str, arrive: Callable[[], None]) -> None:
        """Arrive later, and possibly twice; never before what went before on the same channel."""
        self._move(about, arrive)
        if self._ground.fault(DOUBLED):
            self._ground.operation("doubled", f"{self._terminal} {about}")
            self._move(about, arrive)

    def _move(self, about: str, arrive: Callable[[], None]) -> None:
        ground = self._ground
        delay_ms = ground.between(4, 60)
        if ground.fault(LATE):
            delay_ms = ground.between(500, 9_000)
            ground.operation("late", f"{self._terminal} {about}")
        at_ms = max(ground.now_ms + delay_ms, self._last_ms.get(about, 0))
        self._last_ms[about] = at_ms
        self._under_way += 1

        def come() -> None:
            self._under_way -= 1
            arrive()

        ground.timeline.after(at_ms - ground.now_ms, come)


class BoxLink:
    """`TerminalLink` of one process: sending is a moment at which the power may go."""

    def __init__(self, line: Line, fuse: Fuse) -> None:
        self._line = line
        self._fuse = fuse

    def start(self, emit: object) -> None:
        """Nothing: the box starts its line when all is ready."""

    def send(self, channel: str, payload: bytes) -> bool:
        """See the port."""
        self._fuse.burn()
        sent = self._line.send(channel, payload)
        self._fuse.burn()
        return sent

    def stop(self) -> None:
        """Nothing: the box ends its line."""
