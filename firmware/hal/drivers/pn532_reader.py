"""The contactless reader: a PN532 on a serial line, behind the `CardReader` port.

Decides when to poll, when a card counts as arrived and left, when the reader counts as lost, and
how it is got back. Does not speak nfcpy: that is `pn532_link`. One thread owns the chip, and polls
by itself rather than in nfcpy's `connect`, which notices a card up to half a second late.

A card that is torn away while it is read has arrived all the same, once, without NDEF: its UID was
known, and a customer who was too quick should hear so. It leaves as any other card does. A card
that is still there when the reader is lost leaves before that, and arrives anew when the reader
is back.
"""

from __future__ import annotations

import threading
import time

from firmware.hal.drivers.card_presence import CardPresence, Change
from firmware.hal.drivers.nfcpy_errors import LINK_ERRORS
from firmware.hal.drivers.pn532_link import (
    BAUDRATES,
    POWER_ON_BAUDRATE,
    Pn532Link,
    Sighting,
    open_link,
    silence_nfcpy,
)
from firmware.hal.events import CardArrived, CardLeft, HalEvent, ReaderLost, ReaderReady
from firmware.hal.ports import Emit

# One garbled answer is noise on the line; this many in a row are a loss.
FAILURES_UNTIL_LOST = 3
FIRST_RETRY_S, LAST_RETRY_S = 0.25, 2.0
_SHORTEST_PAUSE_S = 0.005
_STOP_WITHIN_S = 1.9


class Pn532Reader:
    """A `CardReader` on the serial device `path`, polled every `poll_ms` from start to start.

    It runs once: after `stop` it is not started again. Raises ValueError for a baud rate that the
    chip does not have.
    """

    def __init__(self, path: str, *, poll_ms: int = 50, baudrate: int = POWER_ON_BAUDRATE) -> None:
        if baudrate not in BAUDRATES:
            raise ValueError(f"baudrate is one of {BAUDRATES}, not {baudrate}")
        if poll_ms < 1:
            raise ValueError(f"poll_ms is at least 1, not {poll_ms}")
        self._path = path
        self._poll_s = poll_ms / 1000
        self._baudrate = baudrate
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._retry_s = FIRST_RETRY_S
        self._receiver: Emit | None = None

    def start(self, emit: Emit) -> None:
        """Begin; a reader that is missing is a `ReaderLost`, not an exception."""
        if self._thread is not None:
            raise RuntimeError("a reader is started once")
        silence_nfcpy()
        self._receiver = emit
        self._thread = threading.Thread(target=self._run, name="pn532-reader", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End within two seconds; may be called twice, and by the receiver of an event."""
        self._stopping.set()
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(_STOP_WITHIN_S)

    def _run(self) -> None:
        reported_lost = False
        while not self._stopping.is_set():
            try:
                link = open_link(self._path, baudrate=self._baudrate, cancelled=self._stopping.is_set)
            except LINK_ERRORS as error:
                if not reported_lost:
                    self._emit(ReaderLost(_reason(error)))
                    reported_lost = True
            else:
                reported_lost = self._use(link)
            self._stopping.wait(self._retry_s)
            self._retry_s = min(self._retry_s * 2, LAST_RETRY_S)

    def _use(self, link: Pn532Link) -> bool:
        """Work with an open reader until it is lost (and that is reported) or stopped."""
        try:
            self._emit(ReaderReady(link.description))
            reason = self._poll_until_lost(link)
            if reason is not None:
                self._emit(ReaderLost(reason))
            return reason is not None
        finally:
            link.close()

    def _poll_until_lost(self, link: Pn532Link) -> str | None:
        """Why the reader was lost; None where it was stopped. No card is left over."""
        presence = CardPresence()
        failures = 0
        while not self._stopping.is_set():
            started = time.monotonic()
            try:
                sighting = link.sense()
            except LINK_ERRORS as error:
                failures += 1
                if failures >= FAILURES_UNTIL_LOST:
                    self._report(presence.forgotten())
                    return _reason(error)
            else:
                failures = 0
                self._retry_s = FIRST_RETRY_S
                self._look(link, sighting, presence)
            self._stopping.wait(max(_SHORTEST_PAUSE_S, started + self._poll_s - time.monotonic()))
        return None

    def _look(self, link: Pn532Link, sighting: Sighting | None, presence: CardPresence) -> None:
        change = presence.seen(sighting.uid if sighting is not None else None)
        self._report(change)
        if sighting is not None and change.arrived is not None:
            ndef = link.read_ndef(sighting, self._stopping.is_set)
            self._emit(CardArrived(change.arrived, sighting.family, ndef))

    def _report(self, change: Change) -> None:
        """Say who has left; an arrival is said when the card has been read."""
        if change.left is not None:
            self._emit(CardLeft(change.left))

    def _emit(self, event: HalEvent) -> None:
        if self._receiver is not None and not self._stopping.is_set():
            self._receiver(event)


def _reason(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
