"""Stories of customers who redeem a reward, with a connection and without one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from firmware.terminal import effects as ef
from firmware.terminal import events as ev
from firmware.terminal.model import Reason, Redeemed, Refusal, State
from firmware.terminal.offers import Standing, offers
from firmware.terminal.step import ANSWER_MS
from loyalty.rules import CAREFUL_TRUST, TrustRule
from tests.unit.loyalty.samples import MEMBER, POOL, bundle
from tests.unit.terminal.stage import ANNAS_CARD, BERTS_CARD, Stage, balance

CAKE = ef.RecordSpend(member=MEMBER, pool=POOL, points=300, reward="cake")
CAKE_OFFLINE = ef.RecordSpend(member=MEMBER, pool=POOL, points=300, reward="cake", offline=True)


def refusal(stage: Stage) -> Refusal:
    assert stage.state is State.REFUSED
    assert isinstance(stage.terminal.outcome, Refusal)
    return stage.terminal.outcome


def test_online_the_missing_rights_are_fetched_and_then_spent() -> None:
    stage = Stage()
    stage.anna_lays_her_card(balance(900, held=100))
    stage.on(ev.RewardPressed("cake"), ev.ConfirmPressed())
    ask = stage.wanted(ef.AskPoints)
    assert (ask.member, ask.pool, ask.points) == (MEMBER, POOL, 200)
    assert stage.timer(ef.Timer.ANSWER) == ANSWER_MS
    stage.on(ev.RightsArrived(ask.request, MEMBER, balance(900, held=300)))
    assert stage.new[-1] == CAKE
    assert stage.state is State.REDEEMING
    assert stage.on(ev.SpendRecorded("7HK2M9A", balance(600))).state is State.DONE
    assert stage.terminal.outcome == Redeemed(reward="cake", pool=POOL, points=300, code="7HK2M9A", at_ms=stage.at_ms)


def test_offline_the_rights_that_are_held_here_pay_without_asking_anybody() -> None:
    stage = Stage(link=False)
    stage.anna_lays_her_card(balance(900, held=350, fresh=False))
    stage.on(ev.RewardPressed("cake"), ev.ConfirmPressed())
    assert stage.new[-1] == CAKE_OFFLINE
    stage.on(ev.SpendRecorded("7HK2M9A", balance(600, held=50, fresh=False)))
    assert stage.state is State.DONE
    assert not any(isinstance(effect, ef.AskPoints | ef.AskBalance) for effect in stage.effects)


def test_offline_a_refusal_says_what_can_be_spent_here_and_what_with_a_connection() -> None:
    stage = Stage(link=False)
    stage.anna_lays_her_card(balance(900, held=120, fresh=False)).on(ev.RewardPressed("cake"))
    told = refusal(stage)
    assert (told.reason, told.here, told.online) == (Reason.NEEDS_CONNECTION, 120, 900)
    stage.on(ev.BackPressed())
    assert {offer.reward.reward: offer.standing for offer in offers(stage.terminal)} == {
        "coffee": Standing.PAYABLE,
        "cake": Standing.NEEDS_CONNECTION,
        "bus": Standing.TOO_FEW,
    }


def test_when_the_link_is_lost_while_waiting_nothing_is_spent() -> None:
    stage = Stage()
    stage.anna_lays_her_card(balance(900, held=100)).on(ev.RewardPressed("cake"), ev.ConfirmPressed())
    asked = stage.wanted(ef.AskPoints)
    stage.on(ev.LinkWentDown())
    told = refusal(stage)
    assert (told.reason, told.here, told.online) == (Reason.NEEDS_CONNECTION, 100, 900)
    # The grant was on its way: the rights are held, and Anna is still here.
    stage.on(ev.RightsArrived(asked.request, MEMBER, balance(900, held=300)))
    assert CAKE not in stage.effects
    stage.on(ev.BackPressed(), ev.RewardPressed("cake"), ev.ConfirmPressed())
    assert stage.new[-1] == CAKE_OFFLINE


SPENDS_ONLINE = {"uid": TrustRule(spend_online=True, spend_offline=False)}


def test_10_a_card_that_may_not_spend_offline_does_not_spend_while_nobody_answers() -> None:
    for link in (False, True):
        stage = Stage(link=link, rules=bundle(trust=SPENDS_ONLINE)).on(ev.CardLaid(ANNAS_CARD, "uid"))
        # Known from earlier; over the connection, if there is one, nobody has answered in this visit.
        stage.on(ev.BalanceKnown(None, ANNAS_CARD, balance(900, held=900, fresh=False)))
        stage.on(ev.RewardPressed("cake"), ev.ConfirmPressed() if link else ev.BackPressed())
        assert not any(isinstance(effect, ef.RecordSpend) for effect in stage.effects)
        assert stage.wants(ef.AskPoints) is link


@pytest.mark.parametrize("why", [Reason.CLOCK_UNKNOWN, Reason.LIST_TOO_OLD, Reason.NOT_CONFIRMED])
def test_x7_what_hinders_spending_alone_is_told_and_does_not_hinder_with_an_answer(why: Reason) -> None:
    told = replace(balance(900, held=350, fresh=False), hindrance=why.value)
    stage = Stage(link=False).anna_lays_her_card(told).on(ev.RewardPressed("cake"))
    assert (refusal(stage).reason, refusal(stage).here, refusal(stage).online) == (why, 0, 900)
    stage = Stage().anna_lays_her_card(replace(told, fresh=True)).on(ev.RewardPressed("cake"), ev.ConfirmPressed())
    assert stage.new[-1] == CAKE


def test_an_answer_that_does_not_come_is_no_spend() -> None:
    stage = Stage()
    stage.anna_lays_her_card(balance(900)).on(ev.RewardPressed("cake"), ev.ConfirmPressed())
    stage.later(ANSWER_MS).on(ev.AnswerOverdue())
    assert refusal(stage).reason is Reason.NO_ANSWER
    assert CAKE not in stage.effects


def test_rights_that_come_after_the_customer_left_go_back() -> None:
    stage = Stage()
    stage.anna_lays_her_card(balance(900)).on(ev.RewardPressed("cake"), ev.ConfirmPressed())
    asked = stage.wanted(ef.AskPoints)
    stage.later(3_000).on(ev.CardTaken(), ev.CardLaid(BERTS_CARD, "uid"))
    stage.on(ev.RightsArrived(asked.request, MEMBER, balance(900, held=300)))
    assert stage.new == (ef.ReturnRights(MEMBER),)
    assert CAKE not in stage.effects


def test_the_rights_of_an_earlier_try_do_not_pay_twice() -> None:
    stage = Stage()
    stage.anna_lays_her_card(balance(900)).on(ev.RewardPressed("cake"), ev.ConfirmPressed())
    first = stage.wanted(ef.AskPoints)
    stage.on(ev.AnswerOverdue(), ev.BackPressed(), ev.RewardPressed("cake"), ev.ConfirmPressed())
    second = stage.wanted(ef.AskPoints)
    assert second.request != first.request
    stage.on(ev.RightsArrived(first.request, MEMBER, balance(900, held=300)))
    assert stage.new == (CAKE,)
    stage.on(ev.RightsArrived(second.request, MEMBER, balance(900, held=600)))
    stage.on(ev.SpendRecorded("7HK2M9A", balance(600, held=300)))
    assert stage.effects.count(CAKE) == 1


@pytest.mark.parametrize(
    ("name", "reason", "needed", "available"),
    [
        ("not_enough_points", Reason.NOT_ENOUGH_POINTS, None, 120),
        ("below_minimum", Reason.BELOW_MINIMUM, 120, None),
        ("a reason of next year", Reason.OTHER, None, 120),
    ],
)
def test_what_the_central_system_refuses_is_told_with_its_reason(
    name: str, reason: Reason, needed: int | None, available: int | None
) -> None:
    stage = Stage()
    stage.anna_lays_her_card(balance(900)).on(ev.RewardPressed("cake"), ev.ConfirmPressed())
    stage.on(ev.RequestRefused(stage.wanted(ef.AskPoints).request, name, points=120))
    assert refusal(stage) == Refusal(reason=reason, points=needed, available=available, pool=POOL)


def test_a_spend_that_cannot_be_recorded_did_not_happen() -> None:
    stage = Stage()
    stage.anna_lays_her_card(balance(900, held=300)).on(ev.RewardPressed("cake"), ev.ConfirmPressed())
    stage.on(ev.RecordRefused("cannot_record"))
    assert refusal(stage).reason is Reason.CANNOT_RECORD
    assert stage.terminal.visit is not None
    assert stage.terminal.visit.balance == balance(900, held=300)


def test_a_card_that_proves_too_little_spends_nothing_by_default() -> None:
    for link in (True, False):
        stage = Stage(link=link, rules=bundle(trust=CAREFUL_TRUST))
        stage.anna_lays_her_card(balance(900, held=900)).on(ev.RewardPressed("cake"))
        assert refusal(stage).reason is Reason.TRUST_TOO_LOW


def test_a_card_trusted_online_only_needs_the_connection_even_for_what_is_held() -> None:
    stage = Stage(link=False, rules=bundle(trust=CAREFUL_TRUST))
    stage.on(ev.CardLaid(ANNAS_CARD, "sun"), ev.BalanceKnown(None, ANNAS_CARD, balance(900, held=900)))
    stage.on(ev.RewardPressed("cake"))
    assert refusal(stage).reason is Reason.NEEDS_CONNECTION


def test_below_the_minimum_nothing_can_be_spent_and_the_screen_says_what_is_missing() -> None:
    stage = Stage(rules=bundle(minimum=500))
    stage.anna_lays_her_card(balance(420, held=420, spendable=0))
    coffee = next(offer for offer in offers(stage.terminal) if offer.reward.reward == "coffee")
    assert (coffee.standing, coffee.missing) == (Standing.BELOW_MINIMUM, 80)
    stage.on(ev.RewardPressed("coffee"))
    assert (refusal(stage).reason, refusal(stage).points) == (Reason.BELOW_MINIMUM, 500)


def test_a_reward_withdrawn_while_its_rights_come_is_not_paid() -> None:
    stage = Stage()
    stage.anna_lays_her_card(balance(900)).on(ev.RewardPressed("cake"), ev.ConfirmPressed())
    asked = stage.wanted(ef.AskPoints)
    stage.on(ev.RulesChanged(bundle(version="rules-2", rewards=("coffee",))))
    stage.on(ev.RightsArrived(asked.request, MEMBER, balance(900, held=300)))
    assert refusal(stage).reason is Reason.OTHER
    assert CAKE not in stage.effects
