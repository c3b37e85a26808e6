"""Each row of ADR 0018's table: what is found at the start, what it is taken for, and what is done."""

from __future__ import annotations

import random
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.hal.ports import Mark
from firmware.journal import chain
from firmware.journal.checking import TAIL
from firmware.journal.errors import AnchorBehind, CannotRecord, JournalStopped, NotConfirmed
from firmware.journal.holdings import Holdings
from firmware.journal.opening import begin_again, open_at_start
from firmware.journal.storage import RealDisk
from hw_sim.disk.disk import SimDisk
from hw_sim.disk.errors import PowerLost
from loyalty.entries import Entry, EpochBegun, open_sealed
from loyalty.signing import Signed
from tests.unit.journal.pages import append, granted
from tests.unit.journal.starts import HERE, Kiosk, MemoryAnchor, premises
from tests.unit.loyalty.samples import CLOCK, MEMBER, lot


def test_the_normal_case_goes_on() -> None:
    kiosk = Kiosk()
    append(kiosk.journal, granted("g1", lot("a", 1)))
    start = kiosk.starts()
    assert start.began is None
    assert start.journal.mark == Mark(1, 1) == kiosk.panel.mark
    assert append(start.journal, granted("g2", lot("a", 1))).seq == 2


def test_the_first_start_of_all_is_told_as_such_and_waits_for_the_central_system() -> None:
    disk, anchor = SimDisk(random.Random(1)), MemoryAnchor()
    start = open_at_start(premises(disk, anchor=anchor), clock=CLOCK)
    assert start.began == "first"
    with pytest.raises(NotConfirmed):
        append(start.journal, granted("g1", lot("a", 1)))
    assert start.journal.unacknowledged(after=-1, limit=9) == ()
    start.journal.confirm()
    assert append(start.journal, granted("g1", lot("a", 1))).seq == 1
    assert anchor.mark == Mark(1, 1)


def test_one_entry_may_be_ahead_of_the_mark_and_no_more() -> None:
    kiosk = Kiosk()
    append(kiosk.journal, granted("g1", lot("a", 1)))
    kiosk.panel.mark = Mark(1, 0)
    assert kiosk.starts().journal.standing.confirmed
    append(kiosk.journal, granted("g2", lot("a", 1)))
    kiosk.panel.mark = Mark(1, 0)
    start = kiosk.starts()
    assert (start.began, start.journal.standing.confirmed) == (None, False)


def test_a_restored_disk_begins_a_new_epoch_without_rights() -> None:
    kiosk = Kiosk()
    append(kiosk.journal, granted("g1", lot("a", 5)))
    image = kiosk.disk.image()
    append(kiosk.journal, granted("g2", lot("a", 1)))
    kiosk.disk.restore(image)
    start = kiosk.starts()
    assert start.began == "restored"
    assert kiosk.begun() == EpochBegun(software="1.0", reason="restored", before_epoch=1, before_seq=2)
    assert Holdings(start.journal.database).rights(MEMBER) == ()
    assert kiosk.panel.mark == Mark(2, 0)
    assert kiosk.disk.names(HERE) == sorted(
        ["aside-0001-restored.sqlite3", "epoch", "journal.sqlite3", "journal.sqlite3-wal"]
    )
    assert kiosk.starts().began is None


def test_a_disk_of_an_older_epoch_is_a_restored_one() -> None:
    kiosk = Kiosk()
    first = kiosk.disk.image()
    kiosk.disk.restore(SimDisk(random.Random(3)).image())
    assert kiosk.starts().began == "new_disk"
    kiosk.disk.restore(first)
    assert kiosk.starts().began == "restored"
    assert kiosk.journal.epoch == 3


def test_a_new_disk_begins_the_epoch_after_the_marks() -> None:
    kiosk = Kiosk()
    append(kiosk.journal, granted("g1", lot("a", 5)))
    kiosk.disk.restore(SimDisk(random.Random(2)).image())
    start = kiosk.starts()
    assert start.journal.standing.confirmed
    assert kiosk.begun() == EpochBegun(software="1.0", reason="new_disk", before_epoch=1, before_seq=1)
    assert start.journal.mark == Mark(2, 0)


