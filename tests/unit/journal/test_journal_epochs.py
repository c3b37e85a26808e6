"""Epoch numbers only ever move on, and what is written beside the journal is whole or not there."""

from __future__ import annotations

from pathlib import Path

import pytest

from firmware.journal.durable import write_durably
from firmware.journal.errors import CannotRecord
from firmware.journal.opening import Premises, open_at_start
from firmware.journal.storage import RealDisk
from tests.unit.loyalty.samples import CLOCK, KEY


def started(directory: Path) -> int:
    """Begin the next epoch in `directory`, which has no journal; its number."""
    premises = Premises(storage=RealDisk(), directory=directory, terminal="kiosk-7", key=KEY, software="1.0")
    journal = open_at_start(premises, clock=CLOCK).journal
    journal.close()
    for file in directory.glob("journal.sqlite3*"):
        file.unlink()
    return journal.epoch


def test_every_new_journal_begins_the_next_epoch(tmp_path: Path) -> None:
    assert [started(tmp_path) for _ in range(3)] == [1, 2, 3]


@pytest.mark.parametrize(
    "garbage", [b"", b"one", b"-5\n", b"1.5", b"\xff\xfe", b"9223372036854775807", b"9" * 5_000, b"\0\0\0\0"]
)
def test_a_file_that_says_no_epoch_stops_the_terminal_instead_of_starting_again_at_one(
    tmp_path: Path, garbage: bytes
) -> None:
    (tmp_path / "epoch").write_bytes(garbage)
    with pytest.raises(CannotRecord):
        started(tmp_path)
    assert (tmp_path / "epoch").read_bytes() == garbage


def test_an_epoch_that_cannot_be_remembered_is_not_begun(tmp_path: Path) -> None:
    assert started(tmp_path) == 1
    (tmp_path / "epoch.new").mkdir()  # Where the new file would have to be written first.
    with pytest.raises(CannotRecord):
        started(tmp_path)
    assert not (tmp_path / "journal.sqlite3").exists()
    (tmp_path / "epoch.new").rmdir()
    assert started(tmp_path) == 2


def test_a_durable_write_is_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "rules"
    write_durably(path, b"old", mode=0o600)
    assert path.stat().st_mode & 0o777 == 0o600
    # What a killed writer left is overwritten, never taken for the file itself.
    (tmp_path / "rules.new").write_bytes(b"half a new file, and longer than the next one")
    assert path.read_bytes() == b"old"
    write_durably(path, b"new")
    assert path.read_bytes() == b"new"
    assert [one.name for one in tmp_path.iterdir()] == ["rules"]
