"""The wait: what is told, that it can be left at once, and that an answer that comes late touches nobody (rule 2).

Whatever happens while rights are fetched is tried in every order.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest

from firmware.terminal import effects as ef
from firmware.terminal import events as ev
from firmware.terminal.model import CouponPending, Reason, Refusal, RewardPending, State
from firmware.terminal.step import ANSWER_MS, SLOW_MS
from loyalty.coupon import issue
from loyalty.rules import TrustRule
from tests.unit.loyalty.samples import COMPANY_KEY, MEMBER, bundle
from tests.unit.terminal.stage import ANNAS_CARD, BERTS_CARD, COUPON, Stage, balance, coupon_right

BERT = "m-bert"
CAKE = (ev.RewardPressed("cake"), ev.ConfirmPressed())


def waits_for_points() -> Stage:
    """Anna has confirmed a cake, and the rights to it are asked for."""
    return Stage().anna_lays_her_card(balance(900, held=100)).on(*CAKE)


def waits_for_coupon() -> Stage:
    """Anna has shown a coupon, and its home is asked for."""
    return Stage().anna_lays_her_card(balance(900)).on(ev.CodeRead(issue(COUPON, COMPANY_KEY)))


def asked(stage: Stage) -> str:
    """The last question for rights."""
    return [one.request for one in stage.effects if isinstance(one, ef.AskPoints | ef.AskCoupon)][-1]


@pytest.mark.parametrize("wait", [waits_for_points, waits_for_coupon])
def test_after_a_second_it_is_told_that_it_is_still_being_asked(wait: Callable[[], Stage]) -> None:
    stage = wait()
    assert (stage.timer(ef.Timer.SLOW), stage.timer(ef.Timer.ANSWER)) == (SLOW_MS, ANSWER_MS)
    stage.on(ev.AnswerSlow())
    assert isinstance(stage.terminal.pending, RewardPending | CouponPending)
    assert stage.terminal.pending.slow
    assert stage.state in {State.REDEEMING, State.REGISTERING}


@pytest.mark.parametrize("wait", [waits_for_points, waits_for_coupon])
@pytest.mark.parametrize("slow", [False, True])
def test_who_cancels_is_back_at_once(wait: Callable[[], Stage], slow: bool) -> None:
    stage = wait().on(*[ev.AnswerSlow()] * slow, ev.CancelPressed())
    assert stage.state is State.BALANCE
    assert stage.terminal.pending is None
    assert ef.ClearTimer(ef.Timer.ANSWER) in stage.new


def test_a_finger_that_is_slower_than_the_answer_cancels_nothing() -> None:
    stage = waits_for_points()
    stage.on(ev.RightsArrived(asked(stage), MEMBER, balance(900, held=300)))
    stage.on(ev.SpendRecorded("7HK2M9A", balance(600)), ev.CancelPressed(), ev.AnswerSlow())
    assert stage.state is State.DONE


def test_what_never_comes_leads_to_what_does_work() -> None:
    stage = waits_for_points().on(ev.AnswerSlow(), ev.AnswerOverdue())
    assert stage.terminal.outcome == Refusal(reason=Reason.NO_ANSWER, pool="bakery", here=100, online=900)
    stage.on(ev.BackPressed(), ev.RewardPressed("coffee"), ev.ConfirmPressed())
    assert stage.wants(ef.RecordSpend)


def test_rights_that_came_for_the_first_try_pay_the_second() -> None:
    """The central system has nothing more to give for the second question: it is all in the first grant."""
    stage = waits_for_points()
    first = asked(stage)
    stage.on(ev.CancelPressed(), *CAKE)
    second = asked(stage)
    stage.on(ev.RightsArrived(first, MEMBER, balance(900, held=300)))
    assert stage.wants(ef.RecordSpend)
    stage.on(ev.SpendRecorded("7HK2M9A", balance(600)), ev.RequestRefused(second, "not_enough_points"))
    assert stage.state is State.DONE
    stage.on(ev.RightsArrived(second, MEMBER, balance(600, held=300)))
    assert stage.state is State.DONE
    assert sum(isinstance(one, ef.RecordSpend) for one in stage.effects) == 1


def test_10_rights_of_an_earlier_visit_do_not_stand_for_an_answer_in_this_one() -> None:
    """A card that may not spend offline: nobody has judged it in this visit, whatever has arrived for its bearer."""
    stage = Stage(rules=bundle(trust={"uid": TrustRule(spend_online=True, spend_offline=False)}))
    stage.on(ev.CardLaid(ANNAS_CARD, "uid"), ev.BalanceKnown(None, ANNAS_CARD, balance(900, held=0, fresh=False)))
    stage.on(ev.RightsArrived("an earlier one", MEMBER, balance(900, held=400)), *CAKE)
    assert stage.wants(ef.AskPoints)
    assert not stage.wants(ef.RecordSpend)


def grant(stage: Stage) -> ev.Event:
    """The grant that Anna's first question brings."""
    first = next(one.request for one in stage.effects if isinstance(one, ef.AskPoints | ef.AskCoupon))
    coupon = coupon_right(COUPON.coupon_id, 50) if stage.coupon else None
    return ev.RightsArrived(first, MEMBER, balance(900, held=400), coupon)


