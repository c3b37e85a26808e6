"""The workbench itself: which card lies where, what the camera is shown, what is plugged in.

Decides what hands do to the devices and what a power cut takes with it. Emulates nothing itself and
knows no HTTP; the terminal does not know that it exists.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from hw_sim.pn532.cards import VirtualCard
from hw_sim.workbench.catalogue import Catalogue
from hw_sim.workbench.devices import ServerFailed, ServerName, SettingUpFailed, TerminalFailed, Tree
from hw_sim.workbench.problems import Broken, Busy, NoPower, NotAnswering, NotFound, NotUsable
from hw_sim.workbench.table import Devices, Marks, Office, Table
from hw_sim.workbench.tree import button_centre

T = TypeVar("T")


class Bench:
    """One terminal's surroundings. Every method is thread-safe; refusals are raised as `Problem`.

    `renew` sets up everything behind the terminal anew, while the terminal has no power; it raises
    `SettingUpFailed`.
    """

    def __init__(self, devices: Devices, table: Table, *, renew: Callable[[], Table]) -> None:
        self._devices = devices
        self._table = table
        self._renew = renew
        self._hands = threading.RLock()
        self._busy: str | None = None
        self._on = True
        self._cards: dict[str, VirtualCard] = {}
        self._marks = Marks()

    @property
    def catalogue(self) -> Catalogue:
        """The cards and coupons that lie ready."""
        return self._table.catalogue

    @property
    def office(self) -> Office:
        """How one gets into the demo's office."""
        return self._table.office

    def summary(self) -> dict[str, Any]:
        """What is plugged in, laid on and shown; never waits."""
        marks = self._marks
        return {
            "power": {"on": self._on, "running": self._devices.power.running},
            "network": {"up": marks.cable == "plugged", "cable": marks.cable},
            "disk": {"full": marks.disk_full},
            "central": {"running": self._devices.servers.running("central")},
            "broker": {"running": self._devices.servers.running("broker")},
            "reader": {"plugged": marks.reader_plugged},
            "card": marks.card,
            "camera": {
                "plugged": marks.camera_plugged,
                "shows": marks.shown,
                "watched": self._devices.camera.clients > 0,
            },
            "busy": self._busy,
        }

    def lay(self, name: str) -> None:
        """Lay a card of the drawer on the reader; one that lies there is taken off."""
        with self._working():
            card = self.catalogue.cards.get(name)
            if card is None:
                raise NotFound.named("card", name, self.catalogue.cards)
            # One object for each card, so that what is written on it stays on it.
            self._devices.reader.lay(self._cards.setdefault(name, card.made()))
            self._marks.card = name

    def take(self) -> None:
        """Take the card off."""
        with self._working():
            self._devices.reader.take()
            self._marks.card = None

    def plug_reader(self, plugged: bool) -> None:
        """Plug the reader's cable in or out."""
        with self._working():
            self._marks.reader_plugged = plugged
            self._reader_has_power()

    def hold_coupon(self, name: str) -> None:
        """Hold a coupon of the table to the camera."""
        with self._working():
            self._show(self.coupon_png(name))
            self._marks.shown = name

    def hold_image(self, image: bytes) -> None:
        """Hold any picture to the camera."""
        with self._working():
            self._show(image)
            self._marks.shown = "your own picture"

    def clear_camera(self) -> None:
        """Take away what is held to the camera."""
        with self._working():
            self._devices.camera.clear()
            self._marks.shown = None

    def plug_camera(self, plugged: bool) -> None:
        """Plug the camera's cable in or out."""
        with self._working():
            self._marks.camera_plugged = plugged
            (self._devices.camera.plug if plugged else self._devices.camera.unplug)()

    def camera_frame(self) -> bytes:
        """What is before the camera, as JPEG."""
        return self._devices.camera.frame()

    def coupon_png(self, name: str) -> bytes:
        """A coupon's picture."""
        coupon = self.catalogue.coupons.get(name)
        if coupon is None:
            raise NotFound.named("coupon", name, self.catalogue.coupons)
        return coupon.png()

    def set_network(self, up: bool, *, silently: bool = False) -> None:
        """Plug the network cable in or out."""
        with self._working():
            if up:
                self._devices.network.plug()
            else:
                self._devices.network.pull(silently=silently)
            self._marks.cable = "plugged" if up else "silent" if silently else "pulled"

    def set_power(self, on: bool) -> None:
        """Cut the power, or give it and wait for the first screen."""
        with self._working():
            if not on:
                self._switch_off()
                return
            self._switch_on()
        # Waited for with free hands: a power cut while it starts is one that matters.
        self._wait_for_first_screen()

    def fill_disk(self, full: bool) -> None:
        """Fill the terminal's disk to its last byte, or make space on it."""
        with self._working():
            self._devices.power.fill_disk(full)
            self._marks.disk_full = full

    def set_server(self, server: ServerName, running: bool) -> None:
        """Kill the central system or the broker, or start it and wait until it serves."""
        if self._busy:
            raise Busy(self._busy)
        # With free hands: customers go on meanwhile, and it may be killed while it starts.
        if not running:
            self._devices.servers.kill(server)
            return
        try:
            self._devices.servers.start(server)
        except ServerFailed as error:
            raise NotAnswering(str(error)) from error

    def state(self) -> Tree:
        """The screen as a semantic tree."""
        return self._asked(self._devices.screen.state)

    def screen_png(self) -> bytes:
        """The screen as a picture."""
        return self._asked(self._devices.screen.png)

    def touch(self, x: int, y: int) -> tuple[int, int]:
        """Touch a point of the screen; returns after the terminal handled it."""
        width, height = self.state()["size"]
        if not (0 <= x < width and 0 <= y < height):
            raise NotUsable(f"The screen has {width} x {height} points, from 0,0: {x},{y} lies beside it.")
        self._asked(lambda: self._devices.screen.touch(x, y))
        return x, y

    def touch_label(self, label: str) -> tuple[int, int]:
        """Touch the middle of the enabled button with this label."""
        return self.touch(*button_centre(self.state(), label))

    def log(self, lines: int) -> list[str]:
        """The terminal's last lines."""
        return self._devices.power.last_words(lines)

    def reset(self) -> None:
        """Everything as on the first day: power cut, ledgers deleted, seeded again, devices put back."""
        with self._working():
            self._busy = "The demo is being set up anew. It takes some seconds."
            try:
                self._put_back()
                self._table = self._renew()
                self._cards.clear()
                self._switch_on()
                self._wait_for_first_screen()
            except SettingUpFailed as error:
                raise Broken(f"{error} Try again: POST /api/reset.") from error
            finally:
                self._busy = None

    @contextmanager
    def _working(self) -> Iterator[None]:
        """One pair of hands: nobody lays a card on while the table is being cleared."""
        if self._busy:
            raise Busy(self._busy)
        with self._hands:
            yield

    def _show(self, image: bytes) -> None:
        try:
            self._devices.camera.show(image)
        except ValueError as error:
            raise NotUsable(f"This cannot be held to the camera: {error}.") from error

    def _reader_has_power(self) -> None:
        """The reader hangs on the terminal's own USB: no power there, none here."""
        if self._marks.reader_plugged and self._on:
            self._devices.reader.plug()
        else:
            self._devices.reader.unplug()

    def _switch_off(self) -> None:
        self._on = False
        self._devices.power.kill()
        self._reader_has_power()

    def _switch_on(self) -> None:
        self._on = True
        self._reader_has_power()
        self._devices.power.start()

    def _wait_for_first_screen(self) -> None:
        try:
            self._devices.power.await_ready()
        except TerminalFailed as error:
            raise NotAnswering(str(error)) from error

    def _put_back(self) -> None:
        self._switch_off()
        self._devices.reader.take()
        self._devices.camera.clear()
        self._devices.camera.plug()
        self._devices.network.plug()
        self._devices.power.fill_disk(False)
        self._marks = Marks()

    def _asked(self, question: Callable[[], T]) -> T:
        """The screen's answer, or in words why there is none."""
        if self._busy:
            raise Busy(self._busy)
        if not self._on:
            raise NoPower('Its power is cut. Give it power: POST /api/power {"on": true}.')
        try:
            return question()
        except OSError as error:
            if not self._on:
                raise NoPower("Its power was cut at this moment.") from error
            if self._devices.power.running:
                raise NotAnswering("It is starting, or it hangs. Ask again in a moment.") from error
            raise NotAnswering(
                'Its process ended by itself; GET /api/log has its last words. POST /api/power {"on": true} starts it.'
            ) from error
