"""The whole system on one machine: started in order, stopped in reverse, set up anew on request.

Decides who needs whom, and the addresses by which they find each other. Each part is the real one; only
the devices and the network cable are emulated.
"""

from __future__ import annotations

import contextlib
import json
import urllib.parse
from pathlib import Path
from typing import Any

from backend_bridge.broker.errors import BrokerError
from backend_bridge.broker.process import Mosquitto, find_program, free_port
from backend_bridge.link.settings import CENTRAL
from backend_bridge.pki.authority import Authority, Credentials
from backend_bridge.pki.errors import PkiError
from backend_bridge.pki.files import PRIVATE_FILE, write_whole
from hw_sim.camera import VirtualCamera
from hw_sim.demo import setting_up
from hw_sim.demo.children import Child, Children, last_words
from hw_sim.demo.errors import DemoError, ProgramFailed
from hw_sim.demo.layout import Layout
from hw_sim.demo.log_file import LogFile
from hw_sim.demo.setting_up import OFFICE_USER, TERMINAL, Say
from hw_sim.demo.terminal_process import TerminalProcess
from hw_sim.network import Cable
from hw_sim.pn532.reader import VirtualReader
from hw_sim.workbench.bench import Bench, Devices, Office, Table
from hw_sim.workbench.catalogue import Catalogue, UnusableCatalogue
from hw_sim.workbench.devices import SettingUpFailed, TerminalFailed
from kiosk_ui.mirror_client import MirrorClient

_CENTRAL_READY_S = 180.0
_LOOPBACK = "127.0.0.1"
# What the parts raise when the world is not as they need it: their words are for people.
_TROUBLE = (BrokerError, PkiError, TerminalFailed, UnusableCatalogue, OSError)


