"""An entry and what it does are one: either both are on the disk, or neither is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware.journal.errors import AlreadyRecorded, CannotRecord
from firmware.journal.holdings import Holdings
from firmware.journal.journal import Journal
from loyalty.entries import Body, CouponNoted
from loyalty.errors import NotEnoughRights
from loyalty.rights import LotSpend
from tests.unit.journal.pages import append, granted, open_journal, registered, returned, spent
from tests.unit.loyalty.samples import MEMBER, lot


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    journal = open_journal(tmp_path)
    append(journal, granted("g1", lot("a", 10), coupon="c1"))
    append(journal, CouponNoted(coupon="c2", member=MEMBER, points=5))
    yield journal
    journal.close()


def fill(journal: Journal) -> int:
    """Let the disk have no more room, and write until that is noticed."""
    pages = journal.database.execute("PRAGMA page_count").fetchone()[0]
    journal.database.execute(f"PRAGMA max_page_count={pages}")
    for number in range(1_000):
        try:
            append(journal, granted(f"filling-{number}", lot("a", 1)))
        except CannotRecord:
            return number
    raise AssertionError("the disk was never full")


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (spent("s1", LotSpend("a", 11)), NotEnoughRights),
        (spent("s1", LotSpend("a", 6), LotSpend("a", 6)), NotEnoughRights),
        (spent("s1", LotSpend("a", 1), member="m-bert"), NotEnoughRights),
        (returned(LotSpend("z", 1)), NotEnoughRights),
        (returned(coupon="c9"), NotEnoughRights),
        (returned(LotSpend("a", 99), coupon="c1"), NotEnoughRights),
        (registered("c9", 5, seq=3), NotEnoughRights),
        (registered("c1", 5, seq=3, member="m-bert"), NotEnoughRights),
        (granted("g1", lot("b", 5)), AlreadyRecorded),
        (granted("g2", lot("b", 5), lot("c", 0)), NotEnoughRights),
        (CouponNoted(coupon="c2", member=MEMBER, points=5), AlreadyRecorded),
    ],
)
def test_an_entry_that_must_not_be_leaves_no_trace(journal: Journal, body: Body, error: type[Exception]) -> None:
    holdings = Holdings(journal.database)
    head = journal.head
    with pytest.raises(error):
        append(journal, body)
    assert journal.head == head
    assert len(list(journal.entries())) == 3
    assert holdings.rights(MEMBER) == (lot("a", 10),)
    assert holdings.coupons(MEMBER) == ["c1"]
    assert not holdings.has_grant("g2")
    assert append(journal, spent("s2", LotSpend("a", 10))).seq == 3


def test_a_coupon_is_registered_once_even_if_its_home_comes_back(journal: Journal) -> None:
    append(journal, registered("c1", 5, seq=3))
    append(journal, granted("g2", coupon="c1"))
    with pytest.raises(AlreadyRecorded):
        append(journal, registered("c1", 5, seq=5))
    assert Holdings(journal.database).coupons(MEMBER) == ["c1"]


def test_on_a_full_disk_nothing_is_recorded_and_nothing_is_lost(journal: Journal) -> None:
    taken = fill(journal)
    holdings = Holdings(journal.database)
    head, rights = journal.head, holdings.rights(MEMBER)
    assert sum(right.points for right in rights) == 10 + taken
    large = granted("large", *(lot(f"lot-{number}", 1) for number in range(400)))
    with pytest.raises(CannotRecord):
        append(journal, large)
    assert (journal.head, holdings.rights(MEMBER)) == (head, rights)
    assert len(list(journal.entries())) == head[0] + 1


def test_once_there_is_space_again_the_journal_goes_on(journal: Journal) -> None:
    fill(journal)
    head = journal.head
    journal.database.execute("PRAGMA max_page_count=1000000")
    assert append(journal, spent("s1", LotSpend("a", 10))).prev == head[1]
    assert len(list(journal.entries())) == head[0] + 2
