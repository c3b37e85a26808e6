"""The rounds of a crash run: an operation begins, the power goes at a random moment, all is checked.

The whole demo runs, as anybody starts it. In each round a customer redeems a reward or registers a
coupon; at a moment drawn from the seed the terminal's process gets SIGKILL. Its journal is looked at
while it is dead, and again when everything has arrived at the central system.
"""

from __future__ import annotations

import io
import random
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
from hw_sim.client.customer import Customer
from hw_sim.client.running_demo import running_demo
from hw_sim.demo.layout import Layout
from hw_sim.demo.setting_up import TERMINAL

#: The longest that an operation goes on before the power goes: a little longer than it takes.
LONGEST_REDEEMING_S = 0.12
LONGEST_REGISTERING_S = 0.35
RESTED = ("idle", "offline")


@dataclass
class Report:
    """What a run did, and what it found wrong."""

    rounds: int = 0
    redeemed: int = 0
    registered: int = 0
    entries: int = 0
    wrong: list[str] = field(default_factory=list)


def run(*, data: Path, rounds: int, seed: int, say: bool = False) -> Report:
    """Kill a terminal `rounds` times; `data` is a new directory for the demo. Deterministic choices by `seed`."""
    chance = random.Random(seed)  # noqa: S311 - a simulation, repeatable by its seed
    report = Report()
    with running_demo(data) as addresses:
        layout = Layout(data)
        customer = Customer(addresses["workbench"])
        coupons = _coupons(layout.central, rounds)
        seen: tuple[StoredEntry, ...] = ()
        for number in range(rounds):
            _operation_cut_short(customer, coupons[number], chance)
            seen = _look(layout, seen, report)
            customer.power(on=True)
            customer.wait_for(*RESTED, timeout_s=30)
            report.rounds += 1
            if say:
                sys.stderr.write(f"\rround {number + 1} of {rounds}, {len(seen)} entries ")
        _wait_until_all_arrived(customer, layout)
        customer.power(on=False)
        seen = _look(layout, seen, report)
        _check_central(layout, seen, report)
    if say:
        sys.stderr.write("\n")
    return report


def _operation_cut_short(customer: Customer, coupon: bytes, chance: random.Random) -> None:
    """One customer's operation, as far as it comes before the power goes."""
    redeems = chance.random() < 0.5
    after_s = chance.uniform(0.0, LONGEST_REDEEMING_S if redeems else LONGEST_REGISTERING_S)
    customer.lay("vera")
    customer.wait_for("balance", timeout_s=10)
    if redeems:
        customer.touch(REWARD)
        customer.wait_for("confirming", timeout_s=5)
    # The power goes while the operation goes on, wherever it is then.
    cut = threading.Timer(after_s, customer.power, kwargs={"on": False})
    cut.start()
    with suppress(urllib.error.HTTPError):
        if redeems:
            customer.touch("Yes")
        else:
            customer.hold(coupon)
    cut.join()
    customer.take_card()
    customer.put_away()


#: The reward that is redeemed: cheap enough for many rounds. Its button's label begins so.
REWARD = "A free coffee"


def _look(layout: Layout, earlier: tuple[StoredEntry, ...], report: Report) -> tuple[StoredEntry, ...]:
    """The journal of the dead terminal, compared with the last look at it."""
    entries = journal_entries(layout.terminal / "journal.sqlite3")
    report.wrong += nothing_lost.check_kept(earlier, entries)
    report.wrong += chain_unbroken.check(entries, public=load_key(layout.terminal).public)
    return entries


def _wait_until_all_arrived(customer: Customer, layout: Layout) -> None:
    """Until the central system has as many entries as the terminal, and the number no longer grows."""

    def arrived() -> str:
        here = len(journal_entries(layout.terminal / "journal.sqlite3"))
        with copied(layout.central / "central.sqlite3") as central:
            there = central.execute("SELECT count(*) FROM fleet_journalentry").fetchone()[0]
        return "all" if here == there else ""

    customer.wait_until(arrived, "all entries to arrive", timeout_s=30)


def _check_central(layout: Layout, entries: tuple[StoredEntry, ...], report: Report) -> None:
    with copied(layout.central / "central.sqlite3") as central:
        report.wrong += nothing_lost.check_arrived(entries, central, terminal=TERMINAL)
        report.wrong += posted_once.check(entries, central, terminal=TERMINAL)
        report.wrong += posted_once.check_coupons(central)
        report.wrong += books_balance.check(central)
    promises = posted_once.promised(entries)
    report.entries = len(entries)
    report.redeemed = sum(count for (kind, _, _), count in promises.items() if kind == "spent")
    report.registered = sum(count for (kind, _, _), count in promises.items() if kind == "coupon")


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
