"""The central system and the broker are killed under load; nothing is lost, and nothing is posted twice.

This is the real system with four terminals. `make sim-servers ROUNDS=50 SEED=2` does more of it.
"""

from __future__ import annotations

from pathlib import Path

from hw_sim.chaos.killings import run

KILLS = 3
SEED = 20261122


def test_v12_x9_kills_of_central_system_and_broker_lose_nothing_and_post_nothing_twice(tmp_path: Path) -> None:
    report = run(data=tmp_path / "demo", rounds=KILLS, seed=SEED)
    assert report.wrong == []
    assert report.kills == {"central": KILLS, "broker": KILLS}
    # Customers were served meanwhile, and the kills hit something.
    assert report.redemptions >= 1
    assert report.entries > 2 * KILLS
