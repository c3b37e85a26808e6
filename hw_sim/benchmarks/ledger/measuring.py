"""The books on SQLite and on PostgreSQL, small and large: the lines of the report.

Each database is made on the disk below the given directory, filled, measured by a process of its own, and
removed. PostgreSQL is a server of its own with `fsync` on. The two are never there at the same time.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import msgspec
import psycopg

from hw_sim.benchmarks.figures import Figure, ratio
from hw_sim.benchmarks.ledger.process import CAUSES, TURN, Filled, Measured
from hw_sim.postgres import PostgresMissing, running_postgres

SIZES = (10_000, 1_000_000)
LARGEST = 10_000_000
#: Entries in one message of a terminal.
_IN_MESSAGE = 64
#: An entry takes some 0.6 kB on SQLite and 1 kB on PostgreSQL; logs and a margin come on top.
_BYTES_PER_ENTRY, _MARGIN_BYTES = 1_100, 8 * 10**9
_SERVER = {"shared_buffers": "1GB", "max_wal_size": "4GB"}
_DATABASE = "bench"
_WHAT = {"awards": CAUSES, "spends": CAUSES, "ingest": TURN * _IN_MESSAGE, "message": _IN_MESSAGE}
Answer = TypeVar("Answer", Filled, Measured)


def measure(directory: Path, *, full: bool) -> Iterator[str]:
    """The lines of the report on the books; with `full` at 10 million entries too, which takes long."""
    sizes = [*SIZES, LARGEST] if full else SIZES
    for name in ("SQLite", "PostgreSQL"):
        rates: dict[int, dict[str, float]] = {}
        for entries in sizes:
            if shutil.disk_usage(directory).free < entries * _BYTES_PER_ENTRY + _MARGIN_BYTES:
                yield f"ledger, {name}: no room on this disk for {entries:,} entries; not measured"
                continue
            try:
                with _database(name, directory / "ledger") as (data, conninfo):
                    filled = _run("fill", Filled, data, entries, conninfo)
                    measured = _run("measure", Measured, data, entries, conninfo)
            except PostgresMissing as missing:
                yield f"ledger, {name}: not measured: {missing}"
                break
            yield from _lines(f"{name}, {entries:,} entries", filled, measured)
            rates[entries] = {what: _rate(measured, what) for what in _WHAT}
        yield from _compared(name, rates)


@contextmanager
def _database(name: str, directory: Path) -> Iterator[tuple[Path, str | None]]:
    """A data directory and, on PostgreSQL, an empty database of a new server; both are removed afterwards."""
    directory.mkdir(mode=0o711)
    try:
        if name == "SQLite":
            yield directory / "data", None
            return
        with running_postgres(directory / "server", _SERVER) as conninfo:
            with psycopg.connect(f"{conninfo} dbname=postgres", autocommit=True) as server:
                server.execute(f"CREATE DATABASE {_DATABASE}")
            yield directory / "data", f"{conninfo} dbname={_DATABASE}"
    finally:
        shutil.rmtree(directory)


def _run(command: str, answer: type[Answer], data: Path, entries: int, conninfo: str | None) -> Answer:
    arguments: list[str] = [command, str(data), str(entries), *([conninfo] if conninfo else [])]
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "hw_sim.benchmarks.ledger.process", *arguments], stdout=subprocess.PIPE, check=True
    )
    return msgspec.json.decode(done.stdout, type=answer)


def _lines(where: str, filled: Filled, measured: Measured) -> Iterator[str]:
    yield f"ledger, {where}: filled in {filled.seconds:.0f} s, {filled.size_bytes / 1e6:.0f} MB"
    for what, count in _WHAT.items():
        for name in (what, f"bare {what}"):
            times = tuple(measured.times_ms[name])
            note = f"{count * len(times) * 1000 / sum(times):7.0f}/s"
            yield Figure(name=f"{where}: {count} {name}", times_ms=times, note=note).line()
        budget = ">= 3000" if what != "spends" else "none"
        yield ratio(f"{where}: {what} per second", value=_rate(measured, what), budget=budget)
        share = sum(measured.times_ms[f"bare {what}"]) / sum(measured.times_ms[what])
        yield ratio(f"{where}: {what} against bare inserts", value=share, budget=">= 0.4")


def _rate(measured: Measured, what: str) -> float:
    times = measured.times_ms[what]
    return _WHAT[what] * len(times) * 1000 / sum(times)


def _compared(name: str, rates: dict[int, dict[str, float]]) -> Iterator[str]:
    if not rates:
        return
    least = min(rates)
    for entries in sorted(rates.keys() - {least}):
        for what, rate in rates[entries].items():
            title = f"{name}: {what} at {entries:,} against {least:,} entries"
            yield ratio(title, value=rate / rates[least][what], budget=">= 0.9")
