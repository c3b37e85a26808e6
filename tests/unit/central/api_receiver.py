"""A receiver of webhooks: a real HTTP server that answers as a test says."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import msgspec

from tests.patience import PATIENCE_S

#: Longer than any test waits; its end lets go of what hangs.
_LONGEST_S = 3 * PATIENCE_S


class Got(msgspec.Struct, frozen=True):
    """One request that came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return msgspec.json.decode(self.body)


class Receiver:
    """What came, and what is answered next: a status, `hang`, `drip`, `cut` or `redirect`; then 204."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.got: list[Got] = []
        self.answers: deque[int | str] = deque()
        self.released = threading.Event()


@contextmanager
def receiver() -> Iterator[Receiver]:
    """A receiver on a free port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            made.got.append(Got(self.path, {name.lower(): value for name, value in self.headers.items()}, body))
            _answer(self, made, made.answers.popleft() if made.answers else 204)

        def do_GET(self) -> None:
            made.got.append(Got("GET " + self.path, {}, b""))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  (the base class's name)
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    made = Receiver(f"http://127.0.0.1:{server.server_port}/hook?from=tapbon")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        made.released.set()
        server.shutdown()
        server.server_close()
        thread.join()


def _answer(handler: BaseHTTPRequestHandler, made: Receiver, answer: int | str) -> None:
    if answer == "hang":
        made.released.wait(_LONGEST_S)
        return
    if answer == "cut":
        handler.connection.close()
        return
    if answer == "drip":
        _drip(handler, made)
        return
    handler.send_response(302 if answer == "redirect" else int(answer))
    if answer == "redirect":
        handler.send_header("Location", "/elsewhere")
    handler.send_header("Content-Length", "0")
    handler.end_headers()


def _drip(handler: BaseHTTPRequestHandler, made: Receiver) -> None:
    """Headers that never end, one byte at a time: no single read takes long."""
    try:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nX: ")
        give_up = time.monotonic() + _LONGEST_S
        while not made.released.is_set() and time.monotonic() < give_up:
            handler.wfile.write(b"x")
            handler.wfile.flush()
            time.sleep(0.02)
    except OSError:
        pass
