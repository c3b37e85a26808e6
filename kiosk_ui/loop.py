"""The terminal's main loop: one thread for window, state machine and journal.

Devices and link put their events into one queue from threads of their own; the loop takes them in
order, shows what came of them, and then does what can wait. It sleeps in the queue, so that a card is
served at once, and wakes 30 times a second for the touchscreen.
"""

from __future__ import annotations

import logging
import queue
import threading
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from firmware.runtime.clocks import KnownTime
from firmware.runtime.runtime import Input, Runtime
from firmware.terminal.model import Terminal
from kiosk_ui.mirror import answer
from kiosk_ui.window import KioskWindow

log = logging.getLogger(__name__)

TOUCH_POLL_S = 1 / 30


@dataclass(frozen=True)
class MirrorRequest:
    """A question from the mirror's thread, to be answered in this one."""

    request: dict[str, Any]
    reply: Future[dict[str, Any]]


class Loop:
    """Everything that one terminal's main thread does."""

    def __init__(self, *, runtime: Runtime, window: KioskWindow, time: KnownTime) -> None:
        self._runtime = runtime
        self._window = window
        self._time = time
        self._inputs: queue.SimpleQueue[Input | MirrorRequest] = queue.SimpleQueue()
        self._shown: Terminal | None = None

    def put(self, item: Input) -> None:
        """An event from any thread."""
        self._inputs.put(item)

    def submit(self, request: dict[str, Any]) -> Future[dict[str, Any]]:
        """A mirror's question from any thread; answered when the screen is up to date."""
        reply: Future[dict[str, Any]] = Future()
        self._inputs.put(MirrorRequest(request, reply))
        return reply

    def run(self, stop: threading.Event) -> None:
        """Serve until `stop` is set or the window is closed."""
        while not stop.is_set():
            self.turn()

    def turn(self) -> None:
        """One round: wait for an event, take all that are there, show, answer, tidy up."""
        asked = self._take_inputs()
        self._touch_and_show()
        for one in asked:
            self._answer(one)
        self._runtime.after_show()

    def _take_inputs(self) -> list[MirrorRequest]:
        asked = []
        try:
            item = self._inputs.get(timeout=TOUCH_POLL_S)
            while True:
                if isinstance(item, MirrorRequest):
                    asked.append(item)
                else:
                    self._runtime.take(item)
                item = self._inputs.get_nowait()
        except queue.Empty:
            return asked

    def _touch_and_show(self) -> None:
        for event in self._window.pump():
            self._runtime.take(event)
        self._runtime.due()
        terminal = self._runtime.terminal
        # Showing what is shown already costs nearly nothing; what moves on the screen moves by this.
        self._window.show(terminal, at_ms=self._time.central_ms())
        if terminal is not self._shown:
            self._shown = terminal
            log.debug("shown: %s", terminal.state.value)

    def _answer(self, one: MirrorRequest) -> None:
        if not one.reply.set_running_or_notify_cancel():
            return
        try:
            reply = answer(one.request, self._window)
        except Exception as error:  # noqa: BLE001 - whatever it was, the asking thread must not wait for ever
            one.reply.set_exception(error)
            return
        # A touch is answered when what it did is on the screen.
        self._touch_and_show()
        one.reply.set_result(reply)
