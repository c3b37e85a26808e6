"""What the terminal costs when nobody is there, and how long it takes to be ready."""

from __future__ import annotations

import time
from pathlib import Path

import psutil

from hw_sim.benchmarks.figures import Figure
from hw_sim.client.customer import Customer

SECONDS = 10.0
STARTS = 5


def measure(*, addresses: dict[str, str], data: Path) -> list[str]:
    """The lines of the report; the terminal of the demo in `data` is idle, and is then given power a few times."""
    customer = Customer(addresses["workbench"])
    customer.wait_for("idle")
    terminal = _terminal(data)
    share, memory = _idle(terminal)
    starts = tuple(_start(customer) for _ in range(STARTS))
    figure = Figure(name="terminal: power -> ready screen", times_ms=starts, note="budget 2000 ms")
    return [
        f"{'terminal idle, camera asleep: share of one core':<58} {share:7.2f} %   budget 5 %",
        f"{'terminal idle: memory':<58} {memory:7.0f} MB  budget 150 MB",
        figure.line(),
    ]


def _idle(terminal: psutil.Process) -> tuple[float, float]:
    terminal.cpu_percent()
    time.sleep(SECONDS)
    return terminal.cpu_percent(), terminal.memory_info().rss / 1e6


def _start(customer: Customer) -> float:
    customer.power(on=False)
    begun = time.perf_counter()
    customer.power(on=True)
    customer.wait_for("idle", "offline")
    return (time.perf_counter() - begun) * 1000


def _terminal(data: Path) -> psutil.Process:
    """The process of this demo's terminal, known by its configuration file."""
    file = str(data / "terminal.json")
    return next(process for process in psutil.process_iter(["cmdline"]) if file in (process.info["cmdline"] or []))
