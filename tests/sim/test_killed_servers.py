"""The central system and the broker are killed under load; nothing is lost, and nothing is posted twice.

This is the real system with four terminals. `make sim-servers ROUNDS=50 SEED=2` does more of it.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from hw_sim.chaos.facts import CustomerFacts, RewardFacts
from hw_sim.chaos.killings import run
from hw_sim.chaos.verdict import Evidence, judge
from hw_sim.chaos.witness import Witness

KILLS = 3
SEED = 20261122


def test_v12_x9_kills_of_central_system_and_broker_lose_nothing_and_post_nothing_twice(tmp_path: Path) -> None:
    report = run(data=tmp_path / "demo", rounds=KILLS, seed=SEED)
    assert report.wrong == []
    assert report.faults == {"central": KILLS, "broker": KILLS}
    # Customers were served meanwhile, and the kills hit something.
    assert report.redemptions >= 1
    assert report.entries > 2 * KILLS
    assert report.evidence is not None
    check_that_it_would_have_been_found(report.evidence)


def check_that_it_would_have_been_found(evidence: Evidence) -> None:
    """Spends that the ledger has lost, an entry that a journal has lost, and a code that was shown for nothing."""
    lose(evidence.central / "central.sqlite3", "DELETE FROM ledger_transfer WHERE kind = 'spent'")
    lose(evidence.disks["kiosk-1"] / "journal.sqlite3", "DELETE FROM entry WHERE seq = 1")
    found = {one.checker for one in judge(replace(evidence, witness=liar()))}
    assert found >= {"books balance", "entries posted", "codes shown are booked", "chains unbroken", "verify-books"}


def liar() -> Witness:
    """Somebody who says that they were shown a code."""
    coffee = RewardFacts(id="free-coffee", pool="bread-points", points=150, label="A free coffee")
    witness = Witness({coffee.id: coffee})
    somebody = CustomerFacts(name="somebody", uid="04", member="00")
    witness.saw_code("kiosk-1", somebody, code="AAAAAAA", reward=coffee.id)
    return witness


def lose(database: Path, statement: str) -> None:
    """What a database would not let anybody do, with everything that hinders it out of the way."""
    with closing(sqlite3.connect(database)) as connection:
        for (trigger,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {trigger}")
        assert connection.execute(statement).rowcount > 0
        connection.commit()
