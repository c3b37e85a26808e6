"""A running terminal and its journals: confirmed, closed, forked, replayed to a restored central system (ADR 0018)."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from firmware.hal.ports import Mark
from firmware.journal.opening import Epochs
from firmware.runtime.epochs import AGAIN_MS
from firmware.runtime.outbox import RESEND_MS
from firmware.terminal.events import BackPressed, ConfirmPressed, RewardPressed
from firmware.terminal.model import Reason, State
from hw_sim.disk.disk import SimDisk
from loyalty.entries import EpochBegun, PointsSpent, entry_hash, open_sealed
from loyalty.wire.messages import Ack, JournalBatch
from tests.unit.journal.pages import append, granted
from tests.unit.journal.starts import MemoryAnchor, premises
from tests.unit.loyalty.samples import CLOCK, KEY, TERMINAL, lot
from tests.unit.runtime.fakes import Rig


class Kiosk(Rig):
    """A terminal on a simulated disk, started as a real one is."""

    def __init__(self, disk: SimDisk, *, anchor: MemoryAnchor | None = None, directory: Path = Path("/unused")) -> None:
        self.disk = disk
        self.epochs = Epochs(premises(disk, anchor=anchor), lambda: CLOCK)
        self.start = self.epochs.start()
        super().__init__(directory, journal=self.start.journal, epochs=self.epochs, began=self.start.began)

    @property
    def in_use(self) -> Any:
        """The journal that the runtime writes into now."""
        return self.runtime.journal

    def answer(self, seq: int, **said: Any) -> None:
        """Acknowledge up to `seq`, in answer to the last batch."""
        greeting = self.link.all(JournalBatch)[-1].greeting
        row = self.in_use.database.execute("SELECT payload FROM entry WHERE seq = ?", (seq,)).fetchone()
        head = bytes(32) if row is None else entry_hash(row[0])
        fields: dict[str, Any] = {"epoch": self.in_use.epoch, "seq": seq, "head": head, "greeting": greeting}
        self.runtime.take(Ack(terminal=TERMINAL, central_ms=self.clock.wall, **(fields | said)))

    def rang(self) -> list[str]:
        """The alarms that were sent up."""
        return [alarm["alarm"] for alarm in self.link.alarms if not alarm["over"]]

    def last_batch(self) -> tuple[int, list[int]]:
        """Epoch and entries of the last batch."""
        batch = self.link.all(JournalBatch)[-1]
        return batch.epoch, [open_sealed(one, public=KEY.public).seq for one in batch.entries]


@pytest.fixture
def disk() -> Iterator[SimDisk]:
    disk = SimDisk(random.Random(7))
    yield disk
    disk.close()


def confirmed(disk: SimDisk, *, anchor: MemoryAnchor | None = None) -> Kiosk:
    """A terminal that is online, and whose journal of three entries is acknowledged."""
    kiosk = Kiosk(disk, anchor=anchor)
    kiosk.connect()
    kiosk.answer(-1)
    for number in (1, 2):
        append(kiosk.in_use, granted(f"g{number}", lot(f"lot-{number}", 200)))
    kiosk.runtime.due()
    kiosk.after(RESEND_MS)
    kiosk.answer(2)
    return kiosk


def restarted(disk: SimDisk, *, anchor: MemoryAnchor | None = None) -> Kiosk:
    disk.power_cut()
    return Kiosk(disk, anchor=anchor)


def test_without_an_anchor_a_start_greets_and_sends_nothing_before_it_is_confirmed(disk: SimDisk) -> None:
    kiosk = Kiosk(disk).connect()
    assert kiosk.last_batch() == (1, [])
    kiosk.answer(-1, greeting="of yesterday")
    assert kiosk.last_batch() == (1, [])
    kiosk.answer(-1)
    assert kiosk.last_batch() == (1, [0])


def test_a_greeting_that_is_not_answered_is_said_again(disk: SimDisk) -> None:
    kiosk = Kiosk(disk).connect()
    kiosk.after(RESEND_MS).after(RESEND_MS)
    assert len(kiosk.link.all(JournalBatch)) == 3
    kiosk.answer(-1)
    kiosk.answer(0)
    sent = len(kiosk.link.all(JournalBatch))
    kiosk.after(RESEND_MS).after(RESEND_MS)
    assert len(kiosk.link.all(JournalBatch)) == sent


def test_offline_after_a_start_without_an_anchor_nothing_is_spent_and_the_screen_says_why(disk: SimDisk) -> None:
    kiosk = confirmed(disk)
    kiosk.anna_comes(400).disconnect().leaves()
    kiosk = restarted(disk)
    kiosk.anna_comes()
    assert kiosk.state is State.BALANCE
    kiosk.runtime.take(RewardPressed("coffee"))
    assert kiosk.refusal().reason is Reason.NOT_CONFIRMED
    assert kiosk.bodies(PointsSpent) == []


def test_a_disk_that_was_put_back_is_found_by_the_central_systems_head(disk: SimDisk) -> None:
    kiosk = confirmed(disk)
    image = disk.image()
    append(kiosk.in_use, granted("g3", lot("lot-3", 200)))
    disk.restore(image)
    again = restarted(disk).connect()
    again.answer(3, head=b"h" * 32)
    assert again.in_use.epoch == 2
    assert again.rang() == ["epoch_begun"]
    again.answer(-1)
    assert next(iter(again.in_use.entries())).body == EpochBegun(software="1.0", reason="restored")
    # What the old journal has goes up too.
    assert 1 in {batch.epoch for batch in again.link.all(JournalBatch) if batch.entries or batch.epoch == 1}


def test_an_acknowledgement_of_before_the_restart_confirms_nothing(disk: SimDisk) -> None:
    kiosk = confirmed(disk)
    head = kiosk.in_use.head
    again = restarted(disk).connect()
    again.runtime.take(Ack(terminal=TERMINAL, epoch=1, seq=head[0], head=head[1], central_ms=1, greeting="id-2"))
    assert not again.in_use.standing.confirmed
    again.answer(2)
    assert again.in_use.standing.confirmed


def test_a_new_disk_without_an_anchor_takes_an_epoch_that_nobody_has(disk: SimDisk) -> None:
    kiosk = Kiosk(disk).connect()
    kiosk.runtime.take(Ack(terminal=TERMINAL, epoch=4, seq=9, head=b"h" * 32, central_ms=1))
    assert kiosk.in_use.epoch == 5
    kiosk.answer(-1)
    assert kiosk.last_batch() == (5, [0])
    # The epoch that it had taken by itself is somebody else's: nothing of it is sent, which would be a fork.
    assert not [batch for batch in kiosk.link.all(JournalBatch) if batch.epoch == 1 and batch.entries]


def test_a_closed_journal_is_set_aside_and_its_rights_with_it(disk: SimDisk) -> None:
    anchor = MemoryAnchor()
    kiosk = confirmed(disk, anchor=anchor)
    assert kiosk.held() == 400
    kiosk.answer(2, closed=True)
    assert (kiosk.in_use.epoch, anchor.mark) == (2, Mark(2, 0))
    assert next(iter(kiosk.in_use.entries())).body == EpochBegun(
        software="1.0", reason="closed", before_epoch=1, before_seq=2
    )
    kiosk.anna_comes(400)
    assert kiosk.shown()[1] == 0


def test_a_fork_stops_the_journal_and_both_branches_are_kept(disk: SimDisk) -> None:
    kiosk = confirmed(disk, anchor=MemoryAnchor())
    append(kiosk.in_use, granted("g3", lot("lot-3", 200)))
    kiosk.answer(3, head=b"other" + bytes(27))
    assert kiosk.in_use.epoch == 2
    assert "fork" in kiosk.rang()
    # Where such a journal ends, nobody can say: it is not complete by the other branch's entries.
    assert next(iter(kiosk.in_use.entries())).body == EpochBegun(software="1.0", reason="restored")
    sent = [batch for batch in kiosk.link.all(JournalBatch) if batch.epoch == 1][-1]
    assert [open_sealed(one, public=KEY.public).seq for one in sent.entries] == [0, 1, 2, 3]


def test_a_newer_generation_has_everything_sent_again_whether_it_was_acknowledged_or_not(disk: SimDisk) -> None:
    kiosk = confirmed(disk, anchor=MemoryAnchor())
    assert kiosk.in_use.acknowledged_seq == 2
    kiosk.answer(0, generation=1)
    assert kiosk.last_batch() == (1, [1, 2])
    batch = kiosk.link.all(JournalBatch)[-1]
    assert (batch.generation, batch.head_seq, batch.acked_seq) == (1, 2, 0)
    assert "central_behind" not in kiosk.rang()


def test_a_newer_generation_that_lacks_nothing_is_told_so(disk: SimDisk) -> None:
    kiosk = confirmed(disk, anchor=MemoryAnchor())
    kiosk.answer(2, generation=1)
    batch = kiosk.link.all(JournalBatch)[-1]
    assert (batch.entries, batch.generation, batch.head_seq, batch.acked_seq) == ((), 1, 2, 2)
    sent = len(kiosk.link.all(JournalBatch))
    kiosk.after(RESEND_MS)
    assert len(kiosk.link.all(JournalBatch)) == sent + 1
    kiosk.answer(2, generation=1)
    kiosk.after(RESEND_MS)
    assert len(kiosk.link.all(JournalBatch)) == sent + 1


def test_a_generation_is_remembered_and_older_grants_are_not_taken(disk: SimDisk) -> None:
    anchor = MemoryAnchor()
    kiosk = confirmed(disk, anchor=anchor)
    kiosk.answer(2, generation=3)
    kiosk = restarted(disk, anchor=anchor).connect()
    assert kiosk.in_use.generation == 3
    kiosk.anna_comes(400)
    kiosk.grant("late", lot("lot-9", 500), request="x")
    assert not kiosk.holdings.has_grant("late")
    kiosk.answer(0, generation=2)
    assert kiosk.in_use.acknowledged_seq == 2


def test_a_central_system_that_knows_less_without_a_word_is_reported_and_gets_it_again(disk: SimDisk) -> None:
    kiosk = confirmed(disk, anchor=MemoryAnchor())
    kiosk.disconnect().connect()
    kiosk.answer(0, greeting="")
    assert (kiosk.in_use.acknowledged_seq, kiosk.rang()) == (2, [])
    kiosk.answer(0)
    assert kiosk.rang() == ["central_behind"]
    assert kiosk.last_batch()[1][:2] == [1, 2]


def test_what_a_corrupt_journal_had_not_sent_goes_up_until_it_is_acknowledged_at_later_starts_too(
    disk: SimDisk,
) -> None:
    anchor = MemoryAnchor()
    kiosk = confirmed(disk, anchor=anchor)
    append(kiosk.in_use, granted("g3", lot("lot-3", 200)))
    entries = [entry_hash(one.payload) for one in kiosk.in_use.unacknowledged(after=-1, limit=9)]
    kiosk.in_use.database.execute("DROP TABLE lot_right")
    again = restarted(disk, anchor=anchor)
    assert (again.in_use.epoch, again.start.began) == (2, "corrupt")
    for _start in range(2):
        again = restarted(disk, anchor=anchor).connect()
        old = [batch for batch in again.link.all(JournalBatch) if batch.epoch == 1][-1]
        assert [open_sealed(one, public=KEY.public).seq for one in old.entries] == [0, 1, 2, 3]
    again.runtime.take(Ack(terminal=TERMINAL, epoch=1, seq=3, head=entries[-1], central_ms=1))
    again = restarted(disk, anchor=anchor).connect()
    assert [batch for batch in again.link.all(JournalBatch) if batch.epoch == 1] == []
    # A central system that was restored may lack it again.
    again.answer(-1, generation=1)
    assert [batch for batch in again.link.all(JournalBatch) if batch.epoch == 1]


def test_a_damaged_entry_of_an_old_journal_is_reported_and_not_skipped(disk: SimDisk) -> None:
    anchor = MemoryAnchor()
    kiosk = confirmed(disk, anchor=anchor)
    kiosk.in_use.database.execute("DROP TRIGGER entry_keeps")
    kiosk.in_use.database.execute("UPDATE entry SET payload = zeroblob(40) WHERE seq = 1")
    again = restarted(disk, anchor=anchor).connect()
    old = [batch for batch in again.link.all(JournalBatch) if batch.epoch == 1][-1]
    assert [open_sealed(one, public=KEY.public).seq for one in old.entries] == [0]
    assert {"alarm": "old_journal_damaged", "seq": 1, "behind": 1}.items() <= again.link.alarms[-1].items()


def test_a_full_disk_shows_balances_refuses_the_rest_rings_and_recovers_by_itself(disk: SimDisk) -> None:
    kiosk = confirmed(disk, anchor=MemoryAnchor())
    disk.full = True
    kiosk.anna_comes(400)
    assert kiosk.shown()[0] == 400
    kiosk.runtime.take(RewardPressed("coffee"))
    kiosk.runtime.take(ConfirmPressed())
    assert kiosk.refusal().reason is Reason.CANNOT_RECORD
    assert kiosk.rang() == ["cannot_record"]
    kiosk.after(AGAIN_MS)
    disk.full = False
    kiosk.after(AGAIN_MS)
    assert kiosk.link.alarms[-1]["over"]
    kiosk.runtime.take(BackPressed())
    kiosk.runtime.take(RewardPressed("coffee"))
    kiosk.runtime.take(ConfirmPressed())
    assert kiosk.state is State.DONE


def test_a_spend_that_was_refused_and_is_there_all_the_same_is_shown_and_not_paid_again(disk: SimDisk) -> None:
    kiosk = confirmed(disk, anchor=MemoryAnchor())
    kiosk.anna_comes(400)
    disk.failing_syncs = 3
    kiosk.runtime.take(RewardPressed("coffee"))
    kiosk.runtime.take(ConfirmPressed())
    assert kiosk.refusal().reason is Reason.CANNOT_RECORD
    disk.failing_syncs = 0
    kiosk.runtime.take(BackPressed())
    kiosk.runtime.take(RewardPressed("coffee"))
    kiosk.runtime.take(ConfirmPressed())
    assert kiosk.state is State.DONE
    (spent,) = [entry.body for entry in kiosk.in_use.entries() if isinstance(entry.body, PointsSpent)]
    assert getattr(kiosk.terminal.outcome, "code", "") == spent.code
    assert kiosk.shown()[1] == 300


def test_damage_that_is_found_in_an_idle_moment_ends_the_epoch(disk: SimDisk) -> None:
    anchor = MemoryAnchor()
    kiosk = confirmed(disk, anchor=anchor)
    for number in range(3, 400):
        append(kiosk.in_use, granted(f"g{number}", lot("lot", 1)))
    kiosk.in_use.database.execute("DROP TRIGGER entry_keeps")
    kiosk.in_use.database.execute("UPDATE entry SET signature = zeroblob(64) WHERE seq = 40")
    again = restarted(disk, anchor=anchor)
    assert again.in_use.epoch == 1
    for _turn in range(20):
        again.runtime.after_show()
    assert again.in_use.epoch == 2
    assert next(iter(again.in_use.entries())).body == EpochBegun(
        software="1.0", reason="corrupt", before_epoch=1, before_seq=399
    )
