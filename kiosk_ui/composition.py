"""Composes one real terminal and runs it: the only place that knows which part stands behind which port."""

from __future__ import annotations

import hashlib
import logging
import secrets
import signal
import threading
from importlib import metadata
from pathlib import Path

from backend_bridge.link.settings import LinkSettings
from backend_bridge.link.terminal_end import MqttTerminalLink
from firmware.fleet.identity import load_key
from firmware.hal.factory import make_clock, make_reader, make_scanner
from firmware.journal.epochs import next_epoch, write_durably
from firmware.journal.holdings import Holdings
from firmware.journal.journal import Journal
from firmware.runtime.clocks import KnownTime
from firmware.runtime.runtime import Parts, Runtime
from firmware.terminal.events import RulesChanged
from firmware.terminal.model import Terminal
from kiosk_ui.configuration import TerminalConfiguration, read_secret
from kiosk_ui.loop import Loop
from kiosk_ui.mirror import Mirror
from kiosk_ui.window import KioskWindow, WindowClosed
from loyalty import rules
from loyalty.coupon import is_genuine
from loyalty.errors import LoyaltyError

log = logging.getLogger(__name__)

RULES_FILE = "rules.msgpack"


def run(configuration: TerminalConfiguration) -> None:
    """Run a terminal until SIGTERM, SIGINT or its window's end."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop.set())
    time = KnownTime(make_clock())
    journal = open_journal(configuration, time)
    link = MqttTerminalLink(
        _link_settings(configuration),
        central_public=read_secret(configuration.central_public_file),
        cache_directory=configuration.data / "rules-cache",
        boot=time.evidence().boot_id,
        software=software_version(),
    )
    runtime: Runtime
    scanner = make_scanner(configuration.scanner, is_signed=lambda text: _is_signed(runtime, text))
    parts = Parts(
        journal=journal,
        holdings=Holdings(journal.database),
        link=link,
        scanner=scanner,
        time=time,
        card_key=read_secret(configuration.card_key_file),
        fresh_id=lambda: secrets.token_hex(16),
        keep_rules=lambda data: write_durably(configuration.data / RULES_FILE, data),
    )
    runtime = Runtime(parts, terminal=Terminal(language=configuration.screen.language))
    _load_rules(runtime, configuration.data / RULES_FILE)
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
        journal.close()


def open_journal(configuration: TerminalConfiguration, time: KnownTime) -> Journal:
    """The terminal's journal, begun; a new one begins a new epoch."""
    data = configuration.data
    journal = Journal(data / "journal.sqlite3", terminal=configuration.terminal, key=load_key(data))
    if not journal.has_begun:
        journal.begin(epoch=next_epoch(data / "epoch"), clock=time.evidence(), software=software_version())
    else:
        journal.check_owner()
    return journal


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


def _load_rules(runtime: Runtime, path: Path) -> None:
    """Take the rules of the last time, so that a start without a network serves at once."""
    if not path.exists():
        return
    data = path.read_bytes()
    try:
        bundle = rules.decode(data, sha256=hashlib.sha256(data).hexdigest())
    except LoyaltyError as error:
        log.error("the rules that were kept cannot be used; new ones will be fetched: %s", error)
        return
    runtime.take(RulesChanged(bundle))


def _is_signed(runtime: Runtime, text: str) -> bool:
    bundle = runtime.terminal.rules
    return bundle is not None and is_genuine(text, bundle.public_keys())
