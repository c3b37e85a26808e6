"""The commands `servers` and `chaos` of `python -m hw_sim`."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hw_sim.chaos.books import Books

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

    with _place(arguments.database) as (data, books):
        report = run(data=data, rounds=arguments.rounds, seed=arguments.seed, say=True, books=books)
    _tell_wrong(report.wrong)
    sys.stdout.write(
        f"{books.name}, seed {arguments.seed}: the central system was killed {report.kills['central']} times, the"
        f" broker {report.kills['broker']} times; {report.entries} journal entries, {report.redemptions} redemptions"
        f" and {report.registrations} registrations were shown; {len(report.wrong)} things are wrong\n"
    )
    return 1 if report.wrong else 0


def run_chaos(arguments: argparse.Namespace) -> int:
    """Let everything go wrong for a while, and check what is left; 1 where something is wrong."""
    _without_banner()
    from hw_sim.chaos.storm import run

    with _place(arguments.database) as (data, books):
        report = run(data=data, seconds=60 * arguments.minutes, seed=arguments.seed, say=True, books=books)
    _tell_wrong(report.wrong)
    for fault, times in sorted(report.faults.items()):
        sys.stdout.write(f"{times:6} times: {fault}\n")
    sys.stdout.write(
        f"{books.name}, seed {arguments.seed}: {sum(report.faults.values())} faults in {report.seconds:.0f} s;"
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


def _tell_wrong(wrong: list[str]) -> None:
    for line in wrong:
        sys.stdout.write(f"WRONG: {line}\n")


@contextmanager
def _place(database: str) -> Iterator[tuple[Path, Books]]:
    """A new directory for a demo, and the books of that."""
    with tempfile.TemporaryDirectory(prefix="tapbon-chaos-") as directory:
        data = Path(directory) / "demo"
        if database == "sqlite":
            yield data, Books(data)
            return
        from hw_sim.chaos.postgres_books import postgres_books

        with postgres_books() as books:
            yield data, books
