"""The workbench's web server: a port that is ours from the first moment, and a thread that serves it."""

from __future__ import annotations

import errno
import socket
import threading
import time

import uvicorn

from hw_sim.demo.errors import DemoError, PortTaken
from hw_sim.workbench.api import create_app
from hw_sim.workbench.bench import Bench

_LOOPBACK = "127.0.0.1"
_START_TIMEOUT_S = 60.0
_STOP_TIMEOUT_S = 3.0


class WorkbenchServer:
    """Takes the port at once, so that a taken one is told before anything else is started."""

    def __init__(self, port: int) -> None:
        # asyncio turns Nagle's algorithm off only where the protocol is named, and it costs 40 ms an answer.
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            self._socket.bind((_LOOPBACK, port))
        except OSError as error:
            self._socket.close()
            why = {errno.EADDRINUSE: "another program has it", errno.EACCES: "only root may take it"}
            reason = why.get(error.errno or 0, error.strerror)
            raise PortTaken(
                f"Port {port} cannot be used: {reason}. Name another one with --port, or --port 0 for any free one."
            ) from error
        self._url = f"http://{_LOOPBACK}:{self._socket.getsockname()[1]}"
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None
        self._ended = threading.Event()

    @property
    def url(self) -> str:
        """Where the workbench is."""
        return self._url

    def serve(self, bench: Bench) -> None:
        """Serve `bench`; returns when requests are answered."""
        settings = uvicorn.Config(
            create_app(bench),
            log_level="warning",
            access_log=False,
            server_header=False,
            ws="none",
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(settings)
        self._thread = threading.Thread(target=self._run, args=(self._server,), name="workbench", daemon=True)
        self._thread.start()
        give_up = time.monotonic() + _START_TIMEOUT_S
        while not self._server.started:
            if self._ended.wait(0.01) or time.monotonic() > give_up:
                raise DemoError("The workbench's web server did not start.")

    def wait(self, timeout_s: float) -> bool:
        """Whether it ended by itself within that time."""
        return self._ended.wait(timeout_s)

    def stop(self) -> None:
        """Stop serving and free the port. May be called twice."""
        if self._server is not None and self._thread is not None:
            self._server.should_exit = True
            self._thread.join(_STOP_TIMEOUT_S)
        self._socket.close()

    def _run(self, server: uvicorn.Server) -> None:
        try:
            server.run(sockets=[self._socket])
        finally:
            self._ended.set()
