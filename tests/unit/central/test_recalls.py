"""What another terminal holds is called back; the request waits for it, and never gets a part."""

from __future__ import annotations

from loyalty.wire.messages import Ack, Answer, Grant, Recall, Refused
from tests.unit.central.lab import (
    BREAD,
    Lab,
    PaperTerminal,
    balance,
    main_points,
    member,
    points_wanted,
    returned,
    spent,
)


def two_terminals(lab: Lab) -> tuple[PaperTerminal, PaperTerminal, Grant]:
    """Both begun; the first holds 600 of Anna's 640 points."""
    first, second = PaperTerminal("molen-1"), PaperTerminal("molen-2")
    grant = lab.grant(first, points_wanted("anna", 600))
    lab.upload(second)
    return first, second, grant


def test_what_is_missing_is_called_back_and_then_granted(lab: Lab) -> None:
    first, second, grant = two_terminals(lab)

    [sent] = lab.ask(second, points_wanted("anna", 250))
    assert isinstance(sent.message, Recall)
    recall = sent.message
    assert (sent.terminal, sent.channel, recall.epoch, recall.member) == ("molen-1", "down/recall", 1, member("anna"))
    assert (recall.pool, recall.points) == (BREAD, 210)
    assert main_points("anna") == 40

    first.write(returned(grant.lots))
    ack, answer = lab.upload(first)
    assert isinstance(ack.message, Ack)
    assert (answer.terminal, answer.channel) == ("molen-2", "down/grant")
    assert isinstance(answer.message, Grant)
    assert sum(one.points for one in answer.message.lots) == 250
    assert (main_points("anna"), balance("anna")) == (390, 640)


def test_a_repeated_ask_calls_again_and_still_gets_one_grant(lab: Lab) -> None:
    first, second, grant = two_terminals(lab)
    lab.ask(second, points_wanted("anna", 250), request="r1")
    [again] = lab.ask(second, points_wanted("anna", 250), request="r1")
    assert isinstance(again.message, Recall)

    first.write(returned(grant.lots))
    lab.upload(first)
    [answer] = lab.ask(second, points_wanted("anna", 250), request="r1")

    assert isinstance(answer.message, Grant)
    assert main_points("anna") == 390


def test_at_its_deadline_the_request_is_refused_with_what_can_be_had(lab: Lab) -> None:
    first, second, grant = two_terminals(lab)
    lab.ask(second, points_wanted("anna", 250), wait_ms=3000)
    lab.now_ms += 2999
    assert [one for one in lab.due() if one.channel == "down/answer"] == []
    lab.now_ms += 1

    [sent] = [one for one in lab.due() if one.channel == "down/answer"]

    assert isinstance(sent.message, Answer)
    assert sent.message.result == Refused(reason="elsewhere", points=40)
    first.write(returned(grant.lots))
    assert [one.channel for one in lab.upload(first)] == ["down/ack"]
    assert main_points("anna") == 640


def test_what_the_other_terminal_spent_meanwhile_is_not_granted(lab: Lab) -> None:
    first, second, grant = two_terminals(lab)
    lab.ask(second, points_wanted("anna", 250))
    first.write(spent(grant.lots))
    lab.upload(first)
    lab.now_ms += 10_000

    [sent] = [one for one in lab.due() if one.channel == "down/answer"]

    assert isinstance(sent.message, Answer)
    assert sent.message.result == Refused(reason="not_enough_points", points=40)


def test_what_an_ended_journal_holds_is_frozen_and_not_called_back(lab: Lab) -> None:
    _first, second, _grant = two_terminals(lab)
    lab.upload(PaperTerminal("molen-1", epoch=2))

    [sent] = lab.ask(second, points_wanted("anna", 250))

    assert isinstance(sent.message, Answer)
    assert sent.message.result == Refused(reason="not_enough_points", points=40)


def test_a_waiting_request_outlives_the_desk(lab: Lab) -> None:
    first, second, grant = two_terminals(lab)
    lab.ask(second, points_wanted("anna", 250))
    first.write(returned(grant.lots))

    sent = Lab(first_id=1000).upload(first)

    assert [(one.terminal, one.channel) for one in sent] == [("molen-1", "down/ack"), ("molen-2", "down/grant")]
