"""The rounds of a crash run: an operation begins, the power goes at a random moment, all is checked.

The whole demo runs, as anybody starts it. In each round a customer redeems a reward or registers a
coupon; at a moment drawn from the seed the terminal's process gets SIGKILL. Its journal is looked at
while it is dead, and again when everything has arrived at the central system.
"""

from __future__ import annotations

import io
import random
import sqlite3
import subprocess
import sys
import threading
import urllib.error
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import segno

from firmware.fleet.identity import load_key
from hw_sim.checkers import books_balance, chain_unbroken, nothing_lost, posted_once
from hw_sim.checkers.evidence import StoredEntry, copied, journal_entries
from hw_sim.client.customer import Customer, Stuck
from hw_sim.client.running_demo import running_demo
from hw_sim.demo.layout import Layout
from hw_sim.demo.setting_up import TERMINAL

#: The longest that an operation goes on before the power goes: about as long as it takes on a fast machine.
FIRST_REDEEMING_S = 0.12
FIRST_REGISTERING_S = 0.35
#: Where the power came too soon for an operation to be written down, the next ones get more time, else less. So some
#: two of five come that far, on any machine, and the kills are spread over all that an operation does.
_MORE, _LESS = 1.15, 0.82
_LONGEST_S = 5.0
RESTED = ("idle", "offline")
#: For what must come, however slow the machine is.
PATIENCE_S = 120.0
_ATTEMPTS = 10


@dataclass
class Report:
    """What a run did, and what it found wrong."""

    rounds: int = 0
    redeemed: int = 0
    registered: int = 0
    entries: int = 0
    wrong: list[str] = field(default_factory=list)


class Pace:
    """How long operations of one kind may go on before the power goes."""

    def __init__(self, longest_s: float) -> None:
        self._longest_s = longest_s

    def moment_s(self, chance: random.Random) -> float:
        """When the power goes, in seconds after the operation began."""
        return chance.uniform(0.0, self._longest_s)

    def learn(self, *, came_far: bool) -> None:
        """Whether the operation was written down before the power went."""
        self._longest_s = min(_LONGEST_S, self._longest_s * (_LESS if came_far else _MORE))


def run(*, data: Path, rounds: int, seed: int, say: bool = False) -> Report:
    """Kill a terminal `rounds` times; `data` is a new directory for the demo. Deterministic choices by `seed`."""
    chance = random.Random(seed)  # noqa: S311 - a simulation, repeatable by its seed
    report = Report()
    with running_demo(data) as addresses:
        layout = Layout(data)
        customer = Customer(addresses["workbench"])
        coupons = _coupons(layout.central, rounds)
        seen: tuple[StoredEntry, ...] = ()
        paces = {"spent": Pace(FIRST_REDEEMING_S), "coupon": Pace(FIRST_REGISTERING_S)}
        for number in range(rounds):
            kind = "spent" if chance.random() < 0.5 else "coupon"
            _operation_cut_short(customer, coupons[number] if kind == "coupon" else None, paces[kind].moment_s(chance))
            earlier, seen = seen, _look(layout, seen, report)
            paces[kind].learn(came_far=_promised(seen, kind) > _promised(earlier, kind))
            customer.power(on=True)
            customer.wait_for(*RESTED, timeout_s=PATIENCE_S)
            report.rounds += 1
            if say:
                sys.stderr.write(f"\rround {number + 1} of {rounds}, {len(seen)} entries ")
        seen = _all_arrived(customer, layout, seen, report)
        _check_central(layout, seen, report)
    if say:
        sys.stderr.write("\n")
    return report


