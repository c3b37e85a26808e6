"""A receiver of events that can be waited on, for whoever plays with a device and wants to see what it said."""

from __future__ import annotations

import queue

from firmware.hal.events import HalEvent
from tests.patience import PATIENCE_S


class EventRecorder:
    """Keeps the events of one device in order. `emit` may be called from any thread."""

    def __init__(self) -> None:
        self._events: queue.Queue[HalEvent] = queue.Queue()

    def emit(self, event: HalEvent) -> None:
        self._events.put(event)

    def next(self, *, timeout: float = PATIENCE_S) -> HalEvent:
        """The oldest event not yet taken. Raises TimeoutError where none comes within `timeout` seconds."""
        try:
            return self._events.get(timeout=timeout)
        except queue.Empty:
            raise TimeoutError(f"no event within {timeout} s") from None

    def taken(self) -> list[HalEvent]:
        """All events that are there now."""
        events: list[HalEvent] = []
        while not self._events.empty():
            events.append(self._events.get_nowait())
        return events
