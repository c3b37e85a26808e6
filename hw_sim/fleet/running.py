"""Plays one seed and judges it; makes a failure small. Needs `ready.template`."""

from __future__ import annotations

import logging
import time
import traceback
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from hw_sim.fleet import ready

if TYPE_CHECKING:
    from hw_sim.fleet.world import World


class Played(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one seed. `seconds` are those of the processor; `offline` is granted and affordable."""

    seed: int
    operations: int
    terminals: int
    seconds: float
    trace: str
    kinds: dict[str, int]
    offline: tuple[int, int]
    redeemed: int
    registered: int
    wrong: list[tuple[str, str]]
    steps: list[str]


def play(
    seed: int,
    *,
    operations: int,
    terminals: int | None,
    directory: Path,
    keep_trace: bool = False,
    restores: bool = False,
) -> Played:
    """Play and judge one seed; `directory` has the template."""
    template = ready.template(directory)
    from hw_sim.fleet.world import Size, World

    began = time.process_time()
    with _Listener() as listener:
        size = Size(operations=operations, terminals=terminals, restores=restores)
        world = World(seed, size, template=template, keep_trace=keep_trace)
        try:
            try:
                world.play()
            except Exception as error:  # noqa: BLE001 - whatever the code under test raises is a finding
                listener.heard.append(f"{type(error).__name__}: {error} {traceback.format_tb(error.__traceback__)[-1]}")
            return _judged(world, seed, listener, began=began)
        finally:
            world.close()


def _judged(world: World, seed: int, listener: _Listener, *, began: float) -> Played:
    from hw_sim.checkers.refusals import offline_rate
    from hw_sim.fleet.verdict import judge

    wrong = [(finding.checker, finding.told) for finding in judge(world)]
    wrong += [("nothing unexpected", told) for told in listener.heard]
    return Played(
        seed=seed,
        operations=world.ground.count,
        terminals=len(world.boxes),
        seconds=time.process_time() - began,
        trace=world.ground.trace.digest,
        kinds=dict(Counter(world.ground.operations)),
        offline=offline_rate(world.oracle.attempts),
        redeemed=len(world.oracle.codes),
        registered=len(world.oracle.registrations),
        wrong=wrong,
        steps=list(world.ground.trace.lines),
    )


def shortest(failed: Played, *, directory: Path, terminals: int | None, restores: bool = False) -> Played:
    """The shortest prefix of `failed` that still fails, found by halving the number of operations."""
    good, bad, found = 0, failed.operations, failed
    while bad - good > 1:
        middle = (good + bad) // 2
        tried = play(failed.seed, operations=middle, terminals=terminals, directory=directory, restores=restores)
        if tried.wrong:
            bad, found = middle, msgspec.structs.replace(tried, operations=middle)
        else:
            good = middle
    return found


class _Listener(logging.Handler):
    """Hears what the code under test logs as its own mistake: an event that cannot happen."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.heard: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one line of an exception. What is only told as an error is the world's doing (a full disk, say)."""
        if record.exc_info and record.exc_info[1] is not None:
            self.heard.append(f"{record.getMessage()}: {record.exc_info[1]}")

    def __enter__(self) -> _Listener:
        log = logging.getLogger("firmware")
        log.addHandler(self)
        self._propagated, log.propagate = log.propagate, False
        return self

    def __exit__(self, *_error: object) -> None:
        log = logging.getLogger("firmware")
        log.removeHandler(self)
        log.propagate = self._propagated
