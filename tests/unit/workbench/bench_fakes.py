"""Small stateful stand-ins for what the workbench drives: a terminal that a test can look into."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from PIL import Image

from hw_sim.camera import VirtualCamera
from hw_sim.network import Cable
from hw_sim.pn532.reader import VirtualReader
from hw_sim.workbench.catalogue import Catalogue, DrawerCard, TableCoupon
from hw_sim.workbench.devices import ServerFailed, ServerName, TerminalFailed
from hw_sim.workbench.table import Office

SIZE = (1024, 600)
HERE = "http://127.0.0.1:8460"


def node(role: str, label: str, **more: Any) -> dict[str, Any]:
    """One node of a screen, with what a mirror always tells."""
    return {"role": role, "label": label, "value": "", "enabled": True, "rect": [0, 0, 10, 10], "children": []} | more


WELCOME = [
    node("heading", "Welcome"),
    node(
        "group",
        "actions",
        children=[
            node("button", "Check balance", rect=[100, 200, 300, 80]),
            node("button", "Check a coupon", rect=[100, 300, 300, 80]),
            node("button", "Redeem", rect=[100, 400, 300, 80], enabled=False),
            node("button", "Hjælp", rect=[901, 11, 101, 51]),
        ],
    ),
]


@dataclass
class FakeTerminal:
    """Screen and power of a terminal: it answers while it runs, and notes what it is told."""

    running: bool = True
    will_start: bool = True
    nodes: list[dict[str, Any]] = field(default_factory=lambda: list(WELCOME))
    colour: str = "navy"
    touches: list[tuple[int, int]] = field(default_factory=list)
    starts: int = 0
    kills: int = 0
    on_start: Callable[[], None] = lambda: None
    disk_full: bool = False

    def state(self) -> dict[str, Any]:
        self._answer()
        return {"screen": "idle", "language": "en", "size": list(SIZE), "nodes": self.nodes}

    def png(self) -> bytes:
        self._answer()
        return picture(SIZE, colour=self.colour)

    def touch(self, x: int, y: int) -> None:
        self._answer()
        self.touches.append((x, y))

    def start(self) -> None:
        self.on_start()
        self.starts += not self.running
        self.running = self.will_start

    def await_ready(self) -> None:
        if not self.running:
            raise TerminalFailed("It ended with code 2 while it started. Its last words: no disk")

    def kill(self) -> None:
        self.kills += 1
        self.running = False

    def fill_disk(self, full: bool) -> None:
        self.disk_full = full

    def last_words(self, lines: int) -> list[str]:
        return ["first", "second", "third"][-lines:]

    def _answer(self) -> None:
        if not self.running:
            raise ConnectionRefusedError("nobody listens")


@dataclass
class FakeServers:
    """A broker and a central system that remember what was done to them."""

    up: dict[ServerName, bool] = field(default_factory=lambda: {"central": True, "broker": True})
    will_serve: bool = True

    def running(self, server: ServerName) -> bool:
        return self.up[server]

    def start(self, server: ServerName) -> None:
        if not self.will_serve:
            raise ServerFailed("It ended with code 1. Its last words: no broker")
        self.up[server] = True

    def kill(self, server: ServerName) -> None:
        self.up[server] = False


def picture(size: tuple[int, int] = (120, 120), *, colour: str = "white", kind: str = "PNG") -> bytes:
    """A picture of one colour."""
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, kind)
    return out.getvalue()


def catalogue() -> Catalogue:
    """Two cards and two coupons."""
    cards = [
        DrawerCard("Ann", bytes.fromhex("04a1b2c3d4e5f6"), "ntag213", "120 points"),
        DrawerCard("Old card", bytes.fromhex("deadbeef"), "mifare-classic", "only a number"),
    ]
    coupons = [
        TableCoupon("bread-50", "TPB1.ABCDEF", "50 points for bread"),
        TableCoupon("foreign", "https://example.org/", "not one of ours"),
    ]
    return Catalogue({card.name: card for card in cards}, {coupon.name: coupon for coupon in coupons})


@dataclass
class Surroundings:
    """Everything that a test may look into."""

    reader: VirtualReader
    camera: VirtualCamera
    cable: Cable
    terminal: FakeTerminal
    servers: FakeServers = field(default_factory=FakeServers)
    renewed: list[bool] = field(default_factory=list)
    disk_full: bool = False


def office(password: str) -> Office:
    return Office("http://127.0.0.1:8461", "office", password, "demo-data/central/office-password")
