"""The commands `servers` and `chaos` of `python -m hw_sim`."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from hw_sim.chaos.books import Books

if TYPE_CHECKING:
    from hw_sim.chaos.report import Report

DATABASES = ("sqlite", "postgresql")


def add_servers_arguments(parser: argparse.ArgumentParser) -> None:
    """What `servers` takes."""
    parser.add_argument("--rounds", type=int, default=50, help="how many kills of each of both")
    _add_common(parser)


def add_chaos_arguments(parser: argparse.ArgumentParser) -> None:
    """What `chaos` takes."""
    parser.add_argument("--minutes", type=float, default=30.0, help="how long things go wrong")
    _add_common(parser)


def run_servers(arguments: argparse.Namespace) -> int:
    """Kill central system and broker under load, and check what is left; 1 where something is wrong."""
    _without_banner()
    from hw_sim.chaos.killings import run

    report = _run_in_place(
        arguments.database,
        lambda data, books: run(data=data, rounds=arguments.rounds, seed=arguments.seed, say=True, books=books),
    )
    kills = report.faults
    sys.stdout.write(
        f"{arguments.database}, seed {arguments.seed}: the central system was killed {kills['central']} times, the"
        f" broker {kills['broker']} times; {report.entries} journal entries, {report.redemptions} redemptions"
        f" and {report.registrations} registrations were shown; {len(report.wrong)} things are wrong\n"
    )
    return 1 if report.wrong else 0


def run_chaos(arguments: argparse.Namespace) -> int:
    """Let everything go wrong for a while, and check what is left; 1 where something is wrong."""
    _without_banner()
    from hw_sim.chaos.storm import run

    report = _run_in_place(
        arguments.database,
        lambda data, books: run(data=data, seconds=60 * arguments.minutes, seed=arguments.seed, say=True, books=books),
    )
    for what, times in [*sorted(report.faults.items()), *sorted(report.refusals.items())]:
        sys.stdout.write(f"{times:6} times: {what}\n")
    sys.stdout.write(
        f"{arguments.database}, seed {arguments.seed}: {sum(report.faults.values())} faults in {report.seconds:.0f} s;"
        f" {report.entries} journal entries, {report.redemptions} redemptions and {report.registrations} registrations"
        f" were shown, of {report.tried} that were tried; {len(report.wrong)} things are wrong\n"
    )
    return 1 if report.wrong else 0


def _add_common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seed", type=int, default=1, help="decides what is done and what goes wrong")
    parser.add_argument("--database", choices=DATABASES, default="sqlite", help="where the central system's books are")


def _without_banner() -> None:
    """Stdout is for the report alone; pygame would greet there when it is imported."""
    os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")


def _run_in_place(database: str, run: Callable[[Path, Books], Report]) -> Report:
    """Run in a new directory, which stays where something was wrong: its journals and logs are to be looked at."""
    directory = Path(tempfile.mkdtemp(prefix="tapbon-chaos-"))
    data = directory / "demo"
    if database == "sqlite":
        report = run(data, Books(data))
    else:
        from hw_sim.chaos.postgres_books import postgres_books

        with postgres_books() as books:
            report = run(data, books)
    for line in report.wrong:
        sys.stdout.write(f"WRONG: {line}\n")
    if report.wrong:
        sys.stdout.write(f"what is left of it is in {data}\n")
    else:
        shutil.rmtree(directory, ignore_errors=True)
    return report
