"""The boundary to nfcpy: a PN532 on a serial line, opened, asked for a card, and closed.

Decides how the chip is found and at which rate, what family a card belongs to, and how its NDEF
message is read. Does not decide when to poll nor what a reading means. nfcpy is not typed and not
maintained: beside this module only `nfcpy_errors` and `bounded_frontend` know it.
"""

from __future__ import annotations

import errno
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

import nfc
import nfc.clf
import nfc.clf.pn532
import nfc.clf.transport
import nfc.tag.tt2
import nfc.tag.tt4

from firmware.hal.drivers.bounded_frontend import BoundedFrontend, Frontend, Target
from firmware.hal.drivers.nfcpy_errors import CARD_ERRORS, LINK_ERRORS, ReadingAbandoned

POWER_ON_BAUDRATE = 115_200
BAUDRATES = (115_200, 230_400, 460_800, 921_600)

# Wakes a chip that sleeps, or that is at power-on.
_WAKE_UP = bytes(16)
# After another program, or our own crash, the chip is where that left it; nfcpy's own choice is 921600.
_LIKELY_BAUDRATES = (POWER_ON_BAUDRATE, 921_600)
_ROUNDS = 2
_WRITE_TIMEOUT_S = 0.5
_UID_SIZES = (4, 7, 10)


class _Ndef(Protocol):
    @property
    def octets(self) -> bytes: ...


class _Tag(Protocol):
    @property
    def ndef(self) -> _Ndef | None: ...


class _Serial(Protocol):
    """pyserial's port."""

    write_timeout: float | None

    def close(self) -> None: ...


class _Transport(Protocol):
    """nfcpy's line."""

    tty: _Serial
    baudrate: int

    def write(self, frame: bytes) -> None: ...


class _Chipset(Protocol):
    def get_firmware_version(self) -> bytes: ...

    def sam_configuration(self, mode: str) -> None: ...

    def set_serial_baudrate(self, baudrate: int) -> None: ...


class _OpenFrontend(Frontend, Protocol):
    def close(self) -> None: ...


@dataclass(frozen=True)
class Sighting:
    """A card that one poll has found. `family` as in `CardArrived`; `target` is nfcpy's."""

    uid: bytes
    family: str
    target: Target


class Pn532Link:
    """An open PN532. Not thread-safe: one thread owns it."""

    def __init__(self, frontend: _OpenFrontend, port: _Serial, *, description: str) -> None:
        self._frontend = frontend
        self._port = port
        self.description = description

    def sense(self) -> Sighting | None:
        """Look once for a Type A card; the field was off in between. Raises one of `LINK_ERRORS`."""
        target = self._frontend.sense(nfc.clf.RemoteTarget("106A"), iterations=1)
        return None if target is None else _sighting(target)

    def read_ndef(self, sighting: Sighting, cancelled: Callable[[], bool]) -> bytes | None:
        """The NDEF message of the card that `sense` has just found; None where it has none or was torn away.

        Never raises one of `CARD_ERRORS`: a broken line shows at the next `sense`. Where the radio was
        interrupted but the same card is still there, it is read once more.
        """
        bounded = BoundedFrontend(self._frontend, cancelled)
        try:
            message = _read(bounded, sighting)
            if message is not None or not bounded.interrupted:
                return message
            again = self.sense()
            if again is None or again.uid != sighting.uid:
                return None
            return _read(bounded, again)
        except CARD_ERRORS:
            return None

    def close(self) -> None:
        """Put the chip to sleep, as far as it still listens, and free the port in any case."""
        with suppress(*CARD_ERRORS):
            self._frontend.close()
        # nfcpy keeps the port open where the chip did not listen.
        with suppress(*LINK_ERRORS):
            self._port.close()


def open_link(path: str, *, baudrate: int, cancelled: Callable[[], bool]) -> Pn532Link:
    """Find the PN532 on the serial device `path` and bring it to `baudrate`. Raises one of `LINK_ERRORS`.

    nfcpy's own `init` would raise the rate to 921600 through a shell, and its `tty:` paths do not
    match every device name, so its parts are put together here.
    """
    transport = nfc.clf.transport.TTY(path)
    port: _Serial = transport.tty
    try:
        # A line that takes no more bytes must not hold the thread for ever.
        port.write_timeout = _WRITE_TIMEOUT_S
        logger = logging.getLogger("nfc.clf.pn532")
        chipset = nfc.clf.pn532.Chipset(transport, logger=logger)
        _find_rate(transport, chipset, cancelled)
        chipset.sam_configuration("normal")
        if transport.baudrate != baudrate:
            chipset.set_serial_baudrate(baudrate)
            transport.baudrate = baudrate
        device = nfc.clf.pn532.Device(chipset, logger=logger)
    except LINK_ERRORS:
        port.close()
        raise
    frontend = nfc.ContactlessFrontend()
    frontend.device = device
    return Pn532Link(frontend, port, description=f"{device.chipset_name} at {path}")


def silence_nfcpy() -> None:
    """Keep what nfcpy merely retries out of the log: it calls each of them an error.

    It sets its own level to INFO on import; a lower one was set by somebody who looks into it, and stays.
    """
    logger = logging.getLogger("nfc")
    if logger.level == logging.INFO:
        logger.setLevel(logging.CRITICAL)


def _find_rate(transport: _Transport, chipset: _Chipset, cancelled: Callable[[], bool]) -> None:
    """Leave `transport` at the rate at which a PN532 answers; each try takes 100 ms where nobody does."""
    for rate in _LIKELY_BAUDRATES * _ROUNDS:
        if cancelled():
            break
        transport.baudrate = rate
        transport.write(_WAKE_UP)
        try:
            version = chipset.get_firmware_version()
        except LINK_ERRORS:
            continue
        if version[:1] == b"\x32":
            return
    raise OSError(errno.ENODEV, "no PN532 answers")


def _sighting(target: Target) -> Sighting | None:
    uid = target.sdd_res
    if target.rid_res is not None:
        uid = target.rid_res[2:6]  # Type 1 cards have no anticollision; RID names them.
    if uid is None or len(uid) not in _UID_SIZES:
        return None
    return Sighting(bytes(uid), _family(target), target)


def _family(target: Target) -> str:
    """By SAK alone, and first of all: nfcpy takes a MIFARE Classic for a Type 2 card that then never answers.

    `ntag` is any Type 2 card: telling an NTAG from its relatives would cost more radio commands.
    """
    if not target.sel_res:
        return "other"
    sak = target.sel_res[0]
    if sak & 0x08:
        return "mifare-classic"
    if sak & 0x20:
        return "iso-dep"
    return "ntag" if sak == 0x00 else "other"


def _read(frontend: BoundedFrontend, sighting: Sighting) -> bytes | None:
    """None where there is no message or where the card stopped answering, which `frontend` then knows."""
    try:
        tag: _Tag
        if sighting.family == "ntag":
            # Without nfcpy's own activation, which first probes for products that do not matter here (25 ms).
            tag = nfc.tag.tt2.Type2Tag(frontend, sighting.target)
        elif sighting.family == "iso-dep":
            tag = nfc.tag.tt4.Type4ATag(frontend, sighting.target)
        else:
            return None
        ndef = tag.ndef
        # A message of length zero is the mark of a card without one.
        return (ndef.octets or None) if ndef is not None else None
    except ReadingAbandoned:
        raise
    except CARD_ERRORS:
        return None
