"""A whole system with several terminals and people at all of them: the demo as anybody starts it, and kiosks beside it.

Decides what is there and how it comes to rest. What goes wrong meanwhile is decided by `killings` and `storm`.
"""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import msgspec

from backend_bridge.pki.authority import Authority
from firmware.fleet.identity import create_key
from firmware.hal.settings import ReaderSettings, ScannerSettings
from firmware.terminal.model import State
from hw_sim.chaos.books import Books
from hw_sim.chaos.facts import Stock
from hw_sim.chaos.kiosk import Kiosk
from hw_sim.chaos.passer_by import PasserBy
from hw_sim.chaos.verdict import Evidence
from hw_sim.chaos.visitors import Visitors
from hw_sim.chaos.witness import Witness
from hw_sim.client.customer import Customer
from hw_sim.client.running_demo import running_demo
from hw_sim.demo.layout import Layout
from hw_sim.demo.setting_up import TERMINAL, card_key_file, central_public_file
from hw_sim.network import Cable
from kiosk_ui.configuration import LinkConfiguration, TerminalConfiguration
from kiosk_ui.configuration import load as load_configuration

KIOSKS, CUSTOMERS = 3, 12
#: For what must come, however slow the machine is.
PATIENCE_S = 240.0
_LOOK_EVERY_S = 0.1


class NotInTime(Exception):
    """Something that must come did not come; the message says how everything stands."""


class Hall:
    """See the module; made by `open_hall`. `hands` drives the workbench's switches."""

    def __init__(
        self,
        layout: Layout,
        *,
        hands: Customer,
        books: Books,
        stock: Stock,
        witness: Witness,
        kiosks: list[Kiosk],
        visitors: list[Visitors],
        passer_by: PasserBy,
    ) -> None:
        self.layout = layout
        self.hands = hands
        self.books = books
        self.stock = stock
        self.witness = witness
        self.kiosks = kiosks
        self.passer_by = passer_by
        self._visitors = visitors

    @property
    def failures(self) -> list[str]:
        """Programs of ours that ended by themselves."""
        ended = [(one.configuration.terminal, one.failure) for one in self.kiosks]
        ended.append(("the customer at the workbench", self.passer_by.failure))
        return [f"{name} ended: {error!r}" for name, error in ended if error is not None]

    def start(self) -> None:
        """Kiosks get power, and people come."""
        for kiosk in self.kiosks:
            kiosk.start()
        self.passer_by.start()

    def wait(self, come: Callable[[], bool], *, wanted: str) -> None:
        """Until `come`; raises `NotInTime`, at once where something has ended by itself."""
        give_up_s = time.monotonic() + PATIENCE_S
        while not come():
            if self.failures or time.monotonic() > give_up_s:
                raise NotInTime(f"waited for {wanted}: {'; '.join([*self.failures, self.standing()])}")
            time.sleep(_LOOK_EVERY_S)

    def wait_for_work(self, entries: int) -> None:
        """Until the central system has acknowledged so many more entries; raises `NotInTime`."""
        enough = self.applied() + entries
        self.wait(lambda: self.applied() >= enough, wanted="some work to be done")

    def standing(self) -> str:
        """How far everything is."""
        kiosks = [
            f"{one.configuration.terminal} {one.state.value}, acknowledged {one.acknowledged_seq} of {one.head_seq}"
            for one in self.kiosks
        ]
        return "; ".join(
            [
                *kiosks,
                f"the terminal {self.hands.screen() or 'dark'}",
                f"open at the central system: {self.books.open_questions()}",
            ]
        )

    @property
    def evidence(self) -> Evidence:
        """What is left behind when all has come to rest."""
        names = [one.configuration.terminal for one in self.kiosks]
        disks = {TERMINAL: self.layout.terminal} | {name: kiosk_directory(self.layout, name) for name in names}
        return Evidence(disks=disks, central=self.layout.central, books=self.books, witness=self.witness)

    def applied(self) -> int:
        """How many entries of all kiosks the central system has acknowledged."""
        return sum(one.acknowledged_seq for one in self.kiosks)

    def settle(self) -> None:
        """Everything is mended, nobody comes any more, and all comes to rest; then no terminal runs.

        Raises `NotInTime` where it does not converge.
        """
        self.passer_by.stop()
        for visitors in self._visitors:
            visitors.close()
        self.wait(self._at_rest, wanted="all to come to rest")
        self.hands.power(on=False)
        while not self._terminal_has_told():
            # It had written something in that moment.
            self.hands.power(on=True)
            self.wait(self._at_rest, wanted="the terminal to come to rest again")
            self.hands.power(on=False)
        for kiosk in self.kiosks:
            kiosk.stop()

    def _at_rest(self) -> bool:
        if not all(one.settled for one in self.kiosks) or self.hands.screen() != State.IDLE.value:
            return False
        return self.books.open_questions() == 0 and self._terminal_has_told()

    def _terminal_has_told(self) -> bool:
        return self.books.has_all_of(TERMINAL, disk=self.layout.terminal)

    def close(self) -> None:
        """Stop what runs."""
        self.passer_by.stop()
        for kiosk in self.kiosks:
            kiosk.stop()


