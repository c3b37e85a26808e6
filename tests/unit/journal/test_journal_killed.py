"""A process killed at any moment loses no entry that it has reported."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from firmware.journal.holdings import Holdings
from tests.unit.journal.pages import open_journal
from tests.unit.loyalty.samples import MEMBER

ROOT = Path(__file__).parents[3]


def append_until_killed(directory: Path, *, reports: int) -> int:
    """The last entry that the killed process said to be on the disk."""
    command = [sys.executable, "-m", "tests.unit.journal.appender", str(directory)]
    with subprocess.Popen(command, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE) as one:
        assert one.stdout is not None
        seen = [one.stdout.readline() for _ in range(reports)]
        one.kill()
        # What it said between our last reading and its end counts too; a line cut in half does not.
        seen += [line for line in one.stdout if line.endswith(b"\n")]
    return int(seen[-1])


def test_a_process_killed_while_it_appends_loses_nothing_that_it_reported(tmp_path: Path) -> None:
    reported = -1
    for reports in (1, 7, 40):
        last = append_until_killed(tmp_path, reports=reports)
        assert last > reported
        reported = last
        journal = open_journal(tmp_path)
        entries = list(journal.entries())
        assert len(entries) == journal.head[0] + 1 >= reported + 1
        # Each grant brought one point: the rights are those of the entries, not one more or less.
        assert sum(right.points for right in Holdings(journal.database).rights(MEMBER)) == len(entries) - 1
        journal.close()
