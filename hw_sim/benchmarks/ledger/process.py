"""One database is filled or measured: a process of its own, since Django has one database for each.

    python -m hw_sim.benchmarks.ledger.process fill DATA ENTRIES [CONNINFO]
    python -m hw_sim.benchmarks.ledger.process measure DATA ENTRIES [CONNINFO]

`fill` makes the tables and `ENTRIES` entries in them. `measure` posts and inserts in turns. Both print JSON.
"""

from __future__ import annotations

import gc
import os
import random
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from pathlib import Path

import msgspec

CAUSES = 1000
ROUNDS = 20
#: Messages that the desk takes in one turn, each of another terminal with `spending.ENTRIES_AT_ONCE` spends.
TURN = 16
#: Turns of so many messages, and of one.
TURNS = {TURN: 15, 1: 60}
SEED = 3
#: Books of more entries are not read as a whole afterwards.
_VERIFIED = 100_000


class Filled(msgspec.Struct, frozen=True, kw_only=True):
    """How long filling took, and how large the database is then."""

    seconds: float
    size_bytes: int


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """Times of transactions by what they did: "awards", "spends" with `CAUSES` in each, "ingest" with `TURN` messages
    in each, "message" with one; and each with "bare " before it."""

    times_ms: dict[str, list[float]]


def main() -> int:
    """Run the command line."""
    command, data, entries = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    if len(sys.argv) > 4:
        os.environ["TAPBON_POSTGRES"] = sys.argv[4]
    from backend_bridge.central import configure

    configure(data)
    answer = _fill(entries) if command == "fill" else _measure(entries)
    sys.stdout.buffer.write(msgspec.json.encode(answer))
    return 0


def _fill(entries: int) -> Filled:
    from backend_bridge.central import migrate
    from hw_sim.benchmarks.ledger import world
    from hw_sim.benchmarks.ledger.fill import fill

    begun = time.perf_counter()
    migrate()
    world.set_up()
    fill(entries)
    return Filled(seconds=time.perf_counter() - begun, size_bytes=_size())


def _measure(entries: int) -> Measured:
    from backend_bridge.central.ledger.verify import verify_books

    times = {**_post(entries), **_ingest()}
    if entries <= _VERIFIED and (wrong := verify_books()):
        raise RuntimeError(f"the books are wrong: {wrong[0]}")
    return Measured(times_ms=times)


def _post(entries: int) -> dict[str, list[float]]:
    """Each in turn, so that what slows the machine slows all; the first round is not counted."""
    from backend_bridge.central.organisation.models import Pool
    from hw_sim.benchmarks.ledger import bare, posted, world

    dice, times = random.Random(SEED), _Times()  # noqa: S311 - members, not secrets
    pools = {pool.pk: pool for pool in Pool.objects.all()}

    def bare_awards(start: int) -> Callable[[], object]:
        rows = bare.rows_of_awards(world.awards(dice, count=CAUSES, epoch=3, start=start))
        return partial(bare.insert, rows)

    def awards(start: int) -> Callable[[], object]:
        return partial(posted.post_awards, world.awards(dice, count=CAUSES, epoch=2, start=start))

    def bare_spends(start: int) -> Callable[[], object]:
        spends = world.spends(dice, count=CAUSES, epoch=4, start=start, lots=entries // 2)
        return partial(bare.insert, bare.rows_of_spends(spends))

    def spends(start: int) -> Callable[[], object]:
        wanted = world.spends(dice, count=CAUSES, epoch=5, start=start, lots=entries // 2)
        return partial(posted.post_spends, wanted, pools)

    steps = [("bare awards", bare_awards), ("awards", awards), ("bare spends", bare_spends), ("spends", spends)]
    for number in range(ROUNDS + 1):
        times.counts = number > 0
        # In another order each time: a round writes about what a checkpoint takes, which would always hit the same one.
        for name, made in dice.sample(steps, len(steps)):
            times.measure(name, made(number * CAUSES))
    return times.found


def _ingest() -> dict[str, list[float]]:
    """Signed messages through the desk, as they come from the broker, in turns with bare inserts of their rows."""
    from backend_bridge.central.desk.desk import Desk
    from backend_bridge.link.outgoing import Incoming
    from hw_sim.benchmarks.ledger import bare, spending, world

    dice, times = random.Random(SEED), _Times()  # noqa: S311 - members, not secrets
    desk = Desk(world.key_of("central"))

    def ingest(messages: list[spending.Message]) -> None:
        incoming = [Incoming(one.terminal, "up/journal", one.payload) for one in messages]
        desk.handle_together(incoming, now_ms=spending.NOW_MS)

    sent, inserted = ({n: spending.Journal(n, epoch) for n in range(world.TERMINALS)} for epoch in (1000, 1001))
    ingest([journal.first for journal in sent.values()])
    for size, turns in TURNS.items():
        what = "message" if size == 1 else "ingest"
        for number in range(turns + 1):
            times.counts = number > 0
            terminals = [(number * size + one) % world.TERMINALS for one in range(size)]
            messages, others = ([journals[one].spends(dice) for one in terminals] for journals in (sent, inserted))
            spending.endow([*messages, *others])
            for name in dice.sample([f"bare {what}", what], 2):
                if name == what:
                    times.measure(name, partial(ingest, messages))
                else:
                    times.measure(name, partial(bare.insert, spending.rows_of(others)))
    _check_ingested(sum(size * (turns + 1) for size, turns in TURNS.items()) * spending.ENTRIES_AT_ONCE)
    return times.found


def _check_ingested(spends: int) -> None:
    from backend_bridge.central.ledger.models import Cause

    # The newest are enough: large books have millions of older ones.
    newest = Cause.objects.order_by("-pk").values_list("kind", "key")[: 6 * spends]
    found = sum(kind == "points_spent" and "/1000/" in key for kind, key in newest)
    if found != spends:
        raise RuntimeError(f"{found} of {spends} spends were posted")


class _Times:
    """Times in milliseconds by what was done. While `counts` is false, nothing is kept."""

    def __init__(self) -> None:
        self.found: dict[str, list[float]] = defaultdict(list)
        self.counts = True

    def measure(self, name: str, act: Callable[[], object]) -> None:
        gc.collect()
        begun = time.perf_counter()
        act()
        if self.counts:
            self.found[name].append((time.perf_counter() - begun) * 1000)


def _size() -> int:
    from django.db import connection

    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_database_size(current_database())")
            return int(cursor.fetchone()[0])
    return Path(connection.settings_dict["NAME"]).stat().st_size


if __name__ == "__main__":
    sys.exit(main())