#: What may happen while Anna waits; each at most once, in any order.
HAPPENS: dict[str, Callable[[Stage], ev.Event]] = {
    "slow": lambda _stage: ev.AnswerSlow(),
    "overdue": lambda _stage: ev.AnswerOverdue(),
    "cancel": lambda _stage: ev.CancelPressed(),
    "link down": lambda _stage: ev.LinkWentDown(),
    "link up": lambda _stage: ev.LinkCameUp(),
    "card taken": lambda stage: (stage.later(3_000), ev.CardTaken())[1],
    "bert comes": lambda _stage: ev.CardLaid(BERTS_CARD, "uid"),
    "grant": grant,
    "again": lambda _stage: ev.RightsArrived("nobody's", MEMBER, balance(900, held=500)),
}
WAITS = {"points": waits_for_points, "coupon": waits_for_coupon}


def _shown(stage: Stage) -> object:
    terminal = stage.terminal
    return terminal.state, terminal.visit, terminal.pending, terminal.outcome


@pytest.mark.parametrize("what", WAITS)
@pytest.mark.parametrize("first", HAPPENS)
def test_whatever_the_order_anna_pays_at_most_once_and_bert_sees_nothing_of_it(what: str, first: str) -> None:
    others = [name for name in HAPPENS if name != first]
    for rest in itertools.permutations(others, 3):
        stage = WAITS[what]()
        stage.coupon = what == "coupon"
        for name in (first, *rest):
            event = HAPPENS[name](stage)
            before, visit = _shown(stage), stage.terminal.visit
            annas = visit is not None and visit.card == ANNAS_CARD
            stage.on(event)
            if isinstance(event, ev.RightsArrived) and not annas:
                assert _shown(stage) == before, (first, rest)
                assert stage.new == (ef.ReturnRights(MEMBER),), (first, rest)
            _answer_records(stage)
        spends = [one for one in stage.effects if isinstance(one, ef.RecordSpend | ef.RecordRegistration)]
        assert len(spends) <= 1, (first, rest)
        _everybody_leaves(stage)
        given_back = max((at for at, one in enumerate(stage.effects) if one == ef.ReturnRights(MEMBER)), default=-1)
        assert given_back >= 0, (first, rest)


def _answer_records(stage: Stage) -> None:
    """The journal writes what is wanted."""
    if stage.wants(ef.RecordSpend):
        stage.on(ev.SpendRecorded("7HK2M9A", balance(600)))
    elif stage.wants(ef.RecordRegistration):
        stage.on(ev.RegistrationRecorded("bakery", 50, balance(950, held=50)))


def _everybody_leaves(stage: Stage) -> None:
    if stage.state not in {State.IDLE, State.OFFLINE}:
        stage.on(ev.DonePressed())
    assert stage.terminal.visit is None
