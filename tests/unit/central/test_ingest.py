"""A terminal's journal: each entry once, in order; nothing authentic is lost."""

from __future__ import annotations

import msgspec
import pytest
from django.db import DatabaseError, connection

from backend_bridge.central.fleet.models import ForkedEntry, Incident, JournalEntry
from loyalty import entries
from loyalty.entries import EpochBegun, entry_hash
from loyalty.rights import LotSpend
from loyalty.signing import Signed
from loyalty.wire import codec
from loyalty.wire.messages import Ack, Answer, JournalBatch, Refused
from tests.unit.central.lab import (
    BREAD,
    Lab,
    PaperTerminal,
    Sent,
    balance,
    incidents,
    member,
    points_wanted,
    returned,
    spent,
)


def ack_of(sent: list[Sent]) -> Ack:
    [ack] = [one.message for one in sent if isinstance(one.message, Ack)]
    return ack


def forged_spend() -> entries.PointsSpent:
    """A spend of points that the terminal does not hold."""
    lots = (LotSpend("opening-anna-1", 100),)
    return entries.PointsSpent(
        spend="x", member=member("anna"), pool=BREAD, lots=lots, reward="loaf", company="de-molen", code="X"
    )


def test_entries_are_applied_once_however_often_they_are_sent(lab: Lab) -> None:
    molen = PaperTerminal("molen-1")
    grant = lab.grant(molen, points_wanted("anna", 150))
    molen.write(spent(grant.lots))

    for _ in range(3):
        ack = ack_of(lab.upload(molen))
        assert (ack.seq, ack.head) == (2, entry_hash(molen.journal[-1].payload))

    assert balance("anna") == 640 - 150
    assert incidents() == []


def test_two_copies_of_an_entry_in_one_batch_are_applied_once(lab: Lab) -> None:
    molen = PaperTerminal("molen-1")
    grant = lab.grant(molen, points_wanted("anna", 150))
    molen.write(spent(grant.lots))
    doubled = JournalBatch(epoch=1, entries=tuple(one for one in molen.journal for _ in range(2)))

    lab.send("molen-1", "up/journal", codec.encode_up(doubled))

    assert balance("anna") == 490
    assert incidents() == []


def test_an_entry_behind_a_gap_waits_and_the_gap_is_noticed_once(lab: Lab) -> None:
    molen = PaperTerminal("molen-1")
    molen.write(EpochBegun("1.0"))
    molen.write(EpochBegun("1.0"))

    assert ack_of(lab.upload(molen, 1)).seq == -1
    assert ack_of(lab.upload(molen, 0, 1)).seq == 0
    for _ in range(3):
        assert ack_of(lab.upload(molen, 2)).seq == 0
    assert incidents() == ["gap", "gap"]
    assert Incident.objects.filter(closed_at=None).count() == 1
    assert ack_of(lab.upload(molen)).seq == 2
    assert not Incident.objects.filter(closed_at=None).exists()


def test_a_fork_keeps_both_branches_and_stops_the_epoch(lab: Lab) -> None:
    molen = PaperTerminal("molen-1")
    grant = lab.grant(molen, points_wanted("anna", 150))
    other = PaperTerminal("molen-1")
    other.write(EpochBegun("restored"))
    other.write(EpochBegun("restored"))

    lab.upload(other)
    molen.write(spent(grant.lots))
    ack = ack_of(lab.upload(molen))

    assert ack.seq == 1
    assert balance("anna") == 640
    kept = set(ForkedEntry.objects.values_list("hash", flat=True))
    assert kept == {entry_hash(one.payload).hex() for one in (*other.journal[1:], molen.journal[2])}
    assert JournalEntry.objects.filter(terminal="molen-1").count() == 2
    assert incidents() == ["fork"]


def test_a_forked_journal_gets_no_rights_and_none_are_called_back_from_it(lab: Lab) -> None:
    molen, other = PaperTerminal("molen-1"), PaperTerminal("molen-2")
    lab.grant(molen, points_wanted("anna", 600))
    molen.journal[1:] = []
    molen.write(EpochBegun("restored"))
    lab.upload(molen)

    told = []
    for paper in (molen, other):
        [sent] = lab.ask(paper, points_wanted("anna", 100))
        assert isinstance(sent.message, Answer)
        told.append(sent.message.result)
    assert told == [Refused(reason="late"), Refused(reason="not_enough_points", points=40)]


def test_an_entry_that_does_not_carry_the_head_is_a_fork(lab: Lab) -> None:
    molen = PaperTerminal("molen-1")
    molen.write(EpochBegun("1.0"), prev=bytes([9]) * 32)

    assert ack_of(lab.upload(molen)).seq == 0
    assert incidents() == ["fork"]


def test_an_entry_that_cannot_be_posted_is_kept_and_the_next_ones_go_on(lab: Lab) -> None:
    molen = PaperTerminal("molen-1")
    grant = lab.grant(molen, points_wanted("anna", 150))
    molen.write(forged_spend())
    molen.write(spent(grant.lots))

    assert ack_of(lab.upload(molen)).seq == 3
    assert balance("anna") == 490
    assert incidents() == ["suspense"]
    outcomes = JournalEntry.objects.order_by("seq").values_list("outcome", flat=True)
    assert list(outcomes) == ["posted", "posted", "suspense", "posted"]


