"""All measurements, one after the other, on a demo of its own."""

from __future__ import annotations

import os
import platform
import tempfile
from collections.abc import Iterator
from pathlib import Path

from hw_sim.benchmarks import card, coupon, evaluation, idle, journal
from hw_sim.benchmarks.ledger import measuring as ledger
from hw_sim.client.running_demo import running_demo


def report(*, full: bool = False) -> Iterator[str]:
    """The report's lines, as they are measured; with `full` the books at 10 million entries too."""
    load = os.getloadavg()[0]
    yield f"{platform.machine()}, {os.cpu_count()} cores, load {load:.1f}, Python {platform.python_version()}"
    with tempfile.TemporaryDirectory(prefix="tapbon-bench-", dir=_disk()) as place:
        directory = Path(place)
        # Where this is root's, the database server is another user.
        directory.chmod(0o711)
        for name in ("journal", "card"):
            (directory / name).mkdir()
        yield from journal.measure(directory / "journal")
        yield from ledger.measure(directory, full=full)
        yield from evaluation.measure()
        yield from coupon.measure()
        with running_demo(directory / "demo") as addresses:
            yield from idle.measure(addresses=addresses, data=directory / "demo")
            yield from card.measure(addresses=addresses, data=directory / "demo", directory=directory / "card")


def _disk() -> str:
    """Where files are on a real disk: a temporary directory in memory would flatter the journal."""
    return str(Path.cwd())
