"""A spend is compared with its reward's price in the rules that it was judged by."""

from __future__ import annotations

import msgspec
import pytest

from backend_bridge.central.fleet.models import Incident, JournalEntry, PublishedRules
from backend_bridge.central.organisation.models import Reward
from loyalty.wire.messages import Answer, Grant, PointsWanted, Refused
from tests.unit.central.lab import BREAD, Lab, PaperTerminal, points_wanted, spent, taken


@pytest.fixture
def molen(lab: Lab) -> PaperTerminal:
    """A terminal of the bakery that has its rules."""
    lab.send("molen-1", "state", b'{"v":1,"online":true,"boot":"b","software":"1"}')
    return PaperTerminal("molen-1")


def pays(lab: Lab, paper: PaperTerminal, points: int, *, rules: str, reward: str = "free-coffee") -> list[str]:
    """Spend `points` on a reward by `rules`; what was raised of prices."""
    body = msgspec.structs.replace(spent(lab.grant(paper, points_wanted("anna", points)).lots), reward=reward)
    paper.write(body, rules=rules)
    lab.upload(paper)
    assert JournalEntry.objects.get(seq=len(paper.journal) - 1, terminal=paper.terminal).outcome == "posted"
    return list(Incident.objects.filter(kind="price").values_list("detail", flat=True))


def coffee() -> int:
    """What a coffee costs."""
    return Reward.objects.get(pk="free-coffee", pool=BREAD).points


def version() -> str:
    """The rules that the bakery's terminals have."""
    return PublishedRules.objects.get(branch="utrecht-centraal").version


def test_the_price_of_the_rules_that_it_was_judged_by_is_right(lab: Lab, molen: PaperTerminal) -> None:
    by = version()
    price = coffee()
    Reward.objects.filter(pk="free-coffee").update(points=price + 50)
    assert pays(lab, molen, price, rules=by) == []


@pytest.mark.parametrize("off", [-1, 1])
def test_another_price_is_posted_and_raised(lab: Lab, molen: PaperTerminal, off: int) -> None:
    [detail] = pays(lab, molen, coffee() + off, rules=version())
    assert f"{coffee() + off} points were spent on 'free-coffee', which costs {coffee()} points" in detail


def test_what_is_no_reward_of_these_rules_is_raised(lab: Lab, molen: PaperTerminal) -> None:
    [detail] = pays(lab, molen, coffee(), rules=version(), reward="free-car")
    assert "is no reward of" in detail


def test_of_rules_that_nobody_published_nothing_is_said(lab: Lab, molen: PaperTerminal) -> None:
    assert pays(lab, molen, 1, rules="unheard\0of") == []


def test_what_is_on_its_way_already_is_sent_with_a_refusal(lab: Lab, molen: PaperTerminal) -> None:
    """The first grant is late, and takes what the second question asks for: with it the customer can pay."""
    first = lab.grant(molen, points_wanted("anna", 600), take=False)
    wanted = points_wanted("anna", 600)
    assert isinstance(wanted, PointsWanted)
    again, answer = lab.ask(molen, wanted)
    assert again.message == first
    assert isinstance(answer.message, Answer)
    assert isinstance(answer.message.result, Refused)
    assert isinstance(again.message, Grant)
    molen.write(taken(again.message))
    lab.upload(molen)
    [alone] = lab.ask(molen, wanted)
    assert isinstance(alone.message, Answer)
