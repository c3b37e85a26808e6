"""A whole race on one database: it is laid out, run and looked at."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec

from hw_sim.racing.checking import winners, wrong_answers, wrong_books
from hw_sim.racing.course import Answer, Course, Prize, Start
from hw_sim.racing.running import Database, in_a_process, race

#: How often each request is sent, as clients do that get no answer in time.
COPIES = 3
EVENTS = ("points", "money", "uses", "coupons", "limits")


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What was sent in how long, what was paid, and what is wrong, a sentence each."""

    sent: int
    seconds: float
    done: int
    refused: int
    sent_again: int
    wrong: list[str]


def run(
    *,
    requests: int,
    seed: int,
    conninfo: str | None = None,
    events: Sequence[str] = EVENTS,
    processes: int = 4,
    threads: int = 4,
) -> Report:
    """Race for `events` with about `requests` requests in all, repetitions included, on a new central system:
    on SQLite, or in the empty PostgreSQL database of `conninfo`."""
    with tempfile.TemporaryDirectory(prefix="tapbon-racing-") as folder:
        database = Database(str(Path(folder) / "central"), conninfo)
        course = in_a_process(database, lay_out, events, requests // COPIES)
        started = time.monotonic()
        outcomes = race(database, course, processes=processes, threads=threads, copies=COPIES, seed=seed)
        seconds = time.monotonic() - started
        won = winners(course, outcomes)
        wrong = wrong_answers(course, outcomes) + in_a_process(database, wrong_books, course, won)
    return Report(
        sent=len(outcomes),
        seconds=seconds,
        done=len(won),
        refused=sum(one.answer is Answer.REFUSED for one in outcomes),
        sent_again=sum(one.tries - 1 for one in outcomes),
        wrong=wrong,
    )


def lay_out(events: Sequence[str], count: int) -> Course:
    """Everything that is raced for, in a new central system. For a process in which Django is set up."""
    from django.conf import settings
    from django.db import transaction

    from backend_bridge.central.demo_data import seed_demo
    from hw_sim.racing.events import EVENTS as ALL
    from hw_sim.racing.points import AT_MS

    seed_demo(settings.DATA, card_key=bytes(32), now_ms=AT_MS)
    prizes: list[Prize] = []
    starts: list[Start] = []
    with transaction.atomic():
        for name in events:
            more_prizes, more_starts = ALL[name].lay_out(count // len(events))
            prizes += more_prizes
            starts += more_starts
    return Course(prizes=tuple(prizes), starts=tuple(starts))
