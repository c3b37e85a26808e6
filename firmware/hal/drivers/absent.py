"""Devices that a terminal does not have. They do nothing, and say nothing, on purpose."""

from __future__ import annotations

from firmware.hal.ports import Emit


class NoReader:
    """A `CardReader` for a terminal without one: no event ever comes, not even a loss."""

    def start(self, emit: Emit) -> None:
        pass

    def stop(self) -> None:
        pass


class NoScanner:
    """A `CodeScanner` for a terminal without a camera: no event ever comes, not even a loss."""

    def start(self, emit: Emit) -> None:
        pass

    def wake(self) -> None:
        pass

    def sleep(self) -> None:
        pass

    def stop(self) -> None:
        pass
