"""The simulated fleet (X1, X4, X6, V12): forty seeds with all faults, and the same seed twice."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

HASH_SEEDS = ("1", "4242")


def _fleet(*arguments: str, hash_seed: str = "0") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "hw_sim", "fleet", *arguments]
    return subprocess.run(
        command,
        cwd=Path(__file__).parents[2],
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.timeout(900)
def test_v12_forty_seeds_with_all_faults_find_nothing_wrong() -> None:
    done = _fleet("--seeds", "40", "--first-seed", "1", "--steps", "250", "--processes", "2")

    assert done.returncode == 0, done.stdout + done.stderr[-2000:]
    assert "40 seeds" in done.stdout


@pytest.mark.timeout(300)
def test_x6_the_same_seed_is_the_same_run_in_another_process_with_another_hash_seed() -> None:
    told = [_fleet("--seed", "7", "--steps", "250", hash_seed=one).stdout for one in HASH_SEEDS]

    assert "trace" in told[0]
    assert told[0] == told[1]


@pytest.mark.timeout(300)
def test_another_seed_is_another_run() -> None:
    told = [_fleet("--seed", seed, "--steps", "60").stdout.split("trace ")[1].split(",")[0] for seed in ("1", "2")]

    assert told[0] != told[1]
