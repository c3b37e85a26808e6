"""Where rights are placed: regulars find theirs, strangers lock nothing, and the main account goes on serving."""

from __future__ import annotations

import datetime as dt

import pytest

from backend_bridge.central.desk.placing import Habits, shared_out
from backend_bridge.central.fleet.models import TerminalVisit
from backend_bridge.central.instants import from_ms
from backend_bridge.central.ledger import balances
from backend_bridge.central.ledger.models import Redemption
from backend_bridge.central.organisation.models import Company, Reward
from loyalty.wire.messages import Answer, Balance, BalanceWanted, Grant, Recall
from tests.unit.central.lab import (
    BREAD,
    Lab,
    PaperTerminal,
    Sent,
    balance,
    card,
    incidents,
    main_points,
    member,
    points_wanted,
    returned,
    spent,
    taken,
)

DAY_MS = 24 * 3_600_000


@pytest.fixture
def molen(lab: Lab) -> PaperTerminal:
    """A terminal of the bakery whose journal has begun. The bakery keeps at most 500 points."""
    paper = PaperTerminal("molen-1")
    lab.upload(paper)
    return paper


def cheapest() -> int:
    """The bakery's cheapest reward for its own points."""
    return min(Reward.objects.filter(company="de-molen", pool=BREAD).values_list("points", flat=True))


def comes(lab: Lab, paper: PaperTerminal, name: str = "anna", *, take: bool = True) -> tuple[int | None, int]:
    """The customer lays their card on: what is to be kept there, and what was given unasked."""
    answer, *rest = lab.ask(paper, BalanceWanted(card(name)))
    assert isinstance(answer.message, Answer)
    assert isinstance(answer.message.result, Balance)
    given = 0
    for sent in rest:
        assert isinstance(sent.message, Grant)
        assert sent.message.request.startswith("placed-")
        given += sum(lot.points for lot in sent.message.lots)
        if take:
            paper.write(taken(sent.message))
            lab.upload(paper)
    return answer.message.result.pools[0].keep, given


def redeems(lab: Lab, paper: PaperTerminal, points: int, name: str = "anna") -> None:
    """The customer redeems `points` there."""
    paper.write(spent(lab.grant(paper, points_wanted(name, points)).lots))
    lab.upload(paper)


def held(paper: PaperTerminal, name: str = "anna") -> int:
    """What the terminal has in escrow for the customer."""
    found = balances.escrows(member=member(name), pool=BREAD, at=from_ms(2**40))
    return sum(one.points for one in found if one.terminal == paper.terminal)


def test_on_the_first_visit_what_is_there_stays_and_nothing_is_added(lab: Lab, molen: PaperTerminal) -> None:
    cap = Company.objects.get(pk="de-molen").keep_points
    assert comes(lab, molen) == (cap, 0)
    lab.now_ms += 60_000
    assert comes(lab, molen) == (cap, 0)


def test_for_whoever_tries_their_card_everywhere_nothing_is_kept() -> None:
    everywhere = Habits({("t-1", "north"): 1, ("t-2", "south"): 1}, {})
    assert not everywhere.first_visit
    assert shared_out(everywhere, pool=BREAD, least=100, cap=500) == {}


def test_who_came_twice_finds_the_cheapest_reward_there(lab: Lab, molen: PaperTerminal) -> None:
    comes(lab, molen)
    lab.now_ms += DAY_MS
    assert comes(lab, molen) == (cheapest(), cheapest())
    lab.now_ms += DAY_MS
    assert comes(lab, molen) == (cheapest(), 0)
    assert (held(molen), balance("anna")) == (cheapest(), 640)
    assert incidents() == []


def test_who_redeems_there_finds_as_much_again(lab: Lab, molen: PaperTerminal) -> None:
    redeems(lab, molen, 120)
    assert comes(lab, molen) == (120 if cheapest() <= 120 else 0, 120 if cheapest() <= 120 else 0)
    redeems(lab, molen, 150)
    assert comes(lab, molen)[0] == 150


def test_from_the_third_redemption_on_two_of_them_are_kept_for(lab: Lab, molen: PaperTerminal) -> None:
    Redemption.objects.bulk_create(_redemption(number, 120) for number in range(3))
    assert comes(lab, molen) == (240, 240)


def _redemption(number: int, points: int, *, branch: str = "utrecht-centraal", age: int = 1) -> Redemption:
    at = from_ms(Lab().now_ms) - dt.timedelta(days=age)
    return Redemption(
        entry=f"e/{branch}/{number}",
        member_id=member("anna"),
        branch_id=branch,
        reward="free-coffee",
        points=points,
        pool_id=BREAD,
        code=f"C{number}",
        at=at,
    )


def test_habits_are_forgotten_after_ninety_days(lab: Lab, molen: PaperTerminal) -> None:
    Redemption.objects.bulk_create([_redemption(1, 300, age=91)])
    comes(lab, molen)
    lab.now_ms += 91 * DAY_MS
    assert comes(lab, molen)[1] == 0
    assert TerminalVisit.objects.count() == 1


