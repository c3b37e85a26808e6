"""What the central system has committed, and what has still to be sent."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware.journal.errors import HeadMismatch
from firmware.journal.journal import Journal
from loyalty.entries import entry_hash, open_sealed
from tests.unit.journal.pages import append, granted, open_journal
from tests.unit.loyalty.samples import KEY, lot


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    journal = open_journal(tmp_path)
    for number in range(1, 6):
        append(journal, granted(f"g{number}", lot(f"lot-{number}", 10)))
    yield journal
    journal.close()


def hash_of(journal: Journal, seq: int) -> bytes:
    (signed,) = journal.unacknowledged(after=seq - 1, limit=1)
    return entry_hash(signed.payload)


def waiting(journal: Journal, *, after: int = -1, limit: int = 100) -> list[int]:
    signed = journal.unacknowledged(after=after, limit=limit)
    return [open_sealed(one, public=KEY.public).seq for one in signed]


def test_everything_waits_until_it_is_acknowledged(journal: Journal) -> None:
    assert journal.acknowledged_seq == -1
    assert waiting(journal) == [0, 1, 2, 3, 4, 5]
    assert waiting(journal, after=2, limit=2) == [3, 4]


def test_an_acknowledgement_takes_entries_out_of_the_outbox_only(journal: Journal) -> None:
    journal.acknowledge(seq=3, head=hash_of(journal, 3))
    assert waiting(journal) == [4, 5]
    assert waiting(journal, after=4) == [5]
    assert len(list(journal.entries())) == 6


def test_an_older_word_changes_nothing(journal: Journal) -> None:
    hashes = [hash_of(journal, seq) for seq in range(6)]
    journal.acknowledge(seq=4, head=hashes[4])
    for older in (2, 4):
        journal.acknowledge(seq=older, head=hashes[older])
    journal.acknowledge(seq=-1, head=bytes(32))
    assert journal.acknowledged_seq == 4


@pytest.mark.parametrize("seq", [3, 5, 6, 2**62])
def test_an_entry_that_is_not_here_is_never_acknowledged(journal: Journal, seq: int) -> None:
    with pytest.raises(HeadMismatch):
        journal.acknowledge(seq=seq, head=b"x" * 32)
    assert journal.acknowledged_seq == -1


def test_what_was_acknowledged_stays_so_after_a_restart(journal: Journal, tmp_path: Path) -> None:
    journal.acknowledge(seq=5, head=hash_of(journal, 5))
    journal.close()
    again = open_journal(tmp_path)
    assert again.acknowledged_seq == 5
    assert waiting(again) == []
    append(again, granted("g9", lot("lot-9", 1)))
    assert waiting(again) == [6]
    again.close()
