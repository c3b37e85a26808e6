"""The HTTPS listener that hands out rules bundles: `/rules/<terminal>/<sha256>`, resumable.

Decides who gets what: only a certificate of our authority gets a connection, and only the terminal
whose name is in the certificate gets that terminal's bundles. What a bundle holds, and which exist, is
the business of `rules_bytes`.

It stands on the standard library's HTTP server, because here the certificate's name decides, and
that server shows it; ASGI servers don't. Its known weakness, that it was not made for strangers, is met
by the certificate that each client must show before the first byte of HTTP, and by limits here: on
connections at one time, on silence, on a request's length (the library's own).
"""

from __future__ import annotations

import contextlib
import logging
import re
import socket
import ssl
import threading
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from backend_bridge.link.errors import LinkSettingsError

_log = logging.getLogger(__name__)

#: (terminal, sha256) to the bundle's bytes, or None. Called by many threads.
RulesBytes = Callable[[str, str], bytes | None]
MAX_CONNECTIONS = 64
SILENCE_TIMEOUT_S = 10.0
_PATH = re.compile(r"/rules/([a-z0-9-]{1,48})/([0-9a-f]{64})")
_RANGE = re.compile(r"bytes=(\d{1,12})-(\d{0,12})")


class RulesServer:
    """Listens from `start` to `stop`. With port 0 it takes a free one; `port` says which."""

    def __init__(
        self,
        rules_bytes: RulesBytes,
        *,
        ca_file: Path,
        crl_file: Path,
        certificate_file: Path,
        key_file: Path,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        self._rules_bytes = rules_bytes
        self._files = (ca_file, crl_file, certificate_file, key_file)
        self._address = (host, port)
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def port(self) -> int:
        """Where it listens; known after `start`."""
        return self._address[1]

    def start(self) -> None:
        """Begin to listen. Raises `LinkSettingsError` for unusable files, `OSError` for a port that is taken."""
        self._server = _Server(self._address, context=self._context(), rules_bytes=self._rules_bytes)
        self._address = (self._address[0], self._server.server_address[1])
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.2,), name="rules-server", daemon=True
        )
        self._thread.start()

    def reload(self) -> None:
        """Read certificates and revocation list anew, for connections from now on."""
        if self._server is not None:
            self._server.context = self._context()

    def stop(self) -> None:
        """Listen no more. Transfers that are under way are cut; terminals resume them."""
        if self._server is not None and self._thread is not None:
            self._server.shutdown()
            self._server.server_close()
            self._thread.join(2)
            self._server = None

    def _context(self) -> ssl.SSLContext:
        ca_file, crl_file, certificate_file, key_file = self._files
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.verify_mode = ssl.CERT_REQUIRED
        context.verify_flags |= ssl.VerifyFlags.VERIFY_CRL_CHECK_LEAF
        # No resumption: a session from before a revocation would let the revoked terminal in.
        context.options |= ssl.OP_NO_TICKET
        context.num_tickets = 0
        try:
            context.load_verify_locations(ca_file)
            context.load_verify_locations(crl_file)
            context.load_cert_chain(certificate_file, key_file)
        except OSError as error:
            raise LinkSettingsError(f"the rules listener's certificates cannot be used: {error}") from error
        return context


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], *, context: ssl.SSLContext, rules_bytes: RulesBytes) -> None:
        self.context = context
        self.rules_bytes = rules_bytes
        self._places = threading.BoundedSemaphore(MAX_CONNECTIONS)
        super().__init__(address, _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        if not self._places.acquire(blocking=False):
            self.shutdown_request(request)  # the terminal tries again later
            return
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        # The handshake belongs into the connection's own thread: a client that is slow at it, or never
        # finishes, would otherwise keep all others out.
        try:
            request.settimeout(SILENCE_TIMEOUT_S)
            with self.context.wrap_socket(request, server_side=True) as secured:
                self.finish_request(secured, client_address)
                _end(secured)
        except OSError as error:  # no certificate, a foreign or revoked one, silence, a cut line
            _log.info("rules listener: connection refused or lost: %s", error)
        except Exception as error:  # noqa: BLE001 - one answer that fails is not the server's end
            _log.error("rules listener: %s while answering", type(error).__name__)
        finally:
            self.shutdown_request(request)
            self._places.release()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "tapbon"
    sys_version = ""

    def do_GET(self) -> None:
        """The one thing there is: a bundle, or the part of it that is missing."""
        match = _PATH.fullmatch(self.path)
        if match is None:
            self._refuse(HTTPStatus.NOT_FOUND)
            return
        terminal, sha256 = match.groups()
        if common_name(self.connection) != terminal:
            self._refuse(HTTPStatus.FORBIDDEN)
            return
        server = self.server
        if not isinstance(server, _Server):
            raise TypeError("this handler belongs to the rules listener")
        data = server.rules_bytes(terminal, sha256)
        if data is None:
            self._refuse(HTTPStatus.NOT_FOUND)
            return
        part = wanted_range(self.headers.get("Range"), size=len(data))
        if part is None:
            self.send_response(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE)
            self.send_header("Content-Range", f"bytes */{len(data)}")
            self.send_header("Content-Length", "0")
            self.end_headers()
        else:
            self._answer(data, part)

    def _answer(self, data: bytes, part: range) -> None:
        whole = len(part) == len(data)
        self.send_response(HTTPStatus.OK if whole else HTTPStatus.PARTIAL_CONTENT)
        if not whole:
            self.send_header("Content-Range", f"bytes {part.start}-{part.stop - 1}/{len(data)}")
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Type", "application/octet-stream")
        self.send_header("Content-Length", str(len(part)))
        self.end_headers()
        self.wfile.write(memoryview(data)[part.start : part.stop])

    def _refuse(self, status: HTTPStatus) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
        _log.info("rules listener: " + format, *args)


def common_name(connection: socket.socket) -> str:
    """The name in the certificate that the other side showed, or nothing."""
    certificate = connection.getpeercert() if isinstance(connection, ssl.SSLSocket) else None
    subject: Any = (certificate or {}).get("subject", ())
    names = [value for part in subject for key, value in part if key == "commonName"]
    return str(names[0]) if len(names) == 1 else ""


def wanted_range(header: str | None, *, size: int) -> range | None:
    """The bytes that a `Range` header asks for, all of them without one (or with one of another form, as
    RFC 9110 allows), None where there are no such bytes."""
    match = _RANGE.fullmatch(header.strip()) if header else None
    if match is None:
        return range(size)
    first, last = int(match[1]), int(match[2] or size - 1)
    return range(first, min(last, size - 1) + 1) if first < size and first <= last else None


def _end(secured: ssl.SSLSocket) -> None:
    with contextlib.suppress(OSError, ValueError):  # the other side may have gone already
        secured.unwrap()