@contextmanager
def open_hall(data: Path, *, seed: int, coupons: int, books: Books) -> Iterator[Hall]:
    """A hall in `data` (a new directory) in which nothing goes on yet; what people do is drawn from `seed`."""
    with ExitStack() as stack:
        addresses = stack.enter_context(running_demo(data, options=books.options, environment=books.environment))
        layout = Layout(data)
        names = [f"kiosk-{number}" for number in range(1, KIOSKS + 1)]
        stock = _stock(layout, names, coupons=coupons, environment=books.environment)
        witness = Witness({one.id: one for one in stock.rewards})
        kiosks, visitors = [], []
        shares = [list(stock.coupons[number :: KIOSKS + 1]) for number in range(KIOSKS + 1)]
        for name, share in zip(names, shares, strict=False):
            chance = random.Random(f"{seed}/{name}")  # noqa: S311 - a simulation
            people = Visitors(name, stock, share, witness=witness, chance=chance)
            kiosks.append(_kiosk(layout, name, people))
            visitors.append(people)
        passer_by = PasserBy(
            Customer(addresses["workbench"]),
            stock,
            shares[-1],
            witness=witness,
            chance=random.Random(f"{seed}/workbench"),  # noqa: S311 - a simulation
        )
        hall = Hall(
            layout,
            hands=Customer(addresses["workbench"]),
            books=books,
            stock=stock,
            witness=witness,
            kiosks=kiosks,
            visitors=visitors,
            passer_by=passer_by,
        )
        stack.callback(hall.close)
        yield hall


def kiosk_directory(layout: Layout, name: str) -> Path:
    """A kiosk's own disk."""
    return layout.data / "kiosks" / name


def _stock(layout: Layout, names: list[str], *, coupons: int, environment: dict[str, str]) -> Stock:
    command = [sys.executable, "-m", "hw_sim.chaos.stocking", "--data", str(layout.central)]
    command += ["--customers", str(CUSTOMERS), "--coupons", str(coupons)]
    for name in names:
        public = create_key(kiosk_directory(layout, name)).public.hex()
        command += ["--terminal", f"{name}={public}"]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, env=environment)  # noqa: S603 - our own program
    return msgspec.json.decode(done.stdout, type=Stock)


def _kiosk(layout: Layout, name: str, people: Visitors) -> Kiosk:
    """Its certificate is the authority's; the addresses are those that the demo's own terminal was told."""
    told = load_configuration(layout.data / "terminal.json")
    central = msgspec.json.decode((layout.data / "central.json").read_bytes())
    login = Authority.load(layout.pki).issue_client(name)
    cable = Cable()
    configuration = TerminalConfiguration(
        terminal=name,
        data=kiosk_directory(layout, name),
        central_public_file=central_public_file(layout),
        card_key_file=card_key_file(layout),
        link=LinkConfiguration(
            host=told.link.host,
            port=cable.forward(central["link"]["port"]),
            ca_file=login.ca_file,
            certificate_file=login.certificate_file,
            key_file=login.key_file,
            rules_url=f"https://{told.link.host}:{cable.forward(central['rules_port'])}",
        ),
        reader=ReaderSettings("none", ""),
        scanner=ScannerSettings("none", ""),
    )
    return Kiosk(configuration, cable=cable, customers=people)
