"""A terminal is killed at random moments while customers redeem and register; nothing is lost or doubled.

This is the real system, started as anybody starts it. `make sim-crash ROUNDS=500 SEED=2` does more of it.
"""

from __future__ import annotations

from pathlib import Path

from hw_sim.crash.rounds import run

ROUNDS = 50
SEED = 20261121


def test_fifty_kills_lose_no_entry_post_none_twice_and_leave_a_chain_that_verifies(tmp_path: Path) -> None:
    report = run(data=tmp_path / "demo", rounds=ROUNDS, seed=SEED)
    assert report.wrong == []
    assert report.rounds == ROUNDS
    # Enough of them came far enough for the kill to have hit something.
    assert report.redeemed >= 10
    assert report.registered >= 5
