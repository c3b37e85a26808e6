"""The drill (D4): back up, go on, lose the books, restore, let the terminals replay. Real commands, real journals."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from backend_bridge.__main__ import main
from backend_bridge.central.data_dir import DataDir
from backend_bridge.central.fleet import generations
from backend_bridge.central.fleet.models import Generation, Incident
from backend_bridge.central.ledger.models import Holding
from backend_bridge.central.ledger.verify import verify_books
from backend_bridge.central.recovery.backups import backup
from backend_bridge.central.recovery.errors import BackupFailed
from firmware.journal.journal import Journal
from loyalty.entries import Body, ClockEvidence
from loyalty.signing import Signed
from loyalty.wire import codec
from loyalty.wire.messages import Ack, Ask, Grant, JournalBatch, PointsWanted
from tests.unit.central.lab import (
    NOW_MS,
    TERMINALS,
    Lab,
    balance,
    points_wanted,
    returned,
    spent,
    taken,
    terminal_key,
)
from tests.unit.central.replaying import assert_replays
from tests.unit.central.test_epochs_of_terminals import part_of

DATA = ["--data", str(settings.DATA)]
CLOCK = ClockEvidence(wall_ms=NOW_MS, monotonic_ms=0, boot_id="b")


class JournalTerminal:
    """A terminal with a real journal; what it knows of acknowledgements and generations as ADR 0018 has it."""

    def __init__(self, lab: Lab, terminal: str, folder: Path) -> None:
        self.lab, self.terminal = lab, terminal
        self.journal = Journal(folder / f"{terminal}.sqlite3", terminal=terminal, key=terminal_key(terminal))
        self.journal.begin(epoch=1, clock=CLOCK, software="1.0")
        self.generation, self.requests = 0, 0
        self.upload()

    def write(self, body: Body) -> None:
        self.journal.append(lambda _key: body, clock=CLOCK, rules="r")

    def upload(self) -> None:
        """Send what is not acknowledged, and all after the acknowledged place where there is a new generation."""
        ack = self._send(self.journal.unacknowledged(after=-1, limit=1000))
        if ack.generation > self.generation:
            self.generation = ack.generation
            ack = self._send(self._after(ack.seq))
        self.journal.acknowledge(seq=ack.seq, head=ack.head)

    def rights(self, want: PointsWanted) -> Grant:
        """Ask, and take the grant."""
        self.requests += 1
        ask = Ask(request=f"{self.terminal}-{self.requests}", epoch=1, deadline_ms=self.lab.now_ms + 5000, want=want)
        [sent] = self.lab.send(self.terminal, "up/ask", codec.encode_up(ask))
        assert isinstance(sent.message, Grant), sent
        assert sent.message.generation >= self.generation
        self.write(taken(sent.message))
        return sent.message

    def _after(self, seq: int) -> tuple[Signed, ...]:
        rows = self.journal.database.execute("SELECT payload, signature FROM entry WHERE seq > ? ORDER BY seq", (seq,))
        return tuple(Signed(payload, terminal_key(self.terminal).key_id, signature) for payload, signature in rows)

    def _send(self, entries: tuple[Signed, ...]) -> Ack:
        batch = JournalBatch(
            epoch=1,
            entries=entries,
            generation=self.generation,
            head_seq=self.journal.head[0],
            acked_seq=self.journal.acknowledged_seq,
        )
        sent = self.lab.send(self.terminal, "up/journal", codec.encode_up(batch))
        [ack] = [one.message for one in sent if isinstance(one.message, Ack)]
        return ack


def held() -> list[tuple[str, str, int]]:
    """Everything that anybody has, and where."""
    rows = Holding.objects.filter(amount__gt=0).order_by("account", "lot")
    return list(rows.values_list("account", "lot", "amount"))


@pytest.mark.usefixtures("owner")
def test_d4_after_a_restore_the_books_are_as_if_nothing_had_happened(lab: Lab, tmp_path: Path) -> None:
    fleet = {terminal: JournalTerminal(lab, terminal, tmp_path) for terminal in TERMINALS}
    molen, other = fleet["molen-1"], fleet["molen-2"]
    early = molen.rights(points_wanted("anna", 200))
    molen.upload()
    assert main(["backup", *DATA, str(tmp_path / "backup")]) == 0

    molen.write(part_of(early, 120))
    later = molen.rights(points_wanted("anna", 150))
    molen.write(spent(later.lots))
    molen.upload()
    back = other.rights(points_wanted("vera", 60))
    other.write(returned(back.lots))
    other.rights(points_wanted("vera", 40))
    other.upload()
    # This one is on a terminal's disk alone.
    other.write(part_of(other.rights(points_wanted("anna", 30)), 30))
    before = held()
    points = {name: balance(name) for name in ("anna", "vera")}

    assert main(["restore", *DATA, str(tmp_path / "backup")]) == 0

    assert held() != before
    assert not generations.may_get_rights("molen-1")
    for terminal in fleet.values():
        terminal.upload()
    assert Generation.objects.get().done_at is not None
    assert {name: balance(name) for name in points} == {**points, "anna": points["anna"] - 30}
    assert {lot: amount for account, lot, amount in held()}.keys() == {lot for _account, lot, _amount in before}
    # Gaps were noticed while it caught up, and are filled.
    assert not Incident.objects.filter(closed_at=None).exists()
    assert verify_books() == []
    molen.rights(points_wanted("anna", 10))
    molen.upload()
    assert_replays()
    for terminal in fleet.values():
        terminal.journal.close()


@pytest.mark.usefixtures("owner")
def test_the_same_backup_restored_twice_is_two_generations(lab: Lab, tmp_path: Path) -> None:
    assert main(["backup", *DATA, str(tmp_path / "backup")]) == 0
    numbers = []
    for _ in range(2):
        assert main(["restore", *DATA, str(tmp_path / "backup")]) == 0
        numbers.append(generations.current())

    assert numbers[1] > numbers[0] > 0
    assert Generation.objects.count() == 1


def test_a_backup_is_never_written_over(lab: Lab, tmp_path: Path) -> None:
    file = tmp_path / "backup"
    file.write_bytes(b"the last one")

    with pytest.raises(BackupFailed, match="is there already"):
        backup(file)
    assert file.read_bytes() == b"the last one"
    with pytest.raises(BackupFailed, match="cannot be written"):
        backup(tmp_path / "no such folder" / "backup")
    assert [path.name for path in tmp_path.iterdir()] == ["backup"]


on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@on_sqlite
@pytest.mark.parametrize("content", [b"no database", b"SQLite format 3\0" + bytes(4000)])
def test_what_is_no_backup_changes_nothing(
    lab: Lab, tmp_path: Path, content: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "backup").write_bytes(content)
    before = held()

    assert main(["restore", *DATA, str(tmp_path / "backup")]) == 1

    assert held() == before
    assert "backend_bridge: " in capsys.readouterr().err
    assert generations.current() == 0


@on_sqlite
def test_another_programs_database_is_no_backup(lab: Lab, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with closing(sqlite3.connect(tmp_path / "backup")) as other:
        other.execute("CREATE TABLE notes (text TEXT)")

    assert main(["restore", *DATA, str(tmp_path / "backup")]) == 1
    assert "is no backup of a central system" in capsys.readouterr().err


@on_sqlite
def test_while_it_serves_nothing_is_restored(lab: Lab, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["backup", *DATA, str(tmp_path / "backup")]) == 0
    connection.close()
    with closing(sqlite3.connect(DataDir(settings.DATA).database)) as serving:
        serving.execute("PRAGMA journal_mode=WAL")
        serving.execute("SELECT count(*) FROM ledger_cause").fetchone()
        assert main(["restore", *DATA, str(tmp_path / "backup")]) == 1

    assert "stop the central system first" in capsys.readouterr().err


@on_sqlite
def test_a_database_past_reading_is_replaced_and_kept(lab: Lab, tmp_path: Path) -> None:
    assert main(["backup", *DATA, str(tmp_path / "backup")]) == 0
    connection.close()
    database = DataDir(settings.DATA).database
    for name in ("-wal", "-shm"):
        database.with_name(database.name + name).unlink(missing_ok=True)
    database.write_bytes(b"broken" * 1000)

    assert main(["restore", *DATA, str(tmp_path / "backup")]) == 0

    assert balance("anna") == 640
    kept = list(database.parent.glob("central.sqlite3.before-*"))
    assert any(path.read_bytes().startswith(b"broken") for path in kept)
    for path in kept:
        path.unlink()
