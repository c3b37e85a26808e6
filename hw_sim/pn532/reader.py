"""The virtual reader as tests and the workbench hold it: a device path, and hands to lay cards on.

Decides what a person does to a reader: laying on, taking off, tearing away, unplugging. The
terminal's real driver opens `path` and does not know that anybody holds the other end.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from hw_sim.pn532.cards import VirtualCard
from hw_sim.pn532.chip import Pn532Chip, Turn
from hw_sim.pn532.field import RadioField
from hw_sim.pn532.pty_port import Pacing, PtyPort


class VirtualReader:
    """A PN532 on a pseudo-terminal, plugged in from the start. All methods are thread-safe, and a card
    may call them while it answers, except for `unplug`, `plug` and `close`.

    `path` is a symbolic link in `directory` that is there while the reader is plugged in, and that
    stays the same name when it is plugged in again, as a udev rule makes it on a real terminal.
    """

    def __init__(self, directory: Path | str, pacing: Pacing | None = None) -> None:
        self.path = str(Path(directory) / "reader")
        self._pacing = pacing or Pacing()
        self._changed = threading.Condition()
        self._field = RadioField()
        self._chip = Pn532Chip(self._field)
        self._port: PtyPort | None = None
        self._earlier_polls = 0
        self._frozen = False
        self._noise: list[bytes] = []
        self._plugging = threading.Lock()
        self.plug()

    def lay(self, card: VirtualCard) -> None:
        """Lay a card on; one that lay there is taken away in the same moment."""
        with self._changed:
            self._field.lay(card)

    def take(self) -> VirtualCard | None:
        """Take the card off."""
        with self._changed:
            return self._field.take()

    def tear_after(self, exchanges: int) -> None:
        """The card that lies there, or the next one, vanishes after that many more radio exchanges."""
        with self._changed:
            self._field.tear_after(exchanges)

    def add_noise(self, junk: bytes, *, times: int = 1) -> None:
        """Put `junk` on the line before each of the next `times` answers of the chip."""
        with self._changed:
            self._noise.extend([junk] * times)

    def freeze(self) -> None:
        """The chip hangs: it stays plugged in and says nothing."""
        with self._changed:
            self._frozen = True

    def thaw(self) -> None:
        """The chip answers again."""
        with self._changed:
            self._frozen = False

    def unplug(self) -> None:
        """Pull the cable: the device is gone, and with it its path. The card stays where it lies."""
        with self._plugging:
            if self._port is not None:
                Path(self.path).unlink(missing_ok=True)
                self._port.close()
                self._port = None
                with self._changed:
                    self._field.switch_off()

    def plug(self) -> None:
        """Plug in: a new device behind the same path, with a chip that has just got power."""
        with self._plugging:
            if self._port is not None:
                return
            with self._changed:
                self._earlier_polls += self._chip.polls
                self._chip = Pn532Chip(self._field)
            self._port = PtyPort(self, pacing=self._pacing, noise=self._next_noise)
            fresh = self.path + ".new"
            Path(fresh).unlink(missing_ok=True)
            os.symlink(self._port.path, fresh)
            os.replace(fresh, self.path)

    def close(self) -> None:
        """Unplug for good. May be called twice."""
        self.unplug()

    @property
    def card(self) -> VirtualCard | None:
        """The card that lies there now; None after it was torn away too."""
        with self._changed:
            return self._field.card

    @property
    def exchanges(self) -> int:
        """Radio exchanges with a card so far: selections and commands."""
        with self._changed:
            return self._field.exchanges

    @property
    def polls(self) -> int:
        """How often the host looked for a card so far, whether or not there was one."""
        with self._changed:
            return self._polls()

    @property
    def baudrate(self) -> int:
        """The serial rate that host and chip have agreed on."""
        with self._changed:
            return self._chip.baudrate

    def await_polls(self, more: int, *, timeout: float = 60.0) -> bool:
        """Wait until the host has looked for a card `more` times again; False after `timeout` seconds."""
        with self._changed:
            wanted = self._polls() + more
            return self._await(lambda: self._polls() >= wanted, timeout)

    def await_taken(self, *, timeout: float = 60.0) -> bool:
        """Wait until no card lies there, such as after `tear_after`; False after `timeout` seconds."""
        with self._changed:
            return self._await(lambda: self._field.card is None, timeout)

    def hears(self, baudrate: int | None) -> bool:
        """For the port only: whether the chip understands what comes at this rate."""
        with self._changed:
            return self._chip.hears(baudrate)

    def receive(self, data: bytes) -> Iterator[Turn]:
        """For the port only: bytes from the host."""
        with self._changed:
            turns = () if self._frozen else tuple(self._chip.receive(data))
            self._changed.notify_all()
        return iter(turns)

    def _await(self, condition: Callable[[], bool], timeout: float) -> bool:
        return self._changed.wait_for(condition, timeout)

    def _polls(self) -> int:
        return self._earlier_polls + self._chip.polls

    def _next_noise(self) -> bytes:
        with self._changed:
            return self._noise.pop(0) if self._noise else b""