def test_a_copied_disk_on_other_hardware_begins_a_new_epoch() -> None:
    kiosk = Kiosk(anchored=False)
    append(kiosk.journal, granted("g1", lot("a", 5)))
    start = kiosk.starts(hardware="pi-2")
    assert start.began == "other_hardware"
    # Where the other one goes on from here, nobody knows.
    assert kiosk.begun() == EpochBegun(software="1.0", reason="other_hardware")
    assert not start.journal.standing.confirmed
    assert kiosk.starts(hardware="pi-2").began is None


@pytest.mark.parametrize("anchored", [True, False])
def test_a_corrupt_database_is_set_aside_and_what_is_readable_of_it_can_be_sent(anchored: bool) -> None:
    reasons = []
    for seed in range(25):
        kiosk = Kiosk(seed, anchored=anchored)
        for number in range(60):
            append(kiosk.journal, granted(f"g{number}", lot(f"lot-{number}", 1)))
        kiosk.journal.close()
        kiosk.disk.corrupt(40, HERE / "journal.sqlite3")
        start = kiosk.starts()
        reasons.append(start.began)
        if start.began is None:
            continue
        assert start.began == "corrupt"
        (old,) = kiosk.old()
        if old.open():
            assert (old.epoch, start.journal.epoch) == (1, 2)
            sendable = old.unacknowledged(after=-1, limit=100)
            assert len(sendable) == 61 or old.damage is not None
        assert old.name == "aside-0001-corrupt.sqlite3"
        if anchored:
            assert (kiosk.begun().before_epoch, kiosk.begun().before_seq) == (1, 60)
    assert reasons.count("corrupt") >= 20


def test_a_broken_chain_is_a_corrupt_database() -> None:
    kiosk = Kiosk()
    for number in range(5):
        append(kiosk.journal, granted(f"g{number}", lot("a", 1)))
    kiosk.journal.database.execute("DROP TRIGGER entry_keeps")
    kiosk.journal.database.execute("UPDATE entry SET signature = zeroblob(64) WHERE seq = 2")
    assert kiosk.starts().began == "corrupt"


def test_a_database_that_another_process_has_is_not_set_aside() -> None:
    kiosk = Kiosk()
    with pytest.raises(CannotRecord):
        open_at_start(kiosk.premises, clock=CLOCK)
    assert not [name for name in kiosk.disk.names(HERE) if name.startswith("aside")]


def test_without_an_anchor_nothing_is_recorded_before_the_central_system_has_spoken_in_this_start() -> None:
    kiosk = Kiosk(anchored=False)
    append(kiosk.journal, granted("g1", lot("a", 1)))
    start = kiosk.starts()
    assert start.began is None
    with pytest.raises(NotConfirmed):
        append(start.journal, granted("g2", lot("a", 1)))
    start.journal.confirm()
    append(start.journal, granted("g2", lot("a", 1)))


def test_an_anchor_that_falls_silent_lets_one_entry_through_and_no_more() -> None:
    kiosk = Kiosk()
    kiosk.panel.silent = True
    append(kiosk.journal, granted("g1", lot("a", 1)))
    with pytest.raises(AnchorBehind):
        append(kiosk.journal, granted("g2", lot("a", 1)))
    kiosk.panel.silent = False
    append(kiosk.journal, granted("g3", lot("a", 1)))
    assert kiosk.panel.mark == Mark(1, 2)


def test_an_anchor_that_is_silent_at_the_start_and_then_knows_better_stops_the_journal() -> None:
    kiosk = Kiosk()
    append(kiosk.journal, granted("g1", lot("a", 1)))
    image = kiosk.disk.image()
    append(kiosk.journal, granted("g2", lot("a", 1)))
    kiosk.disk.restore(image)
    kiosk.panel.silent = True
    start = kiosk.starts()
    start.journal.confirm()
    with pytest.raises(AnchorBehind):
        append(start.journal, granted("g3", lot("a", 1)))
    kiosk.panel.silent = False
    with pytest.raises(JournalStopped):
        append(start.journal, granted("g3", lot("a", 1)))


