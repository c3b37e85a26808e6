"""A customer at the workbench: lays on cards, holds coupons to the camera, touches what the screen offers."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

POLL_S = 0.02
#: Giving a terminal power is answered when its first screen is there.
_ANSWER_S = 120.0


class Stuck(Exception):
    """The screen did not show in time what was waited for."""


class Customer:
    """Hands and eyes at the workbench whose address is `workbench`."""

    def __init__(self, workbench: str) -> None:
        self._base = workbench.rstrip("/")

    def lay(self, card: str) -> None:
        """Lay a card on."""
        self._send("POST", "/api/card", {"card": card})

    def take_card(self) -> None:
        """Take the card off."""
        self._send("DELETE", "/api/card")

    def hold(self, image: bytes) -> None:
        """Hold a coupon to the camera."""
        self._send("POST", "/api/camera", image)

    def put_away(self) -> None:
        """Nothing is held to the camera."""
        self._send("DELETE", "/api/camera")

    def touch(self, label: str) -> None:
        """Touch the button with this label, or whose label begins so."""
        self._send("POST", "/api/touch", {"label": label})

    def power(self, *, on: bool) -> None:
        """Cut the terminal's power (SIGKILL), or give it back."""
        self._send("POST", "/api/power", {"on": on})

    def network(self, *, up: bool, silently: bool = False) -> None:
        """Pull the network cable (`silently`: nobody is told), or plug it in."""
        self._send("POST", "/api/network", {"up": up, "silently": silently})

    def disk(self, *, full: bool) -> None:
        """Fill the terminal's disk, or make space on it."""
        self._send("POST", "/api/disk", {"full": full})

    def central(self, *, running: bool) -> None:
        """Kill the central system (SIGKILL), or start it and wait until it serves."""
        self._send("POST", "/api/central", {"running": running})

    def broker(self, *, running: bool) -> None:
        """Kill the broker (SIGKILL), or start it and wait until it serves."""
        self._send("POST", "/api/broker", {"running": running})

    def state(self) -> dict[str, Any]:
        """The screen as a semantic tree."""
        answer: dict[str, Any] = json.loads(self._send("GET", "/api/state"))
        return answer

    def screen(self) -> str:
        """The name of the screen; empty while the terminal has no power or is starting."""
        try:
            return str(self.state()["screen"])
        except urllib.error.HTTPError:
            return ""

    def wait_for(self, *screens: str, timeout_s: float = 20.0) -> str:
        """The screen, once it is one of `screens`; raises `Stuck`."""
        return self.wait_until(lambda: (self.screen() in screens and self.screen()) or "", screens, timeout_s)

    def wait_until(self, look: Callable[[], str], wanted: object, timeout_s: float = 20.0) -> str:
        """What `look` sees, once it is not empty; raises `Stuck`."""
        give_up = time.monotonic() + timeout_s
        while not (seen := look()):
            if time.monotonic() > give_up:
                raise Stuck(f"waited {timeout_s:.0f} s for {wanted}, the screen is {self.screen()!r}")
            time.sleep(POLL_S)
        return seen

    def _send(self, method: str, path: str, body: dict[str, Any] | bytes | None = None) -> bytes:
        data = json.dumps(body).encode() if isinstance(body, dict) else body
        kind = "image/png" if isinstance(body, bytes) else "application/json"
        request = urllib.request.Request(self._base + path, data=data, method=method)  # noqa: S310 - our own address
        request.add_header("Content-Type", kind)
        with urllib.request.urlopen(request, timeout=_ANSWER_S) as reply:  # noqa: S310 - our own address
            answer: bytes = reply.read()
        return answer


def words_of(error: Exception) -> str:
    """What went wrong, with the workbench's own words where it refused."""
    if isinstance(error, urllib.error.HTTPError):
        return f"{error!r} {error.read().decode('utf-8', 'replace')}"
    return repr(error)
