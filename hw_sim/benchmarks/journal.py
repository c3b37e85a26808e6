"""What a signed journal entry on the disk costs, against writing the same bytes into a file.

The bare write is the best that a disk can do: a preallocated file, one `pwrite`, one `fdatasync`. The
two are measured in turns, so that a disk that slows down slows both.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

from firmware.journal.journal import Journal
from hw_sim.benchmarks.figures import Figure, ratio
from loyalty.entries import ClockEvidence, CouponNoted
from loyalty.signing import SigningKey

ROUNDS = 10
ENTRIES = 100
#: What one commit of the journal writes at least: SQLite's pages for an entry of some 500 bytes.
BLOCK_BYTES = 4096


def measure(directory: Path) -> list[str]:
    """The lines of the report on the journal; writes its files below `directory`."""
    journal = Journal(directory / "journal.sqlite3", terminal="bench-1", key=SigningKey(os.urandom(32)))
    journal.begin(epoch=1, clock=_clock(), software="bench")
    commits: list[float] = []
    bare: list[float] = []
    with _preallocated(directory / "bare") as descriptor:
        for number in range(ROUNDS):
            commits += [_commit(journal, f"{number}-{entry}") for entry in range(ENTRIES)]
            bare += [_bare_write(descriptor, number * ENTRIES + entry) for entry in range(ENTRIES)]
    journal.close()
    figures = (
        Figure(name="journal: commit of one signed entry", times_ms=tuple(commits)),
        Figure(name="journal: pwrite + fdatasync of 4096 bytes, preallocated", times_ms=tuple(bare)),
    )
    speed = sum(bare) / sum(commits)
    return [
        *(figure.line() for figure in figures),
        ratio("journal: commits per second against bare writes", value=speed, budget=">= 0.4"),
    ]


class _preallocated:  # noqa: N801 - used as a function, like `open`
    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        os.posix_fallocate(self._descriptor, 0, ROUNDS * ENTRIES * BLOCK_BYTES)
        for block in range(ROUNDS * ENTRIES):
            os.pwrite(self._descriptor, bytes(BLOCK_BYTES), block * BLOCK_BYTES)
        os.fsync(self._descriptor)

    def __enter__(self) -> int:
        return self._descriptor

    def __exit__(self, *_exception: object) -> None:
        os.close(self._descriptor)


def _bare_write(descriptor: int, block: int) -> float:
    data = os.urandom(BLOCK_BYTES)
    begun = time.perf_counter()
    os.pwrite(descriptor, data, block * BLOCK_BYTES)
    os.fdatasync(descriptor)
    return (time.perf_counter() - begun) * 1000


def _commit(journal: Journal, coupon: str) -> float:
    body = CouponNoted(coupon=coupon, member="0123456789abcdef", points=100)
    begun = time.perf_counter()
    journal.append(lambda _key: body, clock=_clock(), rules="bench")
    return (time.perf_counter() - begun) * 1000


def _clock() -> ClockEvidence:
    return ClockEvidence(wall_ms=time.time_ns() // 1_000_000, monotonic_ms=0, boot_id="bench")
