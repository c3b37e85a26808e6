"""The whole system on one machine: started in order, stopped in reverse, set up anew on request.

Decides who needs whom, and the addresses by which they find each other. Each part is the real one; only
the devices and the network cable are emulated.
"""

from __future__ import annotations

import contextlib
from typing import Any

from backend_bridge.broker.errors import BrokerError
from backend_bridge.broker.process import find_program, free_port
from backend_bridge.pki.authority import Authority, Credentials
from backend_bridge.pki.errors import PkiError
from hw_sim.camera import VirtualCamera
from hw_sim.demo import setting_up
from hw_sim.demo.children import Children
from hw_sim.demo.errors import DemoError
from hw_sim.demo.layout import Layout
from hw_sim.demo.log_file import LogFile
from hw_sim.demo.servers import LOOPBACK, Ports, Servers, write_json
from hw_sim.demo.setting_up import OFFICE_USER, TERMINAL, Say
from hw_sim.demo.terminal_process import TerminalProcess
from hw_sim.network import Cable
from hw_sim.pn532.reader import VirtualReader
from hw_sim.workbench.bench import Bench
from hw_sim.workbench.catalogue import Catalogue, UnusableCatalogue
from hw_sim.workbench.devices import ServerFailed, SettingUpFailed, TerminalFailed
from hw_sim.workbench.table import Devices, Office, Table
from kiosk_ui.mirror_client import MirrorClient

# What the parts raise when the world is not as they need it: their words are for people.
_TROUBLE = (BrokerError, PkiError, ServerFailed, TerminalFailed, UnusableCatalogue, OSError)


class System:
    """One demo in one data directory. `say` tells a person what is going on.

    `owner` makes the tables, where the books are on a PostgreSQL server: see `setting_up.set_up`.
    """

    def __init__(self, layout: Layout, *, say: Say, owner: str | None = None) -> None:
        self._layout = layout
        self._say = say
        self._owner = owner
        self._stack = contextlib.ExitStack()
        self._children = Children(directory=layout.data)
        # Last of all, because what it has started does not outlive it.
        self._stack.callback(self._children.close)
        # Chosen once, so that addresses stay the same when the demo is set up anew.
        self._ports = Ports(office=free_port(), rules=free_port())
        self._servers = Servers(layout, children=self._children, ports=self._ports)
        self._stack.callback(self._servers.stop)
        self._terminal_log = LogFile(layout.log / "terminal.log")
        self._terminal_login: Credentials | None = None
        self._renewing = False

    @property
    def addresses(self) -> dict[str, str]:
        """Where office and broker are."""
        return {"office": self._servers.office_url, "broker": f"mqtts://{LOOPBACK}:{self._servers.broker_port}"}

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
        return None if self._renewing else self._servers.ended()

    def _start_behind_terminal(self) -> Table:
        setting_up.set_up(
            self._layout, children=self._children, log=self._servers.log, say=self._say, owner=self._owner
        )
        authority = Authority.create(self._layout.pki)
        # Renewed where it runs out, and new with a new authority: the terminal finds it at the same place.
        self._terminal_login = authority.issue_client(TERMINAL)
        self._servers.put_up(authority)
        self._say("starting the broker")
        self._servers.start("broker")
        self._say("starting the central system")
        self._servers.start("central")
        return self._table()

    def _renew(self) -> Table:
        """For the bench's reset: the terminal has no power now."""
        if self._owner is not None:
            raise SettingUpFailed(
                "The books are on a PostgreSQL server, and what is there is not the demo's to delete."
            )
        self._renewing = True
        try:
            self._servers.stop()
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
        link = {"broker": cable.forward(self._servers.broker_port), "rules": cable.forward(self._ports.rules)}
        camera = VirtualCamera()
        self._stack.callback(camera.close)
        reader = VirtualReader(layout.devices)
        self._stack.callback(reader.close)
        screen = MirrorClient(layout.devices / "mirror.sock")
        configuration = layout.data / "terminal.json"
        write_json(configuration, self._terminal_configuration(reader=reader.path, camera=camera.url, link=link))
        terminal = TerminalProcess(
            children=self._children, configuration=configuration, screen=screen, log=self._terminal_log
        )
        self._stack.callback(terminal.stop)
        return Devices(reader, camera, cable, screen, terminal, self._servers), terminal

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
                "host": LOOPBACK,
                "port": link["broker"],
                "ca_file": str(client.ca_file),
                "certificate_file": str(client.certificate_file),
                "key_file": str(client.key_file),
                "rules_url": f"https://{LOOPBACK}:{link['rules']}",
            },
            "reader": {"driver": "pn532-serial", "path": reader},
            "scanner": {"driver": "opencv", "source": camera},
            # In the demo, on the terminal's own disk: it shows how a start goes, not that a copied disk is noticed.
            "anchor": {"driver": "file", "path": str(layout.terminal / "anchor")},
            "screen": {
                "width": 1024,
                "height": 600,
                "fullscreen": False,
                "mirror": str(layout.devices / "mirror.sock"),
                "motion": False,
            },
        }

    def _table(self) -> Table:
        password_file = self._layout.central / "office-password"
        try:
            password = password_file.read_text(encoding="utf-8").strip()
        except OSError as error:
            raise DemoError(f"The office's password is not in {password_file}: {error.strerror}.") from error
        office = Office(self._servers.office_url, OFFICE_USER, password, str(password_file))
        return Table(Catalogue.load(self._layout.central / "demo.json"), office)
