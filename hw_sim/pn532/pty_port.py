"""The serial line between host and chip: a pseudo-terminal with a thread that serves it.

Decides when bytes pass: at all (host and chip at the same rate, the reader not frozen), and how
soon (`Pacing`). Does not know what the bytes mean.
"""

from __future__ import annotations

import os
import select
import termios
import threading
import tty
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from hw_sim.pn532.chip import SERIAL_RATES, Turn

_BITS_PER_BYTE = 10
_RATE_OF_SPEED = {getattr(termios, f"B{rate}"): rate for rate in SERIAL_RATES if hasattr(termios, f"B{rate}")}


@dataclass(frozen=True)
class Pacing:
    """How slow the emulation is: the line's rate in baud (None: without delay), and each radio command."""

    baudrate: int | None = None
    radio_ms: float = 0.0

    def seconds(self, *, line_bytes: int, radio_commands: int) -> float:
        """How long a command takes of which that many bytes cross the line."""
        line = line_bytes * _BITS_PER_BYTE / self.baudrate if self.baudrate else 0.0
        return line + radio_commands * self.radio_ms / 1000


class SerialPeer(Protocol):
    """What sits behind the line. Called by the port's thread."""

    def hears(self, baudrate: int | None) -> bool: ...

    def receive(self, data: bytes) -> Iterator[Turn]: ...


class PtyPort:
    """One plugged-in reader. `close` is the unplugging: the host sees its line hang up."""

    def __init__(self, peer: SerialPeer, *, pacing: Pacing, noise: Callable[[], bytes]) -> None:
        """Serve `peer`; `noise` gives what else is on the line before each of its answers (mostly nothing)."""
        self._peer = peer
        self._pacing = pacing
        self._noise = noise
        self._master, self._slave = os.openpty()
        # Our own descriptor on the host's side keeps the line alive while the driver closes and reopens it.
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self.path = os.ttyname(self._slave)
        self._wake_read, self._wake_write = os.pipe()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="pn532-pty", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Unplug. May be called twice, but not by the peer."""
        if self._closing.is_set():
            return
        self._closing.set()
        os.write(self._wake_write, b"x")
        self._thread.join()
        for descriptor in (self._master, self._slave, self._wake_read, self._wake_write):
            os.close(descriptor)

    def _serve(self) -> None:
        # `poll` takes descriptors of any number, `select` none above 1023.
        waiting = select.poll()
        for descriptor in (self._master, self._wake_read):
            waiting.register(descriptor, select.POLLIN)
        while not self._closing.is_set():
            ready = {descriptor for descriptor, _event in waiting.poll()}
            if self._master not in ready or self._closing.is_set():
                continue
            data = os.read(self._master, 4096)
            # At another rate than the chip's, the host's bytes are noise to it.
            if self._peer.hears(self._host_rate()):
                self._answer(data)

    def _host_rate(self) -> int | None:
        speed = termios.tcgetattr(self._slave)[5]
        return _RATE_OF_SPEED.get(speed)

    def _answer(self, data: bytes) -> None:
        received = len(data)
        for turn in self._peer.receive(data):
            self._say(turn.acknowledgement)
            crossed = received + len(turn.acknowledgement) + len(turn.response)
            # Waiting for the unplugging rather than sleeping: it must not have to wait for us.
            delay = self._pacing.seconds(line_bytes=crossed, radio_commands=turn.radio_commands)
            if delay > 0 and self._closing.wait(delay):
                return
            self._say(self._noise() + turn.response)
            received = 0

    def _say(self, data: bytes) -> None:
        """A host that reads nothing loses what no longer fits, as on a line without flow control."""
        with suppress(BlockingIOError):
            os.write(self._master, data)
