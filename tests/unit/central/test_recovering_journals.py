"""A journal that was found on a disk: applied through the same door, believed for its signatures alone."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest
from django.conf import settings

from backend_bridge.__main__ import main
from backend_bridge.central.fleet.models import JournalClosing
from backend_bridge.central.instants import from_ms
from backend_bridge.central.recovery.errors import RecoveryRefused
from backend_bridge.central.recovery.recovering import EpochReport, recover
from firmware.journal.journal import Journal
from loyalty.entries import ClockEvidence, EpochBegun
from loyalty.signing import Signed
from loyalty.wire import journal_file
from loyalty.wire.messages import JournalBatch
from tests.unit.central.lab import (
    NOW_MS,
    Lab,
    PaperTerminal,
    balance,
    incidents,
    main_points,
    points_wanted,
    taken,
)
from tests.unit.central.replaying import assert_replays
from tests.unit.central.test_epochs_of_terminals import in_escrows, new_epoch, part_of

AT = from_ms(NOW_MS)


def packed(folder: Path, *papers: PaperTerminal) -> Path:
    """Exported batches of these journals."""
    file = folder / "journal.batches"
    batches = [JournalBatch(epoch=paper.epoch, entries=tuple(paper.journal)) for paper in papers]
    file.write_bytes(journal_file.pack(batches))
    return file


def test_a_terminals_own_database_is_recovered_with_its_log(lab: Lab, tmp_path: Path) -> None:
    molen = PaperTerminal("molen-1", begun=False)
    path = tmp_path / "journal.sqlite3"
    journal = Journal(path, terminal="molen-1", key=molen.key)
    clock = ClockEvidence(wall_ms=NOW_MS, monotonic_ms=0, boot_id="b")
    journal.begin(epoch=1, clock=clock, software="1.0")
    molen.journal = list(journal.unacknowledged(after=-1, limit=10))
    grant = lab.grant(molen, points_wanted("anna", 150), take=False)
    journal.append(lambda _key: taken(grant), clock=clock, rules="r")
    journal.append(lambda _key: part_of(grant, 50), clock=clock, rules="r")
    # The power goes: what was written last is in the log.
    for suffix in ("", "-wal"):
        shutil.copyfile(f"{path}{suffix}", tmp_path / f"found.sqlite3{suffix}")
    journal.close()
    lab.upload(new_epoch(molen, end=2))
    assert in_escrows() == 150

    report = recover(tmp_path / "found.sqlite3", terminal="molen-1", at=AT)

    assert report.epochs == (EpochReport(epoch=1, applied=2, known=1, closed="complete"),)
    assert (report.refused, report.damage) == (0, "")
    assert (main_points("anna"), in_escrows(), incidents()) == (590, 0, [])
    again = recover(tmp_path / "found.sqlite3", terminal="molen-1", at=AT)
    assert again.epochs == (EpochReport(epoch=1, known=3, closed="complete"),)
    assert balance("anna") == 590
    assert_replays()


def test_exported_batches_of_several_epochs_are_recovered(lab: Lab, tmp_path: Path) -> None:
    molen = PaperTerminal("molen-1")
    grant = lab.grant(molen, points_wanted("anna", 150), take=False)
    molen.write(taken(grant))
    after = new_epoch(molen, end=1)

    report = recover(packed(tmp_path, after, molen), terminal="molen-1", at=AT, although_in_use=True)

    assert [(one.epoch, one.applied) for one in report.epochs] == [(1, 1), (2, 1)]
    assert JournalClosing.objects.get().epoch == 1
    assert main_points("anna") == 640


def test_what_is_missing_is_told_and_what_is_behind_it_waits(lab: Lab, tmp_path: Path) -> None:
    molen = PaperTerminal("molen-1")
    for _ in range(5):
        molen.write(EpochBegun("1.0"))
    del molen.journal[2], molen.journal[3]

    [told] = recover(packed(tmp_path, molen), terminal="molen-1", at=AT).epochs

    assert told == EpochReport(epoch=1, applied=2, waiting=2, missing=(2, 4))


def test_the_other_branch_of_a_fork_is_kept_and_told(lab: Lab, tmp_path: Path) -> None:
    molen, other = PaperTerminal("molen-1"), PaperTerminal("molen-1")
    molen.write(EpochBegun("this"))
    lab.upload(molen)
    other.write(EpochBegun("that"))
    other.write(EpochBegun("that"))

    file = packed(tmp_path, other)
    with pytest.raises(RecoveryRefused) as refused:
        recover(file, terminal="molen-1", at=AT)
    assert refused.value.rule == "in_use"
    [told] = recover(file, terminal="molen-1", at=AT, although_in_use=True).epochs

    assert told == EpochReport(epoch=1, known=1, forked=2)
    assert incidents() == ["fork"]


def test_whoever_carries_it_can_add_and_change_nothing(lab: Lab, tmp_path: Path) -> None:
    molen, other = PaperTerminal("molen-1"), PaperTerminal("molen-2")
    molen.write(EpochBegun("1.0"))
    last = molen.journal[1]
    molen.journal[1] = Signed(last.payload.replace(b"1.0", b"2.0"), last.key_id, last.signature)
    molen.journal += other.journal

    report = recover(packed(tmp_path, molen), terminal="molen-1", at=AT)

    assert (report.refused, [one.applied for one in report.epochs]) == (2, [1])
    assert incidents() == []


def test_a_damaged_file_gives_what_can_be_read(lab: Lab, tmp_path: Path) -> None:
    file = packed(tmp_path, PaperTerminal("molen-1"), PaperTerminal("molen-1", epoch=2))
    file.write_bytes(file.read_bytes()[:-10])

    report = recover(file, terminal="molen-1", at=AT)

    assert [(one.epoch, one.applied) for one in report.epochs] == [(1, 1)]
    assert "ends in the middle" in report.damage


@pytest.mark.parametrize("content", [b"", b"something else"])
def test_what_is_no_journal_is_told(lab: Lab, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "file"
    file.write_bytes(content)
    with pytest.raises(RecoveryRefused) as refused:
        recover(file, terminal="molen-1", at=AT)
    assert refused.value.field == "file"


def test_of_a_database_past_reading_nothing_is_recovered(lab: Lab, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"SQLite format 3\0" + bytes(200))

    report = recover(file, terminal="molen-1", at=AT)

    assert report.epochs == ()
    assert report.damage


def test_a_database_that_was_made_to_do_harm_is_given_up_on(lab: Lab, tmp_path: Path) -> None:
    file = tmp_path / "evil.sqlite3"
    with sqlite3.connect(file) as evil:
        endless = "WITH RECURSIVE n(x) AS (SELECT 0 UNION ALL SELECT x + 1 FROM n) SELECT x AS seq, x AS payload FROM n"
        evil.execute(f"CREATE VIEW entry AS {endless}")
    evil.close()

    assert "no table of entries" in recover(file, terminal="molen-1", at=AT).damage


def test_the_command_tells_by_epoch(lab: Lab, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = packed(tmp_path, PaperTerminal("molen-1"))
    command = ["recover-journal", "--data", str(settings.DATA), "--terminal", "molen-1", str(file)]

    assert main(command) == 0
    assert "epoch 1: 1 applied (0 in suspense), 0 known before" in capsys.readouterr().out
    assert main([*command[:4], "nobody", str(file)]) == 1
    assert "there is no terminal nobody" in capsys.readouterr().err
