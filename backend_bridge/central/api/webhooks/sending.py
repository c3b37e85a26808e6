"""One POST to one address: bounded in time and size, redirected nowhere."""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import threading

import msgspec

from backend_bridge.central.api.webhooks import addresses
from backend_bridge.central.api.webhooks.addresses import Refused, Resolve, Target

#: A receiver keeps what it got and answers; it does its work later.
PATIENCE_S = 10.0
GONE = 410


class Outcome(msgspec.Struct, frozen=True):
    """What came of a delivery. `result` is a word or a status, never what the receiver said."""

    delivered: bool
    result: str

    @property
    def gone(self) -> bool:
        """Whether the receiver wants nothing ever again."""
        return self.result == str(GONE)


class Sender:
    """Sends bodies. `private` lets it send to private addresses and over http."""

    def __init__(
        self,
        *,
        private: bool = False,
        patience_s: float = PATIENCE_S,
        resolve: Resolve = addresses.resolve,
        context: ssl.SSLContext | None = None,
    ) -> None:
        self._private = private
        self._patience_s = patience_s
        self._resolve = resolve
        self._context = context or ssl.create_default_context()

    def send(self, url: str, body: bytes, headers: dict[str, str]) -> Outcome:
        """POST `body` to `url`; delivered is what is answered with 200 to 299."""
        try:
            where = addresses.target(url, private=self._private)
            address = addresses.address_of(where, private=self._private, resolve=self._resolve)
            status = self._post(where, address, body, headers)
        except Refused as error:
            return Outcome(False, f"refused: {error.rule}")
        except TimeoutError:
            return Outcome(False, "timeout")
        except ssl.SSLError:
            return Outcome(False, "tls")
        except (OSError, http.client.HTTPException, ValueError):
            return Outcome(False, "no connection")
        return Outcome(200 <= status < 300, str(status))

    def _post(self, where: Target, address: str, body: bytes, headers: dict[str, str]) -> int:
        connection = _Connection(where, address, self._patience_s, self._context if where.secure else None)
        # A receiver that sends one byte at a time would never run into a timeout of the socket.
        deadline = threading.Timer(self._patience_s, connection.cut)
        deadline.daemon = True
        deadline.start()
        try:
            connection.request("POST", where.path, body, headers)
            status = connection.getresponse().status
        except (OSError, http.client.HTTPException) as error:
            if connection.was_cut:
                raise TimeoutError from error
            raise
        else:
            # A cut in the middle of the headers reads like their end.
            if connection.was_cut:
                raise TimeoutError
            return status
        finally:
            deadline.cancel()
            connection.close()


class _Connection(http.client.HTTPConnection):
    """Connects to the address that was judged, and speaks to the name that was meant."""

    def __init__(self, where: Target, address: str, patience_s: float, context: ssl.SSLContext | None) -> None:
        super().__init__(where.host, where.port, timeout=patience_s)
        self.default_port = 443 if where.secure else 80
        self.was_cut = False
        self._address = address
        self._secure = context

    def connect(self) -> None:
        """Open the connection, with TLS where the address says so."""
        plain = socket.create_connection((self._address, self.port), self.timeout)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock = plain
        if self._secure is not None:
            self.sock = self._secure.wrap_socket(plain, server_hostname=self.host)

    def cut(self) -> None:
        """End it now, from another thread."""
        self.was_cut = True
        if self.sock is not None:
            with contextlib.suppress(OSError):
                self.sock.shutdown(socket.SHUT_RDWR)
