"""`python -m hw_sim mutants`: every mutation against the simulated fleet, and a table of what caught it."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import msgspec

from hw_sim.mutants.mutation import Mutation
from hw_sim.mutants.one import Caught
from hw_sim.mutants.table import MUTATIONS

OPERATIONS = 300


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("--seeds", type=int, default=1000, help="how many seeds a mutant may survive")
    parser.add_argument("--first-seed", type=int, default=1, help="the first of them")
    parser.add_argument("--only", help="this mutation only")


def run(arguments: argparse.Namespace) -> int:
    """Run it; 1 where a mutant was not caught."""
    chosen = [one for name, one in MUTATIONS.items() if arguments.only in (None, name)]
    if not chosen:
        sys.stderr.write(f"there is no mutation {arguments.only!r}: {', '.join(MUTATIONS)}\n")
        return 2
    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        found = list(pool.map(lambda one: _told(one, arguments), chosen))
    survived = [one.name for one, caught in zip(chosen, found, strict=True) if caught.seed is None]
    sys.stdout.write(f"{len(chosen) - len(survived)} of {len(chosen)} mutants were caught\n")
    return 1 if survived else 0


def _told(mutation: Mutation, arguments: argparse.Namespace) -> Caught:
    caught = _play(mutation, seeds=arguments.seeds, first_seed=arguments.first_seed)
    by = "NOT CAUGHT" if caught.seed is None else f"seed {caught.seed}: {caught.checker}: {caught.told[:80]}"
    sys.stdout.write(f"{mutation.name:34} {mutation.bug}\n{'':34} {by}\n")
    sys.stdout.flush()
    return caught


def _play(mutation: Mutation, *, seeds: int, first_seed: int) -> Caught:
    command = [sys.executable, "-m", "hw_sim.mutants.one", mutation.name, str(seeds), str(first_seed), str(OPERATIONS)]
    done = subprocess.run(command, capture_output=True, check=False)  # noqa: S603 - our own program
    if done.returncode:
        last = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
        return Caught(0, "it does not even start", " ".join(last))
    return msgspec.json.decode(done.stdout.splitlines()[-1], type=Caught)
