"""What a device must do, whichever driver stands behind it.

Every port is started with a function that takes its events. A driver may call it from a thread of
its own; the receiver must be quick and thread-safe (a queue's `put`). `stop` returns within two
seconds, may be called twice, and after it no event is emitted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from firmware.hal.events import HalEvent

Emit = Callable[[HalEvent], None]


class CardReader(Protocol):
    """Contactless reader.

    Must emit `ReaderReady` when it first answers and after each loss, `ReaderLost` once per loss,
    `CardArrived` and `CardLeft` once per laying on, and must go on by itself after any failure.
    `start` never raises for a reader that is missing: that is a `ReaderLost`.
    """

    def start(self, emit: Emit) -> None: ...

    def stop(self) -> None: ...


class CodeScanner(Protocol):
    """Camera with a barcode decoder.

    Asleep until `wake`: no frame is decoded and, where the device allows it, none is captured.
    Emits `CodeSeen` at most once for a code until that code has left the picture for a second or
    the scanner slept in between. Goes on by itself after a failure (`CameraLost`, `CameraReady`).
    """

    def start(self, emit: Emit) -> None: ...

    def wake(self) -> None: ...

    def sleep(self) -> None: ...

    def stop(self) -> None: ...


class Clock(Protocol):
    """The terminal's clocks."""

    def wall_ms(self) -> int:
        """Unix time in milliseconds, as well as this machine knows it."""

    def monotonic_ms(self) -> int:
        """Milliseconds that never run backwards, since an arbitrary start of this boot."""

    def boot_id(self) -> str:
        """A name for this boot of the machine: monotonic times of two boots do not compare."""


@dataclass(frozen=True, order=True)
class Mark:
    """A place in a terminal's journals: epoch, and the number of an entry in it."""

    epoch: int
    seq: int


class Anchor(Protocol):
    """Keeps one mark outside the terminal's disk, so that a disk that was put back is noticed (ADR 0018).

    A mark must not go back, whatever is done to the disk. Both methods raise `HardwareError`.
    """

    def read(self) -> Mark | None:
        """The mark; None where none was ever set."""

    def advance(self, mark: Mark) -> None:
        """Set the mark; it is durable when this returns. One that is not newer changes nothing."""
