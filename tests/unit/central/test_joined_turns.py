"""Messages of several terminals in one transaction: what comes of them is what comes of each by itself."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
from django.conf import settings
from django.db import IntegrityError, OperationalError, connection
from hypothesis import given
from hypothesis import strategies as st

from backend_bridge.central.desk.reading import read, stages
from backend_bridge.central.fleet.models import EpochHead, ForkedEntry, Incident, JournalEntry, RightsAsk
from backend_bridge.central.ledger.models import Cause, Holding, Redemption, Transfer
from backend_bridge.link.outgoing import Incoming
from loyalty.entries import EpochBegun, entry_hash
from loyalty.signing import Signed
from loyalty.wire import codec
from loyalty.wire.messages import Ack, Answer, Ask, BalanceWanted, Grant, JournalBatch, Refused
from tests.unit.central.lab import (
    NOW_MS,
    Lab,
    PaperTerminal,
    Sent,
    balance,
    card,
    fresh_database,
    incidents,
    opened,
    points_wanted,
    returned,
    spent,
)

#: What one statement of a turn may fail with: the whole turn fails, or its journals are applied one by one.
Failure = type[OperationalError] | type[IntegrityError]


def journal(paper: PaperTerminal, start: int = 0, stop: int | None = None) -> Incoming:
    return Incoming(paper.terminal, "up/journal", paper.batch(start, stop))


def asked(paper: PaperTerminal, want: Any, *, request: str = "r1", epoch: int | None = None) -> Incoming:
    ask = Ask(request=request, epoch=paper.epoch if epoch is None else epoch, deadline_ms=NOW_MS + 5000, want=want)
    return Incoming(paper.terminal, "up/ask", codec.encode_up(ask))


def together(lab: Lab, *messages: Incoming) -> list[Sent]:
    return opened(lab.desk.handle_together(messages, now_ms=lab.now_ms))


def acks(sent: list[Sent]) -> dict[str, int]:
    return {one.terminal: one.message.seq for one in sent if isinstance(one.message, Ack)}


def spending(lab: Lab, terminal: str, name: str, points: int) -> PaperTerminal:
    """A terminal that has spent, and whose last entry is still to be sent."""
    paper = PaperTerminal(terminal)
    grant = lab.grant(paper, points_wanted(name, points))
    paper.write(spent(grant.lots, company="cocktailbar-zuid" if terminal == "zuid-1" else "de-molen"))
    return paper


def what_is_kept() -> dict[str, list[Any]]:
    """Everything that journals write, without the numbers that follow from the order between terminals."""
    moved = Transfer.objects.values_list("cause__key", "line", "kind", "debit", "credit", "amount", "unit", "lot")
    return {
        "heads": sorted(EpochHead.objects.values_list("terminal", "epoch", "seq", "head", "stopped")),
        "entries": sorted(JournalEntry.objects.values_list("terminal", "epoch", "seq", "hash", "outcome", "reason")),
        "forked": sorted(ForkedEntry.objects.values_list("hash")),
        "causes": sorted(Cause.objects.exclude(kind="rights_granted").values_list("key", "kind", "company", "by")),
        "moved": sorted(moved.exclude(cause__kind="rights_granted"), key=str),
        "held": sorted(Holding.objects.values_list("account", "lot", "amount")),
        "redeemed": sorted(Redemption.objects.values_list("entry", "member", "points", "code")),
        "noticed": sorted(Incident.objects.values_list("key", "kind", "detail")),
        "open": sorted(Incident.objects.filter(closed_at=None).values_list("key")),
    }


def test_journals_of_many_terminals_are_applied_in_one_turn(lab: Lab) -> None:
    one, other = spending(lab, "molen-1", "anna", 150), spending(lab, "molen-2", "anna", 40)
    begun = PaperTerminal("kaple-1")
    sent = together(lab, journal(one), journal(other), journal(begun))
    assert acks(sent) == {"molen-1": 2, "molen-2": 2, "kaple-1": 0}
    assert balance("anna") == 640 - 190
    assert incidents() == []


def test_several_messages_of_one_journal_are_each_acknowledged_up_to_its_head(lab: Lab) -> None:
    molen = spending(lab, "molen-1", "anna", 150)
    for _ in range(3):
        molen.write(EpochBegun("again"))
    sent = together(lab, journal(molen, 2, 4), journal(molen, 0, 4), journal(molen, 4))
    assert [one.message.seq for one in sent if isinstance(one.message, Ack)] == [5, 5, 5]
    assert balance("anna") == 490


def test_a_gap_that_is_filled_in_the_same_turn_is_settled(lab: Lab) -> None:
    molen = PaperTerminal("molen-1")
    molen.write(EpochBegun("1.0"))
    molen.write(EpochBegun("1.0"))
    sent = together(lab, journal(molen, 0, 1), journal(molen, 2), journal(molen, 1))
    assert acks(sent) == {"molen-1": 2}
    assert incidents() == ["gap"]
    assert not Incident.objects.filter(closed_at=None).exists()


def test_hostile_messages_spoil_nothing_of_the_others_in_their_turn(lab: Lab) -> None:
    good, forger, thief = spending(lab, "molen-1", "anna", 150), PaperTerminal("molen-2"), PaperTerminal("zuid-1")
    grant = lab.grant(forger, points_wanted("anna", 40))
    forged = Signed(forger.write(spent(grant.lots)).payload, forger.key.key_id, bytes(64))
    thief.write(spent(grant.lots, company="cocktailbar-zuid"))
    sent = together(
        lab,
        Incoming("molen-2", "up/journal", codec.encode_up(JournalBatch(epoch=1, entries=(forged,)))),
        Incoming("zuid-1", "up/ask", b"\xff" * 1000),
        Incoming("stranger-1", "up/journal", PaperTerminal("stranger-1").batch()),
        journal(good),
        journal(thief),
    )
    assert acks(sent) == {"molen-1": 2, "molen-2": 1, "zuid-1": 1}
    assert balance("anna") == 490
    assert sorted(incidents()) == ["bad_signature", "garbled", "suspense", "unknown_terminal"]


def test_a_question_is_answered_from_the_books_behind_the_journal_before_it(lab: Lab) -> None:
    molen = PaperTerminal("molen-1")
    grant = lab.grant(molen, points_wanted("anna", 150))
    molen.write(returned(grant.lots))
    want = points_wanted("anna", 640)
    sent = together(lab, asked(molen, want, request="before"), journal(molen), asked(molen, want, request="behind"))
    told = {one.message.request: one.message for one in sent if isinstance(one.message, Answer | Grant)}
    # Before its return nobody else holds what is missing, and the terminal does not call back its own.
    assert isinstance(told["before"], Answer)
    assert told["before"].result == Refused(reason="not_enough_points", points=490)
    assert isinstance(told["behind"], Grant)


def test_rights_that_come_back_in_a_turn_answer_those_who_wait(lab: Lab) -> None:
    molen, other = PaperTerminal("molen-1"), PaperTerminal("molen-2")
    grant = lab.grant(molen, points_wanted("anna", 600))
    lab.ask(other, points_wanted("anna", 100), request="waits")
    assert RightsAsk.objects.get(request="waits").status == RightsAsk.Status.WAITING
    molen.write(returned(grant.lots))
    sent = together(lab, journal(molen), asked(other, BalanceWanted(card=card("anna"))))
    assert [one.message.request for one in sent if isinstance(one.message, Grant)] == ["waits"]


def test_two_epochs_of_a_terminal_in_one_turn_are_judged_one_after_the_other(lab: Lab) -> None:
    sent = together(lab, *(journal(PaperTerminal("molen-1", epoch=epoch)) for epoch in (5, 6)))
    assert [(one.message.epoch, one.message.seq) for one in sent if isinstance(one.message, Ack)] == [(5, 0), (6, 0)]
    assert EpochHead.objects.filter(terminal="molen-1").count() == 2
    assert incidents() == []


@given(
    said=st.lists(
        st.tuples(st.sampled_from(["a", "b"]), st.sampled_from(["journal 1", "journal 2", "ask"])), max_size=9
    )
)
def test_stages_keep_every_terminals_own_order(said: list[tuple[str, str]]) -> None:
    told = [PaperTerminal(terminal) for terminal, _ in said]
    messages = [
        asked(paper, BalanceWanted(card="c"), request=f"{number}")
        if what == "ask"
        else Incoming(paper.terminal, "up/journal", codec.encode_up(JournalBatch(epoch=int(what[-1]), entries=())))
        for number, (paper, (_, what)) in enumerate(zip(told, said, strict=True))
    ]
    came = [read(message) for message in messages]
    found = stages(came)
    for terminal in ("a", "b"):
        order: list[object] = []
        for stage in found:
            epochs = {batch.epoch for who, batch in stage.journals if who == terminal}
            assert len(epochs) <= 1
            order += [batch for who, batch in stage.journals if who == terminal]
            order += [one.said for one in stage.others if one.terminal == terminal]
        assert order == [one.said for one in came if one.terminal == terminal]
    assert all(stage.journals or stage.others for stage in found)
    assert sum(len(stage.journals) + len(stage.others) for stage in found) == len(came)


def many(lab: Lab) -> list[Incoming]:
    """Messages of four terminals, good and bad ones, some repeated."""
    one, other, bar = (
        spending(lab, "molen-1", "anna", 150),
        spending(lab, "molen-2", "anna", 40),
        PaperTerminal("zuid-1"),
    )
    one.write(spent(lab.grant(other, points_wanted("anna", 7)).lots))  # what another terminal holds
    restored = PaperTerminal("molen-2")
    restored.journal[:] = other.journal[:3]
    restored.write(EpochBegun("restored"))
    other.write(EpochBegun("on and on"))
    bar.write(EpochBegun("1.1"))
    bar.write(EpochBegun("1.2"))
    kaple = PaperTerminal("kaple-1", epoch=2)
    unreadable = PaperTerminal("kaple-1", epoch=2)
    unreadable.write(EpochBegun("1.1"), v=9)
    return [
        journal(bar, 2),
        journal(one),
        journal(other, 0, 3),
        journal(kaple),
        Incoming("molen-1", "up/journal", b"\x00\xff"),
        journal(bar, 0, 2),
        journal(one, 1),
        journal(other),
        journal(restored),
        journal(unreadable),
        journal(PaperTerminal("kaple-1", epoch=1)),
        journal(bar),
    ]


@pytest.mark.parametrize("size", [2, 5, 12])
def test_a_turn_leaves_what_its_messages_leave_one_by_one(lab: Lab, template: Path, size: int) -> None:
    messages = many(lab)
    for message in messages:
        together(lab, message)
    expected = what_is_kept()
    assert {kind for _, kind, _ in expected["noticed"]} >= {"gap", "fork", "suspense", "garbled", "unreadable"}

    fresh_database(template)
    again = Lab()
    messages = many(again)
    for start in range(0, len(messages), size):
        together(again, *messages[start : start + size])
    assert what_is_kept() == expected


@contextmanager
def failing(at: int, failure: Callable[[], None]) -> Iterator[list[str]]:
    """Do `failure` in the place of the statement of this number; gives the statements that were run."""
    ran: list[str] = []

    def wrapper(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        ran.append(sql)
        if len(ran) == at + 1:
            failure()
        return execute(sql, params, many, context)

    with connection.execute_wrapper(wrapper):
        yield ran


@pytest.mark.parametrize("failure", [OperationalError, IntegrityError])
def test_a_failure_at_any_statement_loses_nothing_doubles_nothing_and_answers_nothing_early(
    lab: Lab, template: Path, failure: Failure
) -> None:
    def raises() -> None:
        raise failure("UNIQUE constraint failed: ledger_cause.key")

    for at in range(200):
        fresh_database(template)
        again = Lab()
        one, other = spending(again, "molen-1", "anna", 150), spending(again, "molen-2", "anna", 40)
        before = what_is_kept()
        try:
            with failing(at, raises) as ran:
                sent = together(again, journal(one), journal(other))
        except (OperationalError, IntegrityError):
            assert what_is_kept() == before
            sent = together(again, journal(one), journal(other))
        assert acks(sent) == {"molen-1": 2, "molen-2": 2}
        assert balance("anna") == 450
        assert Redemption.objects.count() == 2
        assert incidents() == []
        if len(ran) <= at:
            break
    assert at > 10


KILLED = """
import os, signal, sys
from pathlib import Path
from backend_bridge.central import configure
configure(Path(sys.argv[1]))
from django.db import connection
from backend_bridge.central.data_dir import DataDir
from backend_bridge.central.desk.desk import Desk
from backend_bridge.link.outgoing import Incoming
import msgspec
messages = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=list[Incoming])
desk = Desk(DataDir(Path(sys.argv[1])).central_key())
ran = 0
def wrapper(execute, sql, params, many, context):
    global ran
    ran += 1
    if ran == int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)
    return execute(sql, params, many, context)
