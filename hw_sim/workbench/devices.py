"""What the workbench needs of each emulated device, and nothing more.

Decides no behaviour. The real parts are `hw_sim.pn532`, `hw_sim.camera`, `hw_sim.network`, the
terminal's process and the mirror of its screen; tests put small stateful ones in their place.
"""

from __future__ import annotations

from typing import Any, Literal, Protocol

from hw_sim.pn532.cards import VirtualCard

# One node of the screen as its mirror tells it: role, label, value, enabled, rect, children.
Tree = dict[str, Any]
ServerName = Literal["central", "broker"]


class Reader(Protocol):
    """A card reader that cards are laid on."""

    def lay(self, card: VirtualCard) -> None: ...

    def take(self) -> VirtualCard | None: ...

    def plug(self) -> None: ...

    def unplug(self) -> None: ...


class Camera(Protocol):
    """A camera that pictures are held to. `show` raises ValueError for what is no picture."""

    @property
    def clients(self) -> int: ...

    def show(self, image: bytes) -> None: ...

    def clear(self) -> None: ...

    def frame(self) -> bytes: ...

    def plug(self) -> None: ...

    def unplug(self) -> None: ...


class Network(Protocol):
    """The cable between the terminal and its peers."""

    def pull(self, *, silently: bool = False) -> None: ...

    def plug(self) -> None: ...


class Screen(Protocol):
    """The mirror of the terminal's screen. Raises OSError when nobody answers."""

    def state(self) -> Tree: ...

    def png(self) -> bytes: ...

    def touch(self, x: int, y: int) -> None: ...


class Power(Protocol):
    """The terminal's process.

    `start` does nothing where it is running; `await_ready` returns when the first screen is there and
    raises `TerminalFailed` when it will not come. `kill` is a power cut: no farewell. `running` is
    false as well after the process ended by itself. `fill_disk` lets every write to a file fail, or no more; a
    terminal that is started while the disk is full finds it so.
    """

    @property
    def running(self) -> bool: ...

    def start(self) -> None: ...

    def await_ready(self) -> None: ...

    def kill(self) -> None: ...

    def fill_disk(self, full: bool) -> None: ...

    def last_words(self, lines: int) -> list[str]: ...


class Servers(Protocol):
    """What stands behind the terminal.

    `start` does nothing where it is running, returns when it serves, and raises `ServerFailed`. `kill`
    is SIGKILL, also in its start. `running` is whether its process is there.
    """

    def running(self, server: ServerName) -> bool: ...

    def start(self, server: ServerName) -> None: ...

    def kill(self, server: ServerName) -> None: ...


class SettingUpFailed(RuntimeError):
    """What stands behind the terminal could not be set up anew; the message says why."""


class TerminalFailed(RuntimeError):
    """The terminal was given power and did not come up; the message has its last words."""


class ServerFailed(RuntimeError):
    """A server was started and does not serve; the message has its last words."""
