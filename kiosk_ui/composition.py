"""Composes one real terminal and runs it: the only place that knows which part stands behind which port."""

from __future__ import annotations

import logging
import secrets
import signal
import threading
from importlib import metadata
from pathlib import Path

from backend_bridge.link.rules_cache import RulesCache
from backend_bridge.link.settings import LinkSettings
from backend_bridge.link.terminal_end import MqttTerminalLink
from firmware.fleet.identity import load_key
from firmware.hal.factory import machine_name, make_anchor, make_clock, make_reader, make_scanner
from firmware.journal.holdings import Holdings
from firmware.journal.journal import Journal
from firmware.journal.opening import Epochs, Premises
from firmware.journal.storage import RealDisk
from firmware.runtime.clocks import KnownTime
from firmware.runtime.runtime import Parts, Runtime
from firmware.terminal.events import RulesChanged
from firmware.terminal.model import Terminal
from kiosk_ui.configuration import TerminalConfiguration, read_secret
from kiosk_ui.loop import Loop
from kiosk_ui.mirror import Mirror
from kiosk_ui.window import KioskWindow, WindowClosed
from loyalty.coupon import is_genuine

log = logging.getLogger(__name__)

RULES_CACHE = "rules-cache"


def run(configuration: TerminalConfiguration) -> None:
    """Run a terminal until SIGTERM, SIGINT or its window's end."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop.set())
    time = KnownTime(make_clock(), rtc=configuration.rtc)
    epochs = make_epochs(configuration, time)
    start = epochs.start()
    rules_cache = configuration.data / RULES_CACHE
    link = MqttTerminalLink(
        _link_settings(configuration),
        central_public=read_secret(configuration.central_public_file),
        cache_directory=rules_cache,
        boot=time.evidence().boot_id,
        software=software_version(),
    )
    runtime: Runtime
    scanner = make_scanner(configuration.scanner, is_signed=lambda text: _is_signed(runtime, text))
    parts = Parts(
        journal=start.journal,
        holdings=Holdings(start.journal.database),
        link=link,
        scanner=scanner,
        time=time,
        card_key=read_secret(configuration.card_key_file),
        fresh_id=lambda: secrets.token_hex(16),
        epochs=epochs,
        began=start.began,
    )
    language = configuration.screen.language
    runtime = Runtime(parts, terminal=Terminal(language=language, home_language=language))
    _take_kept_rules(runtime, rules_cache)
    window = _open_window(configuration)
    loop = Loop(runtime=runtime, window=window, time=time)
    mirror = Mirror(configuration.screen.mirror, loop.submit) if configuration.screen.mirror else None
    reader = make_reader(configuration.reader)
    reader.start(loop.put)
    scanner.start(loop.put)
    link.start(loop.put)
    if mirror is not None:
        mirror.start()
    try:
        loop.run(stop)
    except WindowClosed:
        log.info("the window was closed")
    finally:
        for part in (mirror, reader, scanner, link):
            if part is not None:
                part.stop()
        window.close()
        runtime.journal.close()


def make_epochs(configuration: TerminalConfiguration, time: KnownTime) -> Epochs:
    """The terminal's journals: on its disk, with the anchor and the machine that the configuration names."""
    premises = Premises(
        storage=RealDisk(),
        directory=configuration.data,
        terminal=configuration.terminal,
        key=load_key(configuration.data),
        software=software_version(),
        hardware=configuration.machine or machine_name(),
        anchor=make_anchor(configuration.anchor),
    )
    return Epochs(premises, time.evidence)


def open_journal(configuration: TerminalConfiguration, time: KnownTime) -> Journal:
    """The journal that the terminal goes on with, for a program that only wants that: see `Epochs.start`."""
    return make_epochs(configuration, time).start().journal


def software_version() -> str:
    """This program's version, as the fleet sees it."""
    try:
        return metadata.version("tapbon")
    except metadata.PackageNotFoundError:
        return "0.1.0+checkout"


def _link_settings(configuration: TerminalConfiguration) -> LinkSettings:
    link = configuration.link
    return LinkSettings(
        host=link.host,
        port=link.port,
        name=configuration.terminal,
        ca_file=link.ca_file,
        certificate_file=link.certificate_file,
        key_file=link.key_file,
        rules_url=link.rules_url,
    )


def _open_window(configuration: TerminalConfiguration) -> KioskWindow:
    screen = configuration.screen
    return KioskWindow(size=(screen.width, screen.height), fullscreen=screen.fullscreen, motion=screen.motion)


def _take_kept_rules(runtime: Runtime, cache: Path) -> None:
    """Take the rules that were fetched last, so that a start without a network serves at once."""
    if (kept := RulesCache(cache).newest()) is not None:
        runtime.take(RulesChanged(kept[0]))


def _is_signed(runtime: Runtime, text: str) -> bool:
    bundle = runtime.terminal.rules
    return bundle is not None and is_genuine(text, bundle.public_keys())
