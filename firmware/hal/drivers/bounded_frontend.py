"""What a card may cost while it is read.

Decides how long and how often a single card is talked to. Does not know what is read. nfcpy follows
whatever length a card claims and whatever waiting time it asks for, so a hostile card could
otherwise hold the reader for minutes.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

from firmware.hal.drivers.nfcpy_errors import LINK_ERRORS, ReadingAbandoned

# An NTAG216 that is full takes 56 exchanges and 0.9 s at 115200 baud.
MAX_EXCHANGES = 96
MAX_SECONDS = 1.5
MAX_ANSWER_SECONDS = 0.4


class Target(Protocol):
    """nfcpy's description of a card in the field."""

    sdd_res: bytes | None
    sel_res: bytes | None
    rid_res: bytes | None


class Frontend(Protocol):
    """nfcpy's frontend, as far as its tags use it."""

    @property
    def max_send_data_size(self) -> int: ...

    @property
    def max_recv_data_size(self) -> int: ...

    def sense(self, *targets: Target, iterations: int = 1) -> Target | None: ...

    def exchange(self, send_data: bytes, timeout: float) -> bytearray: ...


class BoundedFrontend:
    """A frontend for one reading of one card. Raises `ReadingAbandoned` once its bounds are used up."""

    def __init__(self, frontend: Frontend, cancelled: Callable[[], bool]) -> None:
        self.interrupted = False
        self._frontend = frontend
        self._cancelled = cancelled
        self._exchanges_left = MAX_EXCHANGES
        self._deadline = time.monotonic() + MAX_SECONDS

    @property
    def max_send_data_size(self) -> int:
        return self._frontend.max_send_data_size

    @property
    def max_recv_data_size(self) -> int:
        return self._frontend.max_recv_data_size

    def sense(self, *targets: Target, iterations: int = 1) -> Target | None:
        self._spend()
        return self._frontend.sense(*targets, iterations=iterations)

    def exchange(self, send_data: bytes, timeout: float) -> bytearray:
        """Talk to the card; `interrupted` afterwards tells whether it ever failed to answer."""
        self._spend()
        try:
            return self._frontend.exchange(send_data, min(timeout, MAX_ANSWER_SECONDS))
        except LINK_ERRORS:
            self.interrupted = True
            raise

    def _spend(self) -> None:
        self._exchanges_left -= 1
        if self._exchanges_left < 0 or time.monotonic() > self._deadline or self._cancelled():
            raise ReadingAbandoned
