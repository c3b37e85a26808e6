"""Runs seeds against one mutant, in a process of its own, until one of them catches it.

python -m hw_sim.mutants.one NAME SEEDS FIRST_SEED OPERATIONS    prints {"seed": …, "checker": …, "told": …}

Nothing of the production code is imported before the mutation is in place.
"""

from __future__ import annotations

import logging
import sys
import tempfile
from pathlib import Path

import msgspec

from hw_sim.mutants.loading import install
from hw_sim.mutants.table import MUTATIONS


class Caught(msgspec.Struct, frozen=True):
    """By which seed and checker; no seed where all went by unnoticed, which took `seeds` of them."""

    seed: int | None
    checker: str = ""
    told: str = ""


def run(name: str, *, seeds: int, first_seed: int, operations: int) -> Caught:
    """Play seeds with the bug until a checker finds something."""
    install(MUTATIONS[name])
    from hw_sim.fleet import ready
    from hw_sim.fleet.running import play

    logging.disable(logging.WARNING)
    with tempfile.TemporaryDirectory(prefix="tapbon-mutant-") as scratch:
        directory = Path(scratch)
        ready.make_template(directory)
        for seed in range(first_seed, first_seed + seeds):
            try:
                played = play(seed, operations=operations, terminals=None, directory=directory)
            except Exception as error:  # noqa: BLE001 - a bug may show in any way
                return Caught(seed, "the run itself", f"{type(error).__name__}: {error}"[:200])
            if played.wrong:
                return Caught(seed, *played.wrong[0])
    return Caught(None)


def main() -> int:
    """The command line."""
    name, seeds, first_seed, operations = sys.argv[1:]
    caught = run(name, seeds=int(seeds), first_seed=int(first_seed), operations=int(operations))
    sys.stdout.buffer.write(msgspec.json.encode(caught) + b"\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