def test_a_spend_for_another_company_goes_to_suspense(lab: Lab) -> None:
    molen = PaperTerminal("molen-1")
    grant = lab.grant(molen, points_wanted("anna", 150))
    molen.write(spent(grant.lots, company="cocktailbar-zuid"))

    lab.upload(molen)

    assert balance("anna") == 640
    assert incidents() == ["suspense"]


def test_more_than_was_granted_is_never_spent(lab: Lab) -> None:
    molen = PaperTerminal("molen-1")
    grant = lab.grant(molen, points_wanted("anna", 150))
    for _ in range(3):
        molen.write(spent(grant.lots))

    lab.upload(molen)

    assert balance("anna") == 490
    assert incidents() == ["suspense", "suspense"]


@pytest.mark.parametrize("points", [0, -5, 2**40, 2**63 - 1, 2**64 - 1])
def test_impossible_numbers_of_points_go_to_suspense(lab: Lab, points: int) -> None:
    molen = PaperTerminal("molen-1")
    grant = lab.grant(molen, points_wanted("anna", 150))
    body = msgspec.structs.replace(spent(grant.lots), lots=(LotSpend(grant.lots[0].lot, points),))
    molen.write(body)

    assert ack_of(lab.upload(molen)).seq == 2
    assert balance("anna") == 640
    assert incidents() == ["suspense"]


def test_a_bad_signature_is_not_applied_and_noticed_once(lab: Lab) -> None:
    molen = PaperTerminal("molen-1")
    good = molen.journal[0]
    molen.journal[0] = Signed(good.payload, good.key_id, bytes(64))

    for _ in range(2):
        assert ack_of(lab.upload(molen)).seq == -1
    assert incidents() == ["bad_signature"]


def test_an_entry_of_another_terminal_is_not_applied(lab: Lab) -> None:
    molen = PaperTerminal("molen-1", begun=False)
    molen.write(EpochBegun("1.0"), terminal="molen-2")

    assert ack_of(lab.upload(molen)).seq == -1
    assert incidents() == ["foreign_entry"]


def test_another_terminals_journal_is_not_taken_on_this_topic(lab: Lab) -> None:
    lab.send("molen-1", "up/journal", PaperTerminal("molen-2").batch())

    assert incidents() == ["bad_signature"]


def test_an_older_journal_is_applied_whenever_it_comes(lab: Lab) -> None:
    lab.upload(PaperTerminal("molen-1", epoch=5))

    assert ack_of(lab.upload(PaperTerminal("molen-1", epoch=4))).seq == 0
    assert ack_of(lab.upload(PaperTerminal("molen-1", epoch=6))).seq == 0
    assert incidents() == []


def test_an_old_epoch_that_is_known_can_still_be_recovered(lab: Lab) -> None:
    old = PaperTerminal("molen-1", epoch=1)
    grant = lab.grant(old, points_wanted("anna", 150))
    lab.upload(PaperTerminal("molen-1", epoch=2))
    old.write(returned(grant.lots))

    assert ack_of(lab.upload(old)).seq == 2
    assert incidents() == []


def test_an_epoch_begins_with_its_first_entry(lab: Lab) -> None:
    molen = PaperTerminal("molen-1", begun=False)
    molen.write(forged_spend())

    assert ack_of(lab.upload(molen)).seq == -1
    assert incidents() == ["bad_epoch"]


def test_an_entry_of_a_newer_kind_waits_at_the_terminal(lab: Lab) -> None:
    molen = PaperTerminal("molen-1")
    molen.write(EpochBegun("1.0"), v=2)
    molen.write(EpochBegun("1.0"))

    assert ack_of(lab.upload(molen)).seq == 0
    assert incidents() == ["unreadable"]


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\x00",
        b"garbage",
        b"\x91" * 100_000,
        b"\xff" * 300_000,
        codec.encode_up(JournalBatch(epoch=-1, entries=())),
    ],
)
@pytest.mark.parametrize("channel", ["up/journal", "up/ask", "state"])
def test_garbage_is_noticed_once_and_not_acknowledged(lab: Lab, channel: str, payload: bytes) -> None:
    for _ in range(3):
        assert lab.send("molen-1", channel, payload) == []
    assert incidents() == ["garbled"]


def test_an_epoch_that_no_database_can_keep_is_garbage(lab: Lab) -> None:
    assert lab.send("molen-1", "up/journal", codec.encode_up(JournalBatch(epoch=2**64 - 1, entries=()))) == []
    assert incidents() == ["garbled"]


def test_a_terminal_that_is_not_registered_gets_nothing(lab: Lab) -> None:
    assert lab.send("stranger-1", "up/journal", PaperTerminal("stranger-1").batch()) == []
    assert incidents() == ["unknown_terminal"]


@pytest.mark.usefixtures("owner")
def test_nothing_is_acknowledged_when_the_database_fails(lab: Lab) -> None:
    molen = PaperTerminal("molen-1")
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE fleet_journalentry RENAME TO gone")
    with pytest.raises(DatabaseError):
        lab.upload(molen)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE gone RENAME TO fleet_journalentry")

    assert ack_of(lab.upload(molen)).seq == 0
