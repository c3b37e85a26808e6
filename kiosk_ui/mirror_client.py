"""The other end of the mirror: for remote help, assistive tools and tests. Needs no pygame."""

from __future__ import annotations

import base64
import binascii
import json
import socket
from pathlib import Path
from typing import Any

from kiosk_ui.errors import MirrorError

#: A picture of a large screen is a few megabytes; nothing that is asked for is longer.
LONGEST_ANSWER = 64 * 1024 * 1024


class MirrorClient:
    """A terminal's screen, seen and touched through its mirror. Each request has a connection of its own."""

    def __init__(self, path: Path, *, timeout_s: float = 10.0) -> None:
        self._path = path
        self._timeout_s = timeout_s

    def state(self) -> dict[str, Any]:
        """What is shown, as `KioskWindow.tree` gives it."""
        return self._ask({"op": "state"})

    def png(self) -> bytes:
        """What is shown, as a picture."""
        try:
            return base64.b64decode(self._ask({"op": "screen"})["png"], validate=True)
        except (KeyError, TypeError, binascii.Error) as error:
            raise MirrorError("the mirror sent no picture") from error

    def touch(self, x: float, y: float) -> None:
        """Touches a pixel of the screen."""
        self._ask({"op": "touch", "x": x, "y": y})

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """One request and its answer; raises `MirrorError` for an error, silence or nonsense."""
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
                connection.settimeout(self._timeout_s)
                connection.connect(str(self._path))
                connection.sendall(json.dumps(request).encode() + b"\n")
                with connection.makefile("rb") as stream:
                    line = stream.readline(LONGEST_ANSWER)
            reply = json.loads(line) if line.endswith(b"\n") else None
        except (OSError, ValueError) as error:
            raise MirrorError(f"the mirror at {self._path} does not answer: {error}") from error
        if not isinstance(reply, dict):
            raise MirrorError(f"the mirror at {self._path} hung up")
        if "error" in reply:
            raise MirrorError(str(reply["error"]))
        return reply
