"""Everything goes wrong at once for the real system, on PostgreSQL; all comes to rest, and the checkers find nothing.

`tests/sim/test_killed_servers.py` has the same system on SQLite. `make chaos MINUTES=30 SEED=2` does more of it.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from hw_sim.chaos.postgres_books import postgres_books
from hw_sim.chaos.storm import run
from hw_sim.postgres import PostgresMissing

SECONDS = 15
SEED = 20261122


def test_v12_d4_x9_the_real_system_survives_chaos(tmp_path: Path) -> None:
    """First the terminal's disk is filled: it shows a balance, refuses to redeem, and redeems when there is space."""
    try:
        with postgres_books() as books:
            report = run(data=tmp_path / "demo", seconds=SECONDS, seed=SEED, books=books)
    except PostgresMissing as error:
        pytest.skip(str(error))
    assert report.wrong == []
    assert sum(report.faults.values()) >= 2
    # The disk's first redemption, and those of people in the storm.
    assert report.redemptions >= 2