def test_a_stopped_journal_stays_stopped_and_the_next_start_begins_anew() -> None:
    kiosk = Kiosk()
    append(kiosk.journal, granted("g1", lot("a", 1)))
    kiosk.journal.stop("closed")
    with pytest.raises(JournalStopped):
        append(kiosk.journal, granted("g2", lot("a", 1)))
    assert kiosk.starts().began == "closed"
    assert kiosk.begun().before_seq == 1


def test_beginning_again_goes_beyond_an_epoch_that_is_taken() -> None:
    kiosk = Kiosk(anchored=False)
    start = begin_again(kiosk.premises, kiosk.journal, reason="restored", clock=CLOCK, above=7)
    assert (start.began, start.journal.epoch) == ("restored", 8)
    assert not start.journal.standing.confirmed


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32), operations=st.integers(0, 60), case=st.sampled_from(["restored", "new", "closed"]))
def test_a_start_that_is_cut_short_anywhere_ends_in_one_new_epoch(seed: int, operations: int, case: str) -> None:
    kiosk = Kiosk(seed)
    append(kiosk.journal, granted("g1", lot("a", 1)))
    image = kiosk.disk.image()
    append(kiosk.journal, granted("g2", lot("a", 1)))
    if case == "closed":
        kiosk.journal.stop("closed")
        kiosk.disk.power_cut()
    else:
        kiosk.disk.restore(image if case == "restored" else SimDisk(random.Random(1)).image())
    kiosk.disk.power_goes_after(operations)
    with suppress(PowerLost):
        open_at_start(kiosk.premises, clock=CLOCK)
    kiosk.starts()
    body = kiosk.begun()
    assert (body.reason, body.before_epoch, body.before_seq) == ({"new": "new_disk"}.get(case, case), 1, 2)
    assert kiosk.journal.mark == Mark(2, 0) == kiosk.panel.mark
    kept = [old for old in kiosk.old() if old.open()]
    assert [old.head_seq for old in kept] == {"restored": [1], "closed": [2], "new": []}[case]
    kiosk.disk.close()


def test_the_same_on_a_real_disk(tmp_path: Path) -> None:
    anchor = MemoryAnchor()
    where = premises(SimDisk(random.Random(1)), anchor=anchor)
    where = type(where)(
        storage=RealDisk(), directory=tmp_path, terminal=where.terminal, key=where.key, software="1.0", anchor=anchor
    )
    first = open_at_start(where, clock=CLOCK)
    first.journal.confirm()
    append(first.journal, granted("g1", lot("a", 1)))
    first.journal.close()
    data = bytearray((tmp_path / "journal.sqlite3").read_bytes())
    data[100:140] = b"x" * 40
    (tmp_path / "journal.sqlite3").write_bytes(data)
    second = open_at_start(where, clock=CLOCK)
    assert second.began == "corrupt"
    assert (tmp_path / "aside-0001-corrupt.sqlite3").read_bytes() == data
    second.journal.close()
    assert open_at_start(where, clock=CLOCK).began is None


def test_a_start_verifies_a_bounded_part_of_a_long_journal(monkeypatch: pytest.MonkeyPatch) -> None:
    kiosk = Kiosk()
    for number in range(TAIL + 200):
        append(kiosk.journal, granted(f"g{number}", lot("a", 1)))
    verified = []

    def counting(signed: Signed, *, public: bytes) -> Entry:
        entry = open_sealed(signed, public=public)
        verified.append(entry.seq)
        return entry

    monkeypatch.setattr(chain, "open_sealed", counting)
    kiosk.starts()
    assert verified == list(range(201, TAIL + 201))
