"""What stands behind the terminal: broker and central system, started in order, killed and started again one by one.

Decides when each counts as running. That one was killed on purpose is remembered, so that it is not mistaken for
one that ended by itself.
"""

from __future__ import annotations

import json
import threading
import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from backend_bridge.broker.errors import BrokerError
from backend_bridge.broker.process import Mosquitto
from backend_bridge.link.settings import CENTRAL
from backend_bridge.pki.authority import Authority
from backend_bridge.pki.files import PRIVATE_FILE, write_whole
from hw_sim.demo.children import Child, Children, last_words
from hw_sim.demo.errors import ProgramFailed
from hw_sim.demo.layout import Layout
from hw_sim.demo.log_file import LogFile
from hw_sim.workbench.devices import ServerFailed, ServerName

LOOPBACK = "127.0.0.1"
_CENTRAL_READY_S = 180.0


@dataclass(frozen=True)
class Ports:
    """Chosen once, so that addresses stay the same when servers are started anew."""

    office: int
    rules: int


class Servers:
    """See the module. Thread-safe; the central system can be killed while it is starting."""

    def __init__(self, layout: Layout, *, children: Children, ports: Ports) -> None:
        self._layout = layout
        self._children = children
        self._ports = ports
        self._log = LogFile(layout.log / "central.log")
        self._changing = threading.Lock()
        self._authority: Authority | None = None
        self._broker: Mosquitto | None = None
        self._broker_port = 0
        self._broker_wanted = self._central_wanted = False
        self._central: Child | None = None
        self._office_url = ""
        self._start: dict[ServerName, Callable[[], None]] = {
            "broker": self._start_broker,
            "central": self._start_central,
        }
        self._kill: dict[ServerName, Callable[[], None]] = {"broker": self._kill_broker, "central": self._kill_central}

    @property
    def log(self) -> LogFile:
        """What the central system and its commands say."""
        return self._log

    @property
    def broker_port(self) -> int:
        """Known after the first start."""
        return self._broker_port

    @property
    def office_url(self) -> str:
        """Where the office is, known after the central system's first start."""
        return self._office_url

    def put_up(self, authority: Authority) -> None:
        """New ones, not running, with certificates of `authority`."""
        self._broker = Mosquitto(self._layout.broker, authority=authority, port=self._broker_port)
        self._authority = authority

    def running(self, server: ServerName) -> bool:
        """Whether its process is there."""
        if server == "broker":
            return self._broker is not None and self._broker.running
        return self._central is not None and self._central.exit_code is None

    def start(self, server: ServerName) -> None:
        """Start it and wait until it serves; nothing happens where it is running. Raises `ServerFailed`."""
        try:
            self._start[server]()
        except (BrokerError, ProgramFailed, OSError) as error:
            raise ServerFailed(str(error)) from error

    def kill(self, server: ServerName) -> None:
        """End it as a power cut would (SIGKILL). May be called twice."""
        self._kill[server]()

    def stop(self) -> None:
        """Let both end in order. May be called twice."""
        with self._changing:
            central, self._central = self._central, None
            broker, self._broker = self._broker, None
            self._broker_wanted = self._central_wanted = False
        if central is not None:
            central.stop()
        if broker is not None:
            broker.stop()

    def ended(self) -> str | None:
        """What ended by itself, in words; None while all is well."""
        with self._changing:
            central, broker = self._central, self._broker
            if self._central_wanted and central is not None and central.exit_code is not None:
                return f"The central system ended with code {central.exit_code}. {last_words(self._log)}"
            if self._broker_wanted and broker is not None and not broker.running:
                return f"The broker ended by itself; its log is {broker.log_file}."
        return None

    def _start_broker(self) -> None:
        with self._changing:
            broker = self._broker
            if broker is None:
                raise ServerFailed("There is no broker: the demo is being set up or stopped.")
            self._children.in_thread(broker.start)
            self._broker_port = broker.port
            self._broker_wanted = True

    def _kill_broker(self) -> None:
        with self._changing:
            self._broker_wanted = False
            if self._broker is not None:
                self._broker.kill()

    def _start_central(self) -> None:
        with self._changing:
            if self._central is None or self._central.exit_code is not None:
                configuration = self._layout.data / "central.json"
                write_json(configuration, self._central_configuration())
                self._central = self._children.start(
                    "backend_bridge", "serve", "--config", str(configuration), log=self._log
                )
            central = self._central
        try:
            self._take_ready_line(central)
        except ProgramFailed:
            with self._changing:
                if self._central is central:
                    central.kill()
                    self._central, self._central_wanted = None, False
            raise
        with self._changing:
            # It may have been killed on purpose in this moment.
            self._central_wanted = self._central is central

    def _kill_central(self) -> None:
        with self._changing:
            self._central_wanted = False
            central, self._central = self._central, None
        if central is not None:
            central.kill()

    def _take_ready_line(self, central: Child) -> None:
        line = central.first_line(_CENTRAL_READY_S)
        try:
            ready = json.loads(line)
            office, rules = str(ready["office"]), str(ready["rules"])
        except (ValueError, KeyError, TypeError):
            raise ProgramFailed(f"The central system did not get ready. {last_words(self._log)}") from None
        if urllib.parse.urlsplit(rules).port != self._ports.rules:
            raise ProgramFailed(f"The central system serves rules at {rules}, not at port {self._ports.rules}.")
        self._office_url = office.rstrip("/")

    def _central_configuration(self) -> dict[str, Any]:
        authority = self._authority
        if authority is None:
            raise ServerFailed("Nothing was put up yet.")
        client = authority.issue_client(CENTRAL)
        server = authority.issue_server("rules")
        return {
            "data": str(self._layout.central),
            "office_port": self._ports.office,
            "rules_port": self._ports.rules,
            "link": {
                "host": LOOPBACK,
                "port": self._broker_port,
                "name": CENTRAL,
                "ca_file": str(client.ca_file),
                "certificate_file": str(client.certificate_file),
                "key_file": str(client.key_file),
            },
            "rules_certificate_file": str(server.certificate_file),
            "rules_key_file": str(server.key_file),
            "rules_crl_file": str(authority.crl_file),
        }


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write a configuration, whole, for its owner only."""
    write_whole(path, (json.dumps(content, indent=2) + "\n").encode(), mode=PRIVATE_FILE)
