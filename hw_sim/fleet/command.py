"""`python -m hw_sim fleet`: many seeds over several processes, or one seed with its trace."""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from hw_sim.fleet import ready
from hw_sim.fleet.running import Played, play, shortest

OPERATIONS = 300
#: How many failures are told before the run ends early.
_MOST_FAILURES = 5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("--seeds", type=int, default=100, help="how many seeds")
    parser.add_argument("--first-seed", type=int, default=1, help="the first of them")
    parser.add_argument("--seed", type=int, help="this one only")
    parser.add_argument("--steps", type=int, default=OPERATIONS, help="operations of each seed, at least")
    parser.add_argument("--terminals", type=int, help="how many terminals (4 to 16, drawn by default)")
    parser.add_argument("--processes", type=int, default=0, help="how many processes (0: one for each core)")
    parser.add_argument("--restores", action="store_true", help="the central system is restored from backups, too")
    parser.add_argument("--trace", action="store_true", help="print every step of a single seed")


def run(arguments: argparse.Namespace) -> int:
    """Run it; 1 where something is wrong."""
    with _prepared() as directory:
        if arguments.seed is not None:
            return _one(arguments, directory)
        return _many(arguments, directory)


def _one(arguments: argparse.Namespace, directory: Path) -> int:
    played = play(
        arguments.seed,
        operations=arguments.steps,
        terminals=arguments.terminals,
        directory=directory,
        keep_trace=arguments.trace,
        restores=arguments.restores,
    )
    if arguments.trace:
        sys.stdout.writelines(f"{step}\n" for step in played.steps)
    for checker, told in played.wrong:
        sys.stdout.write(f"WRONG ({checker}): {told}\n")
    sys.stdout.write(
        f"seed {played.seed}: trace {played.trace}, {played.operations} operations on {played.terminals} terminals,"
        f" {len(played.wrong)} things are wrong\n"
    )
    return 1 if played.wrong else 0


def _many(arguments: argparse.Namespace, directory: Path) -> int:
    seeds = range(arguments.first_seed, arguments.first_seed + arguments.seeds)
    work = partial(
        _played,
        operations=arguments.steps,
        terminals=arguments.terminals,
        directory=directory,
        restores=arguments.restores,
    )
    began, total, failed = time.monotonic(), Total(), 0
    context = multiprocessing.get_context("spawn")
    with context.Pool(arguments.processes or len(os.sched_getaffinity(0))) as pool:
        for played in pool.imap_unordered(work, seeds, chunksize=4):
            total.add(played)
            sys.stderr.write(f"\r{total.line(time.monotonic() - began)} ")
            if played.wrong:
                failed += 1
                _tell_failure(played, arguments, directory)
            if failed >= _MOST_FAILURES:
                pool.terminate()
                break
    sys.stderr.write("\n")
    sys.stdout.write(total.summary(time.monotonic() - began) + "\n")
    return 1 if failed else 0


def _played(seed: int, *, operations: int, terminals: int | None, directory: Path, restores: bool) -> Played:
    return play(seed, operations=operations, terminals=terminals, directory=directory, restores=restores)


def _tell_failure(played: Played, arguments: argparse.Namespace, directory: Path) -> None:
    """Seed, checker, the shortest prefix that fails with its last steps, and how to see it again."""
    small = shortest(played, directory=directory, terminals=arguments.terminals, restores=arguments.restores)
    sys.stdout.write(f"\nFAILED: seed {played.seed}, with {small.operations} operations\n")
    for checker, told in small.wrong[:8]:
        sys.stdout.write(f"  {checker}: {told}\n")
    sys.stdout.write("  the last steps:\n")
    sys.stdout.writelines(f"    {step}\n" for step in small.steps)
    terminals = f" --terminals {arguments.terminals}" if arguments.terminals else ""
    terminals += " --restores" if arguments.restores else ""
    sys.stdout.write(
        f"  again: python -m hw_sim fleet --seed {played.seed} --steps {small.operations}{terminals} --trace\n"
    )
    sys.stdout.flush()


class Total:
    """What many seeds came to."""

    def __init__(self) -> None:
        self.seeds = self.operations = self.redeemed = self.registered = 0
        self.granted = self.tried = 0
        self.seconds = 0.0
        self.kinds: Counter[str] = Counter()

    def add(self, played: Played) -> None:
        """One more."""
        self.seeds += 1
        self.operations += played.operations
        self.redeemed += played.redeemed
        self.registered += played.registered
        self.granted += played.offline[0]
        self.tried += played.offline[1]
        self.seconds += played.seconds
        self.kinds.update(played.kinds)

    def line(self, seconds: float) -> str:
        """How far it is."""
        per_core = self.operations / self.seconds if self.seconds else 0
        return f"{self.seeds} seeds, {self.operations} operations in {seconds:.0f} s, {per_core:.0f}/s per core"

    def summary(self, seconds: float) -> str:
        """What it came to."""
        kinds = ", ".join(f"{count} x {kind}" for kind, count in sorted(self.kinds.items()))
        rate = f"{100 * self.granted / self.tried:.1f} %" if self.tried else "none were tried"
        return (
            f"{self.line(seconds)}\n{kinds}\n"
            f"{self.redeemed} redemptions and {self.registered} registrations were shown\n"
            f"offline redemptions that could be afforded: {self.granted} of {self.tried} granted ({rate})"
        )


@contextmanager
def _prepared() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="tapbon-fleet-") as directory:
        ready.make_template(Path(directory))
        yield Path(directory)
