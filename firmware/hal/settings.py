"""Which devices a terminal has, as its configuration names them. Plain data; nothing is judged here."""

from __future__ import annotations

import msgspec


class ReaderSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The contactless reader: its driver's name, and the serial port that it is on."""

    driver: str
    path: str
    baudrate: int = 115200
    poll_ms: int = 50


class ScannerSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The camera: its driver's name, and a stream's address or, if all digits, a local device's index."""

    driver: str
    source: str


class AnchorSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What remembers, outside the disk, how far the journal has come: its driver's name, and where it is.

    `none`: there is none, and after each start nothing is recorded before the central system was heard. `file`: a
    file at `path`, which is worth something on another medium than the journal's.
    """

    driver: str = "none"
    path: str = ""
