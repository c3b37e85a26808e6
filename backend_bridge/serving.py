"""Runs the central system in one process: desk and link, rules over HTTPS, office and API over HTTP, webhooks.

The office listens on loopback only; a reverse proxy with a public certificate stands before it in
production (see `deploy/`).
"""

from __future__ import annotations

import logging
import signal
import socket
import sys
import threading
import time
from pathlib import Path
from typing import Any

import msgspec

from backend_bridge.link.central_end import CentralLink
from backend_bridge.link.rules_server import RulesServer
from backend_bridge.link.settings import CENTRAL, LinkSettings

log = logging.getLogger(__name__)

LOOPBACK = "127.0.0.1"
START_TIMEOUT_S = 60.0


class ServingError(Exception):
    """The central system cannot be served; the message says why."""


class CentralLinkConfiguration(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the broker is, and the central system's certificate for it."""

    host: str
    port: int
    ca_file: Path
    certificate_file: Path
    key_file: Path
    name: str = CENTRAL


class ServingConfiguration(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The file that `serve --config` reads. Port 0 takes a free one; the ready line says which."""

    data: Path
    link: CentralLinkConfiguration
    rules_certificate_file: Path
    rules_key_file: Path
    rules_crl_file: Path
    office_port: int = 0
    #: Where terminals fetch their rules: on another machine than theirs this is not loopback.
    rules_host: str = LOOPBACK
    rules_port: int = 0


class Ready(msgspec.Struct, frozen=True):
    """What is printed, as one JSON line, when all of it listens and the broker is reached."""

    ready: bool
    office: str
    rules: str


def load(path: Path) -> ServingConfiguration:
    """The configuration in `path`; raises `ServingError`."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=ServingConfiguration, dec_hook=_path)
    except (OSError, msgspec.MsgspecError) as error:
        raise ServingError(f"{path} is no configuration of the central system: {error}") from error


def _path(kind: type[Any], value: Any) -> Any:
    if kind is Path and isinstance(value, str):
        return Path(value)
    raise TypeError(f"{kind.__name__} cannot be read from {value!r}")


def serve(configuration: ServingConfiguration) -> None:
    """Serve until SIGTERM or SIGINT. Raises `ServingError`, and `CentralError` without a database that is set up."""
    from backend_bridge.central import configure

    configure(configuration.data)

    from backend_bridge.central.acting import make_types_ready
    from backend_bridge.central.api.webhooks.service import installed as webhooks_of_here
    from backend_bridge.central.data_dir import DataDir
    from backend_bridge.central.desk.desk import Desk
    from backend_bridge.central.jobs.service import JobService
    from backend_bridge.central.reaching import require_installed

    require_installed(DataDir(configuration.data))
    make_types_ready()

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop.set())
    desk = Desk(DataDir(configuration.data).central_key())
    link = CentralLink(_link_settings(configuration.link), desk=desk, clock=lambda: time.time_ns() // 1_000_000)
    rules = RulesServer(
        desk.rules_bytes,
        ca_file=configuration.link.ca_file,
        crl_file=configuration.rules_crl_file,
        certificate_file=configuration.rules_certificate_file,
        key_file=configuration.rules_key_file,
        host=configuration.rules_host,
        port=configuration.rules_port,
    )
    # A certificate was revoked, or the list of revoked ones renewed.
    signal.signal(signal.SIGHUP, lambda _number, _frame: rules.reload())
    office = Office(configuration.office_port)
    webhooks, jobs = webhooks_of_here(), JobService()
    rules.start()
    office.start()
    webhooks.start()
    jobs.start()
    link.start()
    try:
        _wait_until_ready(office, link, stop)
        if not stop.is_set():
            ready = Ready(True, office.url, f"https://{configuration.rules_host}:{rules.port}")
            sys.stdout.write(msgspec.json.encode(ready).decode() + "\n")
            sys.stdout.flush()
        stop.wait()
    finally:
        link.stop()
        jobs.stop()
        webhooks.stop()
        rules.stop()
        office.stop()


class Office:
    """The office's web server, in a thread of its own."""

    def __init__(self, port: int) -> None:
        import uvicorn

        from backend_bridge.central.asgi import application

        # With the protocol named, asyncio switches Nagle's algorithm off; without, an answer may wait 40 ms.
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            self._socket.bind((LOOPBACK, port))
        except OSError as error:
            raise ServingError(f"port {port} of {LOOPBACK} cannot be listened on: {error.strerror}") from error
        settings = uvicorn.Config(
            application, lifespan="off", log_level="warning", access_log=False, server_header=False
        )
        self._server = uvicorn.Server(settings)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._socket]}, name="office", daemon=True
        )

    @property
    def url(self) -> str:
        """Where the office is."""
        return f"http://{LOOPBACK}:{self._socket.getsockname()[1]}/"

    @property
    def listening(self) -> bool:
        """Whether it accepts connections; raises `ServingError` when it has ended by itself."""
        if not self._server.started and not self._thread.is_alive():
            raise ServingError("the office's web server ended while it started; the log says why")
        return self._server.started

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()

    def stop(self) -> None:
        """End; open requests get two seconds."""
        self._server.should_exit = True
        self._thread.join(2)


def _link_settings(link: CentralLinkConfiguration) -> LinkSettings:
    return LinkSettings(
        host=link.host,
        port=link.port,
        name=link.name,
        ca_file=link.ca_file,
        certificate_file=link.certificate_file,
        key_file=link.key_file,
    )


def _wait_until_ready(office: Office, link: CentralLink, stop: threading.Event) -> None:
    give_up = time.monotonic() + START_TIMEOUT_S
    while not (office.listening and link.up):
        if stop.wait(0.02):
            return
        if time.monotonic() > give_up:
            raise ServingError("the broker could not be reached within a minute; the log says why")
