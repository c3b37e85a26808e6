"""The central system and the broker, killed with SIGKILL again and again while several terminals serve customers.

Each kill waits until what was done after the one before has come through, so that it hits a system at work. Which
one dies when is drawn from a seed; what it was doing just then is the operating system's doing.
"""

from __future__ import annotations

import random
import sys
import threading
import time
import urllib.error
from contextlib import suppress
from pathlib import Path

from hw_sim.chaos.books import Books
from hw_sim.chaos.hall import NotInTime, open_hall
from hw_sim.chaos.report import Report
from hw_sim.client.customer import Customer, words_of

#: New entries that the central system must have acknowledged before it, or the broker, is killed again.
UNDER_LOAD = 4
#: After that, and before it is started again.
LONGEST_RUN_S, LONGEST_DARK_S = 0.6, 1.0
#: Of the central system's starts: cut short by another kill, which is not counted.
KILLED_IN_START = 0.15
_LONGEST_START_S = 4.0


def run(*, data: Path, rounds: int, seed: int, say: bool = False, books: Books | None = None) -> Report:
    """Kill each of both `rounds` times; `data` is a new directory."""
    chance = random.Random(seed)  # noqa: S311 - a simulation
    report = Report()
    order = ["central", "broker"] * rounds
    chance.shuffle(order)
    with open_hall(data, seed=seed, coupons=40 + 8 * rounds, books=books or Books(data)) as hall:
        hall.start()
        try:
            for number, server in enumerate(order, start=1):
                hall.wait_for_work(UNDER_LOAD)
                time.sleep(chance.uniform(0.0, LONGEST_RUN_S))
                kill(hall.hands, server, chance)
                report.faults[server] += 1
                if say:
                    sys.stderr.write(f"\r{number} of {len(order)} kills, {hall.applied()} entries ")
            hall.settle()
        except NotInTime as error:
            report.wrong.append(str(error))
            return report
        except urllib.error.HTTPError as error:
            report.wrong.append(f"a server did not start: {words_of(error)}")
            return report
        report.conclude(hall.evidence)
    if say:
        sys.stderr.write("\n")
    return report


def kill(hands: Customer, server: str, chance: random.Random) -> None:
    """Kill `server` and start it again after a while."""
    switch = {"central": hands.central, "broker": hands.broker}[server]
    switch(running=False)
    time.sleep(chance.uniform(0.0, LONGEST_DARK_S))
    if server == "central" and chance.random() < KILLED_IN_START:
        again = threading.Timer(chance.uniform(0.0, _LONGEST_START_S), switch, kwargs={"running": False})
        again.start()
        with suppress(urllib.error.HTTPError):
            switch(running=True)
        again.join()
    switch(running=True)
