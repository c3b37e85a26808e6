"""Makes the devices that the settings name.

Decides which driver stands behind a name. A name that is not known is an error: nothing else is
tried in its place. Each driver's module is imported only when it is chosen, so that a terminal
needs the libraries of its own devices and of no others.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

from firmware.hal.errors import UnknownDriver
from firmware.hal.ports import Anchor, CardReader, Clock, CodeScanner
from firmware.hal.settings import AnchorSettings, ReaderSettings, ScannerSettings

IsSigned = Callable[[str], bool]
_Maker = TypeVar("_Maker")


def make_reader(settings: ReaderSettings) -> CardReader:
    """The contactless reader, not started. Raises `UnknownDriver`."""
    return _chosen(_READERS, settings.driver, device="reader")(settings)


def make_scanner(settings: ScannerSettings, *, is_signed: IsSigned) -> CodeScanner:
    """The code scanner, not started. Raises `UnknownDriver`.

    `is_signed` tells whether a code's text bears a valid signature, so that one frame suffices.
    """
    return _chosen(_SCANNERS, settings.driver, device="scanner")(settings, is_signed)


def make_anchor(settings: AnchorSettings) -> Anchor | None:
    """The anchor outside the disk, None where there is none. Raises `UnknownDriver`."""
    return _chosen(_ANCHORS, settings.driver, device="anchor")(settings)


def machine_name() -> str | None:
    """What this machine says of itself, as a name that does not move with its disk; None where it says nothing."""
    from firmware.hal.drivers.machine import machine_id

    return machine_id()


def make_clock() -> Clock:
    """The clocks of this machine."""
    from firmware.hal.drivers.system_clock import SystemClock

    return SystemClock()


def _chosen(makers: Mapping[str, _Maker], name: str, *, device: str) -> _Maker:
    if name not in makers:
        known = ", ".join(sorted(makers))
        raise UnknownDriver(f"there is no {device} driver {name!r}; known are: {known}")
    return makers[name]


def _pn532_reader(settings: ReaderSettings) -> CardReader:
    from firmware.hal.drivers.pn532_reader import Pn532Reader

    return Pn532Reader(settings.path, poll_ms=settings.poll_ms, baudrate=settings.baudrate)


def _no_reader(_settings: ReaderSettings) -> CardReader:
    from firmware.hal.drivers.absent import NoReader

    return NoReader()


def _opencv_scanner(settings: ScannerSettings, is_signed: IsSigned) -> CodeScanner:
    from firmware.hal.drivers.code_scanner import OpenCvScanner

    # `isdecimal` alone also takes digits of other scripts, which are no device's name.
    is_index = settings.source.isascii() and settings.source.isdecimal()
    return OpenCvScanner(int(settings.source) if is_index else settings.source, is_signed=is_signed)


def _no_scanner(_settings: ScannerSettings, _is_signed: IsSigned) -> CodeScanner:
    from firmware.hal.drivers.absent import NoScanner

    return NoScanner()


def _file_anchor(settings: AnchorSettings) -> Anchor:
    from firmware.hal.drivers.file_anchor import FileAnchor

    return FileAnchor(Path(settings.path))


def _no_anchor(_settings: AnchorSettings) -> None:
    return None


_ANCHORS: Mapping[str, Callable[[AnchorSettings], Anchor | None]] = {"none": _no_anchor, "file": _file_anchor}
_READERS: Mapping[str, Callable[[ReaderSettings], CardReader]] = {
    "none": _no_reader,
    "pn532-serial": _pn532_reader,
}
_SCANNERS: Mapping[str, Callable[[ScannerSettings, IsSigned], CodeScanner]] = {
    "none": _no_scanner,
    "opencv": _opencv_scanner,
}
