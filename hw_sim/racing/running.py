"""The race itself: processes with threads, all of them off at the same moment, each request sent several times."""

from __future__ import annotations

import multiprocessing
import os
import random
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from hw_sim.racing.course import Answer, Course, Outcome, Start

AnyResult = TypeVar("AnyResult")
START_TIMEOUT_S = 120.0
#: A request that was told to come again is sent again by its client, so often.
_SENDINGS = 20


class Database(msgspec.Struct, frozen=True):
    """Where the central system is: its data directory, and PostgreSQL as `TAPBON_POSTGRES` names it."""

    data: str
    conninfo: str | None = None


class RaceBroken(Exception):
    """A process of the race ended by itself."""


def in_a_process(database: Database, work: Callable[..., AnyResult], *arguments: Any) -> AnyResult:
    """What `work(*arguments)` returns in a new process in which Django is set up on `database`."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=_alone, args=(database, there, work, arguments))
    process.start()
    there.close()
    result: AnyResult = _received(here, process)
    return result


def race(database: Database, course: Course, *, processes: int, threads: int, copies: int, seed: int) -> list[Outcome]:
    """Send every request of `course` `copies` times, in an order drawn from `seed`; all outcomes."""
    sendings = list(course.starts) * copies
    random.Random(seed).shuffle(sendings)  # noqa: S311 - a simulation, repeatable by its seed
    context = multiprocessing.get_context("spawn")
    together = context.Barrier(processes)
    running = []
    for number in range(processes):
        here, there = context.Pipe(duplex=False)
        share = sendings[number::processes]
        process = context.Process(target=_alone, args=(database, there, _run_all, (share, threads, together)))
        process.start()
        there.close()
        running.append((here, process))
    return [outcome for here, process in running for outcome in _received(here, process)]


def _received(here: Connection, process: Any) -> Any:
    try:
        result = here.recv()
    except EOFError:
        process.join()
        raise RaceBroken(f"a process of the race ended with code {process.exitcode}") from None
    process.join()
    return result


def _alone(database: Database, there: Connection, work: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    if database.conninfo is None:
        os.environ.pop("TAPBON_POSTGRES", None)
    else:
        os.environ["TAPBON_POSTGRES"] = database.conninfo
    os.environ.pop("TAPBON_DATA", None)

    from backend_bridge.central import configure

    configure(Path(database.data))
    there.send(work(*arguments))
    there.close()


def _run_all(share: Sequence[Start], threads: int, together: Barrier) -> list[Outcome]:
    from django.db import connection

    from backend_bridge.central.acting import make_types_ready
    from hw_sim.racing.events import EVENTS

    make_types_ready()
    ready = threading.Barrier(threads + 1)

    def run_some(some: Sequence[Start]) -> list[Outcome]:
        try:
            connection.ensure_connection()
            ready.wait(START_TIMEOUT_S)
            return [_sent(start, EVENTS[start.event].run) for start in some]
        finally:
            connection.close()

    with ThreadPoolExecutor(threads) as pool:
        parts = [pool.submit(run_some, share[number::threads]) for number in range(threads)]
        together.wait(START_TIMEOUT_S)
        ready.wait(START_TIMEOUT_S)
        return [outcome for part in parts for outcome in part.result()]


def _sent(start: Start, run: Callable[[Start], Any]) -> Outcome:
    """Send a request until it is answered, as a client does."""
    from backend_bridge.central.errors import LostRace
    from hw_sim.racing.points import Refused

    told = ""
    for tries in range(1, _SENDINGS + 1):
        try:
            result = msgspec.json.encode(run(start)).decode()
            return Outcome(key=start.key, answer=Answer.DONE, result=result, tries=tries)
        except Refused:
            return Outcome(key=start.key, answer=Answer.REFUSED, tries=tries)
        except LostRace as error:
            told = str(error)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is a finding
            return Outcome(key=start.key, answer=Answer.FAILED, result=f"{type(error).__name__}: {error}", tries=tries)
    return Outcome(key=start.key, answer=Answer.FAILED, result=told, tries=_SENDINGS)