with connection.execute_wrapper(wrapper):
    desk.handle_together(messages, now_ms=int(sys.argv[3]))
print(ran)
"""


def run_killed(messages: list[Incoming], at: int) -> subprocess.CompletedProcess[bytes]:
    arguments = [str(settings.DATA), str(at), str(NOW_MS)]
    given_to_it = msgspec.msgpack.encode(messages)
    return subprocess.run(
        [sys.executable, "-c", KILLED, *arguments], input=given_to_it, stdout=subprocess.PIPE, check=False
    )


def test_a_process_that_is_killed_in_a_turn_has_done_nothing_of_it(lab: Lab) -> None:
    one, other = spending(lab, "molen-1", "anna", 150), spending(lab, "molen-2", "anna", 40)
    messages = [journal(one), journal(other)]
    before = what_is_kept()
    connection.close()
    for at in (4, 9, 13):
        assert run_killed(messages, at).returncode == -signal.SIGKILL
        assert what_is_kept() == before
        connection.close()
    done = run_killed(messages, 10**6)
    assert done.returncode == os.EX_OK
    assert int(done.stdout) > 13
    assert balance("anna") == 450

    # The broker sends again what was never acknowledged, and more than that.
    sent = together(lab, *messages, *messages)
    assert acks(sent) == {"molen-1": 2, "molen-2": 2}
    assert {one.message.head for one in sent if isinstance(one.message, Ack)} == {
        entry_hash(paper.journal[-1].payload) for paper in (one, other)
    }
    assert balance("anna") == 450
    assert incidents() == []
