"""A real terminal without a screen, a reader and a camera, in a thread: runtime, journal and link are those of a shop.

Its customers stand before it in the same thread: they see its state after each turn of its loop, and do what
`Visitors` decides. Its network cable can be pulled.
"""

from __future__ import annotations

import logging
import queue
import secrets
import threading
import time
from collections.abc import Callable

from backend_bridge.link.settings import LinkSettings
from backend_bridge.link.terminal_end import MqttTerminalLink
from firmware.hal import events as hal
from firmware.hal.factory import make_clock, make_scanner
from firmware.journal.holdings import Holdings
from firmware.runtime.clocks import KnownTime
from firmware.runtime.runtime import Input, Parts, Runtime
from firmware.terminal.model import State, Terminal
from hw_sim.network import Cable
from kiosk_ui.composition import RULES_CACHE, make_epochs, software_version
from kiosk_ui.configuration import TerminalConfiguration, read_secret

log = logging.getLogger(__name__)

TURN_S = 0.02
#: Called after each turn with what the screen would show; gives what a customer does now, if anything.
Customers = Callable[[Terminal, float], Input | None]


class Kiosk:
    """One terminal; `start` it, `stop` it. `cable` is its own."""

    def __init__(self, configuration: TerminalConfiguration, *, cable: Cable, customers: Customers) -> None:
        self.configuration = configuration
        self.cable = cable
        self.head_seq, self.acknowledged_seq = -1, -1
        self.state = Terminal().state
        self.failure: BaseException | None = None
        self._customers = customers
        self._inputs: queue.SimpleQueue[Input] = queue.SimpleQueue()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=configuration.terminal, daemon=True)

    @property
    def settled(self) -> bool:
        """Connected, nobody is being served, and the central system has all that is written."""
        return self.state is State.IDLE and self.head_seq == self.acknowledged_seq >= 0

    def start(self) -> None:
        """Give it power."""
        self._thread.start()

    def stop(self) -> None:
        """Let it end in order; its journal is closed afterwards."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()
        self.cable.close()

    def _run(self) -> None:
        try:
            self._serve()
        except BaseException as error:
            # Whatever it was: whoever judges the run is to see it.
            log.exception("%s ended", self.configuration.terminal)
            self.failure = error

    def _serve(self) -> None:
        """As `kiosk_ui.composition` does it, and `kiosk_ui.loop`."""
        about = self.configuration
        clock = KnownTime(make_clock())
        epochs = make_epochs(about, clock)
        start = epochs.start()
        link = MqttTerminalLink(
            _link_settings(about),
            central_public=read_secret(about.central_public_file),
            cache_directory=about.data / RULES_CACHE,
            boot=clock.evidence().boot_id,
            software=software_version(),
        )
        parts = Parts(
            journal=start.journal,
            holdings=Holdings(start.journal.database),
            link=link,
            scanner=make_scanner(about.scanner, is_signed=lambda _text: False),
            time=clock,
            card_key=read_secret(about.card_key_file),
            fresh_id=lambda: secrets.token_hex(16),
            epochs=epochs,
            began=start.began,
        )
        runtime = Runtime(parts, terminal=Terminal())
        runtime.take(hal.ReaderReady("none: cards are laid on by hand"))
        link.start(self._inputs.put)
        try:
            while not self._stop.is_set():
                self._turn(runtime)
        finally:
            link.stop()
            runtime.journal.close()

    def _turn(self, runtime: Runtime) -> None:
        for item in self._arrived():
            runtime.take(item)
        runtime.due()
        wanted = self._customers(runtime.terminal, time.monotonic())
        while wanted is not None:
            runtime.take(wanted)
            wanted = self._customers(runtime.terminal, time.monotonic())
        runtime.after_show()
        self.state = runtime.terminal.state
        self.acknowledged_seq, self.head_seq = runtime.journal.acknowledged_seq, runtime.journal.head_seq

    def _arrived(self) -> list[Input]:
        arrived = []
        try:
            arrived.append(self._inputs.get(timeout=TURN_S))
            while True:
                arrived.append(self._inputs.get_nowait())
        except queue.Empty:
            return arrived


def _link_settings(about: TerminalConfiguration) -> LinkSettings:
    link = about.link
    return LinkSettings(
        host=link.host,
        port=link.port,
        name=about.terminal,
        ca_file=link.ca_file,
        certificate_file=link.certificate_file,
        key_file=link.key_file,
        rules_url=link.rules_url,
    )
