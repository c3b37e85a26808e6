"""The cable between the virtual camera and its readers: an MJPEG stream over HTTP on loopback.

Decides who is served and what a pulled cable looks like. Knows nothing of what the pictures show.
"""

from __future__ import annotations

import contextlib
import logging
import socket
import threading
from collections.abc import Callable, Iterator
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer

_log = logging.getLogger(__name__)

STREAM_PATH = "/stream.mjpg"
_BOUNDARY = "tapbon-frame"
_ACCEPT_POLL_S = 0.05
_CUT_TIMEOUT_S = 30.0

NextFrame = Callable[[int], tuple[int, bytes] | None]


class MjpegServer(ThreadingTCPServer):
    """One plugging in of the cable: made, opened once, cut once.

    `next_frame(n)` blocks until there is a frame with a number above n, and returns its number and
    its JPEG, or None to end the stream.
    """

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, port: int, *, next_frame: NextFrame) -> None:
        super().__init__(("127.0.0.1", port), _StreamHandler, bind_and_activate=False)
        self.next_frame = next_frame
        self._changed = threading.Condition()
        self._streams: set[socket.socket] = set()
        self._acceptor: threading.Thread | None = None
        self._cut = False
        # A bound socket that does not listen refuses connections, and nobody else gets the port.
        try:
            self.server_bind()
        except OSError:
            self.server_close()
            raise

    @property
    def port(self) -> int:
        """The TCP port, also while nothing listens."""
        return int(self.server_address[1])

    @property
    def streams(self) -> int:
        """How many clients read the stream."""
        with self._changed:
            return len(self._streams)

    def wait_for_streams(self, count: int, *, timeout_s: float) -> bool:
        """Wait until exactly `count` clients read; False if that did not come about in time."""
        with self._changed:
            return self._changed.wait_for(lambda: len(self._streams) == count, timeout_s)

    def open(self) -> None:
        """Start to accept."""
        self.server_activate()
        self._acceptor = threading.Thread(
            target=self.serve_forever, args=(_ACCEPT_POLL_S,), name="virtual-camera-accept", daemon=True
        )
        self._acceptor.start()

    def cut(self) -> None:
        """Stop to accept and break every connection; returns when nobody is served any more."""
        if self._acceptor is not None:
            self.shutdown()
            self._acceptor.join()
            self._acceptor = None
        self.server_close()
        with self._changed:
            self._cut = True
            for stream in self._streams:
                with contextlib.suppress(OSError):
                    stream.shutdown(socket.SHUT_RDWR)
        self.wait_for_streams(0, timeout_s=_CUT_TIMEOUT_S)

    @contextlib.contextmanager
    def streaming(self, connection: socket.socket) -> Iterator[None]:
        """Count `connection` as a reader while the block runs."""
        with self._changed:
            if self._cut:
                raise ConnectionAbortedError("the camera was unplugged while a client connected")
            self._streams.add(connection)
            self._changed.notify_all()
        try:
            yield
        finally:
            with self._changed:
                self._streams.discard(connection)
                self._changed.notify_all()


class _StreamHandler(BaseHTTPRequestHandler):
    """Serves one client until it goes or the cable is pulled."""

    server: MjpegServer
    # A client that connects and says nothing is dropped after this long.
    timeout = 10
    protocol_version = "HTTP/1.0"

    def do_GET(self) -> None:
        if self.path != STREAM_PATH:
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        with contextlib.suppress(ConnectionError, TimeoutError), self.server.streaming(self.connection):
            self._stream()

    def _stream(self) -> None:
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", f"multipart/x-mixed-replace; boundary={_BOUNDARY}")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        number = 0
        while (frame := self.server.next_frame(number)) is not None:
            number, jpeg = frame
            head = f"--{_BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
            self.wfile.write(head.encode("ascii") + jpeg + b"\r\n")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the library's
        _log.debug(format, *args)
