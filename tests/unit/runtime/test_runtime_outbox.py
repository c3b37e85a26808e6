"""The outbox: a small window at a time, again until the central system has signed for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware.runtime.outbox import RESEND_MS, WINDOW
from loyalty.entries import CouponNoted
from loyalty.wire.codec import MAX_BYTES, encode_up
from loyalty.wire.messages import JournalBatch
from tests.unit.journal.pages import append, granted
from tests.unit.loyalty.samples import lot
from tests.unit.runtime.fakes import Rig


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    rig = Rig(tmp_path)
    yield rig
    rig.journal.close()


def write(rig: Rig, count: int, *, lots: int = 0) -> None:
    """Entries of another day, so that there is something to send."""
    rig.journal.database.execute("PRAGMA synchronous=OFF")
    for number in range(rig.journal.head[0], rig.journal.head[0] + count):
        old = [lot(f"lot-{number}-{one}", 1, member="m-x") for one in range(lots)]
        noted = CouponNoted(coupon=f"c-{number}", member="m-x", points=5)
        append(rig.journal, granted(f"old-{number}", *old, member="m-x") if lots else noted)


def test_nothing_is_sent_while_the_link_is_down(rig: Rig) -> None:
    write(rig, 3)
    rig.after(RESEND_MS).after(RESEND_MS)
    assert rig.link.sent == []


def test_connecting_sends_what_is_not_acknowledged_a_window_at_a_time(rig: Rig) -> None:
    write(rig, 2 * WINDOW + 5)
    rig.connect()
    first, second, third = (list(range(start, start + WINDOW)) for start in (0, WINDOW, 2 * WINDOW))
    assert rig.batches() == [first]
    rig.ack(WINDOW - 1)
    rig.ack(2 * WINDOW - 1)
    assert rig.batches() == [first, second, third[: rig.journal.head[0] + 1 - 2 * WINDOW]]
    rig.ack(rig.journal.head[0])
    assert len(rig.batches()) == 3


def test_what_is_not_acknowledged_in_time_is_sent_again(rig: Rig) -> None:
    write(rig, 2)
    rig.connect().after(RESEND_MS - 1)
    assert rig.batches() == [[0, 1, 2]]
    rig.after(1)
    assert rig.batches() == [[0, 1, 2], [0, 1, 2]]
    rig.ack(1)
    rig.after(RESEND_MS)
    assert rig.batches()[-1] == [2]


def test_an_entry_written_meanwhile_waits_for_the_window_and_then_goes(rig: Rig) -> None:
    rig.connect().anna_comes(900)
    assert rig.batches() == [[0]]
    rig.grant("g1", lot("a", 100), request="earlier")
    assert rig.batches() == [[0]]
    rig.ack(0)
    assert rig.batches() == [[0], [1]]
    rig.ack(1)
    rig.grant("g2", lot("b", 100), request="earlier")
    assert rig.batches() == [[0], [1], [2]]


def test_after_a_lost_connection_everything_unacknowledged_goes_again(rig: Rig) -> None:
    write(rig, 3)
    rig.connect()
    rig.ack(1)
    rig.disconnect().after(RESEND_MS)
    assert len(rig.batches()) == 1
    rig.connect()
    assert rig.batches()[-1] == [2, 3]


def test_an_older_or_repeated_acknowledgement_sends_nothing_twice(rig: Rig) -> None:
    write(rig, 3)
    rig.connect()
    rig.ack(3)
    for older in (1, 3, 0):
        rig.ack(older)
    rig.ack(-1, head=bytes(32))
    rig.after(RESEND_MS)
    assert rig.batches() == [[0, 1, 2, 3]]
    assert rig.journal.acknowledged_seq == 3


def test_an_acknowledgement_of_another_epoch_says_nothing_about_this_one(rig: Rig) -> None:
    write(rig, 3)
    rig.connect()
    rig.ack(3, epoch=2)
    assert rig.journal.acknowledged_seq == -1


def test_an_acknowledgement_of_a_fork_does_not_stop_the_terminal(rig: Rig) -> None:
    write(rig, 3)
    rig.connect()
    rig.ack(2, head=b"f" * 32)
    rig.ack(99, head=b"f" * 32)
    assert rig.journal.acknowledged_seq == -1
    rig.anna_comes(900)
    assert rig.shown()[0] == 900
    rig.ack(3)
    assert rig.journal.acknowledged_seq == 3


def test_entries_of_many_lots_are_sent_in_messages_that_the_link_takes(rig: Rig) -> None:
    write(rig, 12, lots=500)
    rig.connect()
    while rig.journal.acknowledged_seq < rig.journal.head[0]:
        rig.ack(rig.batches()[-1][-1])
    sent = [seq for batch in rig.batches() for seq in batch]
    assert sent == list(range(rig.journal.head[0] + 1))
    assert len(rig.batches()) > 1
    assert all(len(encode_up(batch)) <= MAX_BYTES for batch in rig.link.all(JournalBatch))