def test_a_card_that_is_laid_on_again_is_the_same_visit(lab: Lab, molen: PaperTerminal) -> None:
    for _ in range(3):
        comes(lab, molen)
        lab.now_ms += 9 * 60_000
    assert [row.visits for row in TerminalVisit.objects.all()] == [2]


def test_the_cap_of_the_company_holds(lab: Lab, molen: PaperTerminal) -> None:
    Company.objects.filter(pk="de-molen").update(keep_points=200)
    Redemption.objects.bulk_create([_redemption(1, 450)])
    assert comes(lab, molen) == (200 if cheapest() <= 200 else 0, 200 if cheapest() <= 200 else 0)
    Company.objects.filter(pk="de-molen").update(keep_points=0)
    assert comes(lab, molen) == (None, 0)


def test_a_stranger_who_goes_everywhere_locks_no_more_than_the_cap(lab: Lab) -> None:
    papers = [PaperTerminal("molen-1"), PaperTerminal("molen-2")]
    Redemption.objects.bulk_create([_redemption(1, 400)])
    for _ in range(4):
        for paper in papers:
            comes(lab, paper)
            lab.now_ms += DAY_MS
    assert sum(held(paper) for paper in papers) <= 500
    assert balance("anna") == 640


def test_what_another_terminal_still_holds_counts_against_the_cap(lab: Lab, molen: PaperTerminal) -> None:
    other = PaperTerminal("molen-2")
    lab.grant(other, points_wanted("anna", 450))
    Redemption.objects.bulk_create([_redemption(1, 150)])
    assert comes(lab, molen) == (150, 0)


def test_as_much_stays_in_the_main_account_as_is_spent_elsewhere(lab: Lab, molen: PaperTerminal) -> None:
    Redemption.objects.bulk_create([_redemption(1, 400), _redemption(2, 350, branch="zuid")])
    assert comes(lab, molen) == (400, 290)
    assert main_points("anna") == 350


def test_a_part_that_pays_no_reward_is_not_placed(lab: Lab, molen: PaperTerminal) -> None:
    Redemption.objects.bulk_create([_redemption(1, 400), _redemption(2, 640 - cheapest() + 1, branch="zuid")])
    assert comes(lab, molen) == (400, 0)


def test_nothing_is_recalled_for_it_and_nobody_who_waits_is_passed(lab: Lab, molen: PaperTerminal) -> None:
    other = PaperTerminal("molen-2")
    grant = lab.grant(other, points_wanted("anna", 300))
    Redemption.objects.bulk_create([_redemption(1, 150)])
    [recall] = lab.ask(molen, points_wanted("anna", 400))
    assert isinstance(recall.message, Recall)
    assert comes(lab, molen) == (150, 0)
    other.write(returned(grant.lots))
    [_ack, given] = lab.upload(other)
    assert isinstance(given.message, Grant)


def test_a_card_that_may_not_spend_offline_gets_nothing_placed(lab: Lab, molen: PaperTerminal) -> None:
    Company.objects.filter(pk="de-molen").update(trust={"uid": {"spend_online": True, "spend_offline": False}})
    Redemption.objects.bulk_create([_redemption(1, 150)])
    assert comes(lab, molen) == (150, 0)


def test_an_old_journal_gets_nothing_placed(lab: Lab, molen: PaperTerminal) -> None:
    Redemption.objects.bulk_create([_redemption(1, 150)])
    ask = BalanceWanted(card("anna"))
    liar = PaperTerminal("molen-1", epoch=9, begun=False)
    sent: list[Sent] = lab.ask(liar, ask)
    assert [one.channel for one in sent] == ["down/answer"]


def test_a_placed_grant_is_sent_again_until_it_is_journaled(lab: Lab, molen: PaperTerminal) -> None:
    Redemption.objects.bulk_create([_redemption(1, 150)])
    lab.send("molen-1", "state", b'{"v":1,"online":true,"boot":"b","software":"1"}')
    assert comes(lab, molen, take=False) == (150, 150)
    lab.now_ms += 2_000
    [again] = [one.message for one in lab.due() if isinstance(one.message, Grant)]
    assert comes(lab, molen, take=False) == (150, 0)
    molen.write(taken(again))
    lab.upload(molen)
    assert held(molen) == 150


def test_the_most_visited_terminals_come_first_and_no_part_is_useless() -> None:
    told = Habits({("a", "here"): 2, ("b", "here"): 9, ("c", "there"): 5}, {("bread", "here"): [200, 250]})
    assert shared_out(told, pool="bread", least=100, cap=500) == {"b": 250, "c": 100, "a": 150}
    assert shared_out(told, pool="bread", least=100, cap=420) == {"b": 250, "c": 100}
    assert shared_out(told, pool="bread", least=300, cap=500) == {"c": 300}
    assert shared_out(Habits({("a", "x"): 1}, {}), pool="bread", least=100, cap=500) == {}
