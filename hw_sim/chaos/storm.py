"""Everything goes wrong at once, for a while: three who break things, each at their own pace, all drawn from one seed.

One kills servers, one stands at the demo's terminal (power, network cable, full disk), one pulls the kiosks' cables.
People go on all the time. Then everything is mended, and all has to come to rest.
"""

from __future__ import annotations

import random
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from hw_sim.chaos.books import Books
from hw_sim.chaos.full_disk import check_full_disk
from hw_sim.chaos.hall import Hall, NotInTime, open_hall
from hw_sim.chaos.killings import kill
from hw_sim.chaos.report import Report
from hw_sim.client.customer import words_of

#: Between two faults of the same kind of breaker, and how long one lasts.
PAUSE_S, LASTS_S = (0.5, 6.0), (0.2, 5.0)
_TOLD_EVERY_S = 5.0


def run(*, data: Path, seconds: float, seed: int, say: bool = False, books: Books | None = None) -> Report:
    """Let things go wrong for so long; `data` is a new directory."""
    report = Report(seconds=seconds)
    with open_hall(data, seed=seed, coupons=100 + int(seconds), books=books or Books(data)) as hall:
        report.wrong += check_full_disk(hall)
        hall.start()
        breakers = [
            Breaker(name, faults, chance=random.Random(f"{seed}/{name}"), report=report)  # noqa: S311 - a simulation
            for name, faults in _faults(hall).items()
        ]
        try:
            hall.wait_for_work(1)
            _suffer(hall, breakers, seconds=seconds, say=say)
            hall.settle()
        except NotInTime as error:
            report.wrong.append(str(error))
            return report
        finally:
            for breaker in breakers:
                breaker.stop()
        report.wrong += [one.failure for one in breakers if one.failure]
        report.conclude(hall.evidence)
    return report


#: Something goes wrong, and is mended again before it returns.
Fault = Callable[[random.Random], None]


class Breaker:
    """Somebody who breaks one thing after the other, and mends each before the next."""

    def __init__(self, name: str, faults: dict[str, Fault], *, chance: random.Random, report: Report) -> None:
        self.failure = ""
        self._name = name
        self._faults = faults
        self._chance = chance
        self._report = report
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """What is broken is mended; nothing breaks any more. May be called twice."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        try:
            while not self._stop.wait(self._chance.uniform(*PAUSE_S)):
                what = self._chance.choice(sorted(self._faults))
                self._faults[what](self._chance)
                self._report.faults[what] += 1
        except Exception as error:  # noqa: BLE001 - whatever it was, whoever judges the run is to see it
            self.failure = f"{self._name} ended: {words_of(error)}"


def _suffer(hall: Hall, breakers: list[Breaker], *, seconds: float, say: bool) -> None:
    end_s = time.monotonic() + seconds
    for breaker in breakers:
        breaker.start()
    while (left_s := end_s - time.monotonic()) > 0:
        time.sleep(min(left_s, _TOLD_EVERY_S))
        if failures := [*hall.failures, *(one.failure for one in breakers if one.failure)]:
            raise NotInTime("; ".join(failures))
        if say:
            sys.stderr.write(f"\r{max(left_s, 0):5.0f} s left, {len(hall.witness.codes)} redemptions were shown ")
    for breaker in breakers:
        breaker.stop()
    if say:
        sys.stderr.write("\n")


def _faults(hall: Hall) -> dict[str, dict[str, Fault]]:
    """By who breaks it, and what: one hand does one thing after the other, the three do not wait for each other."""
    hands = hall.hands

    def lasts(chance: random.Random) -> None:
        time.sleep(chance.uniform(*LASTS_S))

    def power_cut(chance: random.Random) -> None:
        hands.power(on=False)
        lasts(chance)
        hands.power(on=True)

    def cable(chance: random.Random) -> None:
        hands.network(up=False, silently=chance.random() < 0.3)
        lasts(chance)
        hands.network(up=True)

    def full_disk(chance: random.Random) -> None:
        hands.disk(full=True)
        lasts(chance)
        hands.disk(full=False)

    def full_disk_and_power_cut(chance: random.Random) -> None:
        hands.disk(full=True)
        lasts(chance)
        hands.power(on=False)
        hands.disk(full=False)
        hands.power(on=True)

    def kiosk_cable(chance: random.Random) -> None:
        kiosk = chance.choice(hall.kiosks)
        kiosk.cable.pull(silently=chance.random() < 0.3)
        lasts(chance)
        kiosk.cable.plug()

    def both_servers(chance: random.Random) -> None:
        hands.central(running=False)
        hands.broker(running=False)
        lasts(chance)
        hands.broker(running=True)
        hands.central(running=True)

    return {
        "servers": {
            "central system killed": lambda chance: kill(hands, "central", chance),
            "broker killed": lambda chance: kill(hands, "broker", chance),
            "central system and broker killed": both_servers,
        },
        "terminal": {
            "terminal's power cut": power_cut,
            "terminal's cable pulled": cable,
            "terminal's disk full": full_disk,
            "terminal's disk full, then its power cut": full_disk_and_power_cut,
        },
        "cables": {"a kiosk's cable pulled": kiosk_cable},
    }
