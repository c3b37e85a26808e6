"""mosquitto as a child process: started, waited for, reloaded, stopped, killed.

For demos and tests, and for a small central system on one machine. Decides where the program is
found, which port it gets and when it counts as started; what it allows is in `configuration`.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import random
import shutil
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from backend_bridge.broker import configuration
from backend_bridge.broker.errors import BrokerDidNotStart, BrokerMissing
from backend_bridge.broker.takeover import take_over
from backend_bridge.pki.authority import Authority
from backend_bridge.pki.files import make_private_directory

#: Debian puts the program where only root's search path looks.
SEARCH_BEYOND_PATH = ("/usr/sbin", "/usr/local/sbin", "/usr/local/bin", "/opt/homebrew/sbin")
START_TIMEOUT_S = 60.0
#: It saves its database before it ends.
STOP_TIMEOUT_S = 20.0
_PR_SET_PDEATHSIG = 1
_GIVEN_AWAY = Path("/proc/sys/net/ipv4/ip_local_port_range")
#: Below are the ports of well-known programs.
_LOWEST_PORT = 12_000
_ATTEMPTS = 50


class Mosquitto:
    """One broker on a loopback port. With port 0 it takes a free one at its first start and keeps it.

    The broker ends with the thread that started it (Linux ties it to the thread, not to the
    process), so start it from a thread that stays, such as the main one.
    """

    def __init__(self, directory: Path, *, authority: Authority, port: int = 0, save_after_changes: int = 100) -> None:
        self._directory = directory
        self._authority = authority
        self._port = port
        self._choose_port = port == 0
        self._save_after_changes = save_after_changes
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def port(self) -> int:
        """The port, known after the first start (or given)."""
        return self._port

    @property
    def running(self) -> bool:
        """The process is there."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int | None:
        """The number of the process, or None."""
        return self._process.pid if self._process is not None and self.running else None

    @property
    def log_file(self) -> Path:
        """What the broker says: connections, refusals; never payloads."""
        return self._directory / "mosquitto.log"

    def start(self) -> None:
        """Start it and wait until it accepts a TLS connection; nothing happens where it is running.

        Raises `BrokerMissing` or `BrokerDidNotStart`.
        """
        if self.running:
            return
        program = find_program()
        make_private_directory(self._directory)
        for attempts_left in (2, 1, 0):
            if self._choose_port:
                self._port = free_port()
            try:
                self._start_once(program)
            except BrokerDidNotStart:
                # Between choosing a free port and binding it, another program may have taken it.
                if not self._choose_port or not attempts_left:
                    raise
            else:
                self._choose_port = False
                return

    def stop(self) -> None:
        """End it in order: it saves its database first."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it as a power cut would."""
        self._end(signal.SIGKILL)

    def reload(self) -> None:
        """Read access list, certificates and revocation list anew, for connections from now on."""
        if self._process is not None and self.running:
            self._process.send_signal(signal.SIGHUP)

    def kick(self, name: str) -> None:
        """Close the connection that client `name` has now, and forget its session.

        mosquitto has no command for that, and a revoked certificate's open connection stays open. A
        client id can be connected only once, so the authority takes it over with a certificate of its own.
        """
        take_over(self._port, self._authority.issue_takeover(name))

    def _start_once(self, program: str) -> None:
        server = self._authority.issue_server()
        settings = configuration.BrokerSettings(
            directory=self._directory,
            port=self._port,
            ca_file=server.ca_file,
            crl_file=self._authority.crl_file,
            certificate_file=server.certificate_file,
            key_file=server.key_file,
            save_after_changes=self._save_after_changes,
        )
        path = configuration.write(settings)
        with open(self.log_file, "ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - the program is found on fixed paths
                [program, "-c", str(path)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=_die_with_parent(),  # noqa: PLW1509 - it calls nothing but the kernel
            )
        try:
            self._wait_until_accepting(server.ca_file)
        except BaseException:
            self.kill()
            raise

    def _wait_until_accepting(self, ca_file: Path) -> None:
        process = self._process
        context = ssl.create_default_context(cafile=str(ca_file))
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline:
            if process is None or process.poll() is not None:
                raise BrokerDidNotStart(f"mosquitto ended at once: {self._last_words()}")
            with (
                contextlib.suppress(OSError),
                socket.create_connection(("127.0.0.1", self._port), timeout=1) as plain,
                context.wrap_socket(plain, server_hostname="127.0.0.1"),
            ):
                return
            time.sleep(0.02)
        raise BrokerDidNotStart(f"mosquitto accepts no connection on port {self._port}: {self._last_words()}")

    def _last_words(self) -> str:
        lines = self.log_file.read_text(errors="replace").splitlines()
        return " / ".join(lines[-3:]) or f"nothing in {self.log_file}"

    def _end(self, with_signal: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(with_signal)  # does nothing where it has ended by itself
        try:
            process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def find_program() -> str:
    """The path of mosquitto; raises `BrokerMissing`."""
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), *SEARCH_BEYOND_PATH])
    program = shutil.which("mosquitto", path=path)
    if program is None:
        raise BrokerMissing("mosquitto was not found. Install the Debian package: sudo apt install mosquitto")
    return program


def free_port() -> int:
    """A loopback port that nobody has at this moment, and that no program gets without asking for it.

    From the system's own range (`bind` to port 0) any connection that a program makes may take it before it is
    used, or while its owner starts anew.
    """
    chance, end = random.SystemRandom(), _lowest_given_away()
    for _attempt in range(_ATTEMPTS if end > _LOWEST_PORT else 0):
        with contextlib.suppress(OSError):  # it is taken
            return _bindable(chance.randrange(_LOWEST_PORT, end))
    return _bindable(0)


def _bindable(port: int) -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", port))
        bound: int = probe.getsockname()[1]
        return bound


def _lowest_given_away() -> int:
    """Where the range begins from which the system gives ports to connections."""
    try:
        return int(_GIVEN_AWAY.read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return _LOWEST_PORT  # not Linux: any port that is free now


def _die_with_parent() -> Callable[[], None] | None:
    """What the child does before it becomes the broker: ask Linux to end it with its parent."""
    try:
        prctl = ctypes.CDLL(None).prctl
    except (AttributeError, OSError):
        return None  # not Linux: a broker whose parent was killed stays
    parent = os.getpid()

    def before_exec() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it died before it was asked
            os._exit(1)

    return before_exec