def _operation_cut_short(customer: Customer, coupon: bytes | None, after_s: float) -> None:
    """One customer's operation, redeeming where there is no coupon, as far as it comes before the power goes."""
    _see_balance(customer)
    if coupon is None:
        customer.touch(REWARD)
        customer.wait_for("confirming", timeout_s=PATIENCE_S)
    # The power goes while the operation goes on, wherever it is then.
    cut = threading.Timer(after_s, customer.power, kwargs={"on": False})
    cut.start()
    with suppress(urllib.error.HTTPError):
        if coupon is None:
            customer.touch("Yes")
        else:
            customer.hold(coupon)
    cut.join()
    customer.take_card()
    customer.put_away()


def _see_balance(customer: Customer) -> None:
    """Where the central system is too slow to answer, a customer takes the card off and lays it on again."""
    for _attempt in range(_ATTEMPTS):
        customer.lay("vera")
        with suppress(Stuck):
            customer.wait_for("balance", timeout_s=10)
            return
        customer.take_card()
        customer.wait_for(*RESTED, timeout_s=PATIENCE_S)
    raise Stuck(f"the balance did not come {_ATTEMPTS} times")


#: The reward that is redeemed: cheap enough for many rounds. Its button's label begins so.
REWARD = "A free coffee"


def _look(layout: Layout, earlier: tuple[StoredEntry, ...], report: Report) -> tuple[StoredEntry, ...]:
    """The journal of the dead terminal, compared with the last look at it."""
    entries = journal_entries(layout.terminal / "journal.sqlite3")
    report.wrong += nothing_lost.check_kept(earlier, entries)
    report.wrong += chain_unbroken.check(entries, public=load_key(layout.terminal).public)
    return entries


def _all_arrived(
    customer: Customer, layout: Layout, seen: tuple[StoredEntry, ...], report: Report
) -> tuple[StoredEntry, ...]:
    """Wait until the central system has all entries, and cut the power: the journal as it stays then."""

    def arrived() -> str:
        with suppress(sqlite3.DatabaseError):  # copied while it was written: the next copy may be whole
            here = len(journal_entries(layout.terminal / "journal.sqlite3"))
            return "all" if here == _arrived(layout) else ""
        return ""

    for _attempt in range(_ATTEMPTS):
        customer.wait_until(arrived, "all entries to arrive", timeout_s=PATIENCE_S)
        customer.power(on=False)
        seen = _look(layout, seen, report)
        if len(seen) == _arrived(layout):
            break
        # It had written another one in that moment.
        customer.power(on=True)
        customer.wait_for(*RESTED, timeout_s=PATIENCE_S)
    return seen


def _arrived(layout: Layout) -> int:
    with copied(layout.central / "central.sqlite3") as central:
        return int(central.execute("SELECT count(*) FROM fleet_journalentry").fetchone()[0])


def _check_central(layout: Layout, entries: tuple[StoredEntry, ...], report: Report) -> None:
    with copied(layout.central / "central.sqlite3") as central:
        report.wrong += nothing_lost.check_arrived(entries, central, terminal=TERMINAL)
        report.wrong += posted_once.check(entries, central, terminal=TERMINAL)
        report.wrong += posted_once.check_coupons(central)
        report.wrong += books_balance.check(central)
    report.entries = len(entries)
    report.redeemed = _promised(entries, "spent")
    report.registered = _promised(entries, "coupon")


def _promised(entries: tuple[StoredEntry, ...], wanted: str) -> int:
    """How many operations of a kind are written down."""
    return sum(count for (kind, _, _), count in posted_once.promised(entries).items() if kind == wanted)


def _coupons(central: Path, count: int) -> list[bytes]:
    """New coupons of the demo's bakery, as pictures."""
    command = [sys.executable, "-m", "backend_bridge", "issue-coupons", "--data", str(central)]
    command += ["--pool", "bread-points", "--points", "300", "--count", str(count), "--batch", "crash run"]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)  # noqa: S603 - our own program
    return [_picture(text) for text in done.stdout.split("\n") if text]


def _picture(text: str) -> bytes:
    out = io.BytesIO()
    segno.make_qr(text, error="m").save(out, kind="png", scale=8)
    return out.getvalue()