class System:
    """One demo in one data directory. `say` tells a person what is going on."""

    def __init__(self, layout: Layout, *, say: Say) -> None:
        self._layout = layout
        self._say = say
        self._stack = contextlib.ExitStack()
        self._children = Children(directory=layout.data)
        # Last of all, because what it has started does not outlive it.
        self._stack.callback(self._children.close)
        self._stack.callback(self._stop_behind_terminal)
        self._central_log = LogFile(layout.log / "central.log")
        self._terminal_log = LogFile(layout.log / "terminal.log")
        # Chosen once, so that addresses stay the same when the demo is set up anew.
        self._ports = {"office": free_port(), "rules": free_port()}
        self._central: Child | None = None
        self._broker: Mosquitto | None = None
        self._broker_port = 0
        self._terminal_login: Credentials | None = None
        self._office_url = ""
        self._renewing = False

    @property
    def addresses(self) -> dict[str, str]:
        """Where office and broker are."""
        return {"office": self._office_url, "broker": f"mqtts://{_LOOPBACK}:{self._broker_port}"}

    def start(self) -> Bench:
        """Start everything; the bench of its terminal, when all is ready. Raises `DemoError`."""
        try:
            # Asked for first: whoever lacks it is told at once, and not after everything was set up.
            find_program()
            table = self._start_behind_terminal()
            devices, terminal = self._put_up_devices()
            self._say("starting the terminal")
            terminal.start()
            terminal.await_ready()
        except _TROUBLE as error:
            raise DemoError(str(error)) from error
        return Bench(devices, table, renew=self._renew)

    def stop(self) -> None:
        """Stop everything, the terminal first. May be called twice, and after a start that failed."""
        self._stack.close()

    def ended(self) -> str | None:
        """What ended by itself that should not have, in words; None while all is well."""
        if self._renewing:
            return None
        if self._central is not None and self._central.exit_code is not None:
            return f"The central system ended with code {self._central.exit_code}. {last_words(self._central_log)}"
        if self._broker is not None and not self._broker.running:
            return f"The broker ended by itself; its log is {self._broker.log_file}."
        return None

    def _start_behind_terminal(self) -> Table:
        setting_up.set_up(self._layout, children=self._children, log=self._central_log, say=self._say)
        self._say("starting the broker")
        authority = Authority.create(self._layout.pki)
        # Renewed where it runs out, and new with a new authority: the terminal finds it at the same place.
        self._terminal_login = authority.issue_client(TERMINAL)
        broker = Mosquitto(self._layout.broker, authority=authority, port=self._broker_port)
        self._broker = broker
        self._children.in_thread(broker.start)
        self._broker_port = broker.port
        self._say("starting the central system")
        configuration = self._layout.data / "central.json"
        _write_json(configuration, self._central_configuration(authority))
        self._central = self._children.start(
            "backend_bridge", "serve", "--config", str(configuration), log=self._central_log
        )
        self._take_ready_line(self._central)
        return self._table()

    def _stop_behind_terminal(self) -> None:
        central, self._central = self._central, None
        if central is not None:
            central.stop()
        broker, self._broker = self._broker, None
        if broker is not None:
            broker.stop()

    def _renew(self) -> Table:
        """For the bench's reset: the terminal has no power now."""
        self._renewing = True
        try:
            self._stop_behind_terminal()
            self._layout.wipe()
            return self._start_behind_terminal()
        except (DemoError, *_TROUBLE) as error:
            raise SettingUpFailed(str(error)) from error
        finally:
            self._renewing = False

    def _put_up_devices(self) -> tuple[Devices, TerminalProcess]:
        self._say("putting up card reader, camera and network cable")
        layout = self._layout
        cable = Cable()
        self._stack.callback(cable.close)
        link = {"broker": cable.forward(self._broker_port), "rules": cable.forward(self._ports["rules"])}
        camera = VirtualCamera()
        self._stack.callback(camera.close)
        reader = VirtualReader(layout.devices)
        self._stack.callback(reader.close)
        screen = MirrorClient(layout.devices / "mirror.sock")
        configuration = layout.data / "terminal.json"
        _write_json(configuration, self._terminal_configuration(reader=reader.path, camera=camera.url, link=link))
        terminal = TerminalProcess(
            children=self._children, configuration=configuration, screen=screen, log=self._terminal_log
        )
        self._stack.callback(terminal.stop)
        return Devices(reader, camera, cable, screen, terminal), terminal

    def _central_configuration(self, authority: Authority) -> dict[str, Any]:
        client = authority.issue_client(CENTRAL)
        server = authority.issue_server("rules")
        return {
            "data": str(self._layout.central),
            "office_port": self._ports["office"],
            "rules_port": self._ports["rules"],
            "link": {
                "host": _LOOPBACK,
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

    def _terminal_configuration(self, *, reader: str, camera: str, link: dict[str, int]) -> dict[str, Any]:
        layout = self._layout
        client = self._terminal_login
        if client is None:
            raise RuntimeError("the terminal's certificate is issued before its configuration is written")
        return {
            "terminal": TERMINAL,
            "data": str(layout.terminal),
            "central_public_file": str(setting_up.central_public_file(layout)),
            "card_key_file": str(setting_up.card_key_file(layout)),
            "link": {
                "host": _LOOPBACK,
                "port": link["broker"],
                "ca_file": str(client.ca_file),
                "certificate_file": str(client.certificate_file),
                "key_file": str(client.key_file),
                "rules_url": f"https://{_LOOPBACK}:{link['rules']}",
            },
            "reader": {"driver": "pn532-serial", "path": reader},
            "scanner": {"driver": "opencv", "source": camera},
            "screen": {
                "width": 1024,
                "height": 600,
                "fullscreen": False,
                "mirror": str(layout.devices / "mirror.sock"),
                "motion": False,
            },
        }

    def _take_ready_line(self, central: Child) -> None:
        line = central.first_line(_CENTRAL_READY_S)
        try:
            ready = json.loads(line)
            office, rules = str(ready["office"]), str(ready["rules"])
        except (ValueError, KeyError, TypeError):
            raise ProgramFailed(f"The central system did not get ready. {last_words(self._central_log)}") from None
        if urllib.parse.urlsplit(rules).port != self._ports["rules"]:
            raise ProgramFailed(f"The central system serves rules at {rules}, not at port {self._ports['rules']}.")
        self._office_url = office.rstrip("/")

    def _table(self) -> Table:
        password_file = self._layout.central / "office-password"
        try:
            password = password_file.read_text(encoding="utf-8").strip()
        except OSError as error:
            raise DemoError(f"The office's password is not in {password_file}: {error.strerror}.") from error
        office = Office(self._office_url, OFFICE_USER, password, str(password_file))
        return Table(Catalogue.load(self._layout.central / "demo.json"), office)


def _write_json(path: Path, content: dict[str, Any]) -> None:
    write_whole(path, (json.dumps(content, indent=2) + "\n").encode(), mode=PRIVATE_FILE)
