"""Stories of coming and going: taps, forgotten cards, a lost reader, a link that comes and goes."""

from __future__ import annotations

import pytest

from firmware.terminal import effects as ef
from firmware.terminal import events as ev
from firmware.terminal.model import RESTING, Reason, Redeemed, Refusal, State
from firmware.terminal.step import CODE_MS, TAP_MS, TAP_VISIT_MS, VISIT_MS
from tests.unit.loyalty.samples import MEMBER, bundle
from tests.unit.terminal.stage import ANNAS_CARD, BERTS_CARD, Stage, balance

PAID = (ev.RewardPressed("cake"), ev.ConfirmPressed(), ev.SpendRecorded("7HK2M9A", balance(600)))


def reason(stage: Stage) -> Reason:
    assert stage.state is State.REFUSED
    assert isinstance(stage.terminal.outcome, Refusal)
    return stage.terminal.outcome.reason


def test_a_tap_keeps_the_visit_for_twenty_seconds() -> None:
    stage = Stage().anna_lays_her_card(balance(900)).later(TAP_MS).on(ev.CardTaken())
    assert stage.state is State.BALANCE
    assert stage.timer(ef.Timer.VISIT) == TAP_VISIT_MS
    assert stage.later(TAP_VISIT_MS).on(ev.VisitExpired()).state is State.IDLE
    assert stage.terminal.visit is None


@pytest.mark.parametrize("elapsed_ms", [TAP_MS + 1, 50_000])
def test_a_card_that_lay_there_takes_everything_with_it(elapsed_ms: int) -> None:
    stage = Stage().anna_lays_her_card(balance(900)).later(elapsed_ms).on(ev.CardTaken())
    assert stage.state is State.IDLE
    assert stage.terminal.visit is None
    assert ef.ReturnRights(MEMBER) in stage.new


@pytest.mark.parametrize("turned_ms", [-3_600_000, 3_600_000])
@pytest.mark.parametrize(("elapsed_ms", "stays"), [(TAP_MS, True), (TAP_MS + 1, False)])
def test_a_tap_is_measured_by_the_clock_that_nobody_sets(turned_ms: int, elapsed_ms: int, stays: bool) -> None:
    stage = Stage().anna_lays_her_card(balance(900)).later(elapsed_ms)
    stage.wall_off_ms = turned_ms
    assert (stage.on(ev.CardTaken()).state is State.BALANCE) is stays


def test_the_code_to_hand_in_stays_for_a_moment_but_the_balance_goes_with_the_card() -> None:
    stage = Stage().anna_lays_her_card(balance(900, held=300)).on(*PAID).later(5_000).on(ev.CardTaken())
    assert stage.state is State.DONE
    assert stage.terminal.visit is None
    assert isinstance(stage.terminal.outcome, Redeemed)
    assert stage.timer(ef.Timer.VISIT) == CODE_MS
    assert stage.on(ev.VisitExpired()).state is State.IDLE
    assert stage.terminal.outcome is None


def test_another_card_always_clears_even_the_code() -> None:
    for story in ((), PAID, (ev.RewardPressed("cake"),), (ev.ScanPressed(),), (ev.RewardPressed("bus"),)):
        stage = Stage().anna_lays_her_card(balance(900, held=300)).on(*story, ev.CardLaid(BERTS_CARD, "uid"))
        assert stage.state is State.CARD_PRESENT
        visit = stage.terminal.visit
        assert visit is not None
        assert (visit.card, visit.balance) == (BERTS_CARD, None)
        assert (stage.terminal.pending, stage.terminal.outcome) == (None, None)


def test_the_answer_for_the_card_before_is_not_shown_to_the_next_customer() -> None:
    stage = Stage().on(ev.CardLaid(ANNAS_CARD, "uid"))
    annas = stage.wanted(ef.AskBalance).request
    stage.on(ev.CardLaid(BERTS_CARD, "uid"), ev.BalanceKnown(annas, ANNAS_CARD, balance(900)))
    assert stage.state is State.CARD_PRESENT
    stage.on(ev.RequestRefused(annas, "card_blocked"))
    assert stage.state is State.CARD_PRESENT


def test_laying_the_card_back_after_a_tap_goes_on_where_it_was() -> None:
    stage = Stage().anna_lays_her_card(balance(900)).on(ev.RewardPressed("cake")).later(500).on(ev.CardTaken())
    stage.later(10_000).on(ev.CardLaid(ANNAS_CARD, "uid"))
    assert stage.state is State.CONFIRMING
    assert stage.timer(ef.Timer.VISIT) == VISIT_MS


def test_a_forgotten_card_does_not_show_its_balance_for_ever() -> None:
    stage = Stage().anna_lays_her_card(balance(900))
    assert stage.timer(ef.Timer.VISIT) == VISIT_MS
    stage.later(VISIT_MS).on(ev.VisitExpired())
    assert stage.state is State.IDLE
    assert stage.on(ev.CardTaken()).state is State.IDLE


def test_a_reader_lost_during_a_visit_lets_the_customer_finish_and_then_stops() -> None:
    stage = Stage().anna_lays_her_card(balance(900, held=300)).on(ev.ReaderFailed())
    assert stage.timer(ef.Timer.VISIT) == TAP_VISIT_MS
    assert stage.on(*PAID).state is State.DONE
    assert stage.on(ev.DonePressed()).state is State.OUT_OF_ORDER
    assert stage.on(ev.ReaderWorks()).state is State.IDLE


def test_unknown_and_blocked_cards_are_told_apart_and_show_nothing() -> None:
    for name, told in (("card_unknown", Reason.CARD_UNKNOWN), ("card_blocked", Reason.CARD_BLOCKED)):
        stage = Stage().on(ev.CardLaid(ANNAS_CARD, "uid"))
        stage.on(ev.RequestRefused(stage.wanted(ef.AskBalance).request, name, at_ms=77))
        assert reason(stage) is told
        assert stage.terminal.visit is not None
        assert stage.terminal.visit.balance is None
        assert stage.on(ev.BackPressed()).state is State.IDLE


def test_a_block_that_is_told_late_takes_the_balance_off_the_screen() -> None:
    stage = Stage().on(ev.CardLaid(ANNAS_CARD, "uid"))
    asked = stage.wanted(ef.AskBalance).request
    stage.on(ev.AnswerOverdue(), ev.BalanceKnown(None, ANNAS_CARD, balance(900, held=300, fresh=False)))
    stage.on(ev.RewardPressed("cake"), ev.RequestRefused(asked, "card_blocked"))
    assert reason(stage) is Reason.CARD_BLOCKED
    assert stage.terminal.pending is None


def test_a_card_that_the_rules_block_shows_and_spends_nothing_offline() -> None:
    stage = Stage(link=False, rules=bundle(blocked=(ANNAS_CARD,)))
    stage.anna_lays_her_card(balance(900, held=900, fresh=False))
    assert reason(stage) is Reason.CARD_BLOCKED
    assert stage.terminal.visit is not None
    assert stage.terminal.visit.balance is None


def test_a_card_that_was_never_here_cannot_be_served_offline() -> None:
    stage = Stage(link=False).on(ev.CardLaid(ANNAS_CARD, "uid"))
    assert stage.wanted(ef.LoadBalance).card == ANNAS_CARD
    assert reason(stage.on(ev.BalanceUnknown(ANNAS_CARD))) is Reason.NO_BALANCE_OFFLINE


def test_an_answer_just_after_the_patience_ended_is_shown_all_the_same() -> None:
    stage = Stage().on(ev.CardLaid(ANNAS_CARD, "uid"))
    asked = stage.wanted(ef.AskBalance).request
    stage.on(ev.AnswerOverdue(), ev.BalanceUnknown(ANNAS_CARD))
    assert reason(stage) is Reason.NO_BALANCE_OFFLINE
    stage.on(ev.BalanceKnown(asked, ANNAS_CARD, balance(900)))
    assert stage.state is State.BALANCE


def test_when_the_link_comes_back_the_balance_on_the_screen_is_asked_for_anew() -> None:
    stage = Stage(link=False).anna_lays_her_card(balance(900, fresh=False)).on(ev.LinkCameUp())
    asked = stage.wanted(ef.AskBalance).request
    stage.on(ev.BalanceKnown(asked, ANNAS_CARD, balance(850)))
    assert stage.state is State.BALANCE
    assert stage.terminal.visit is not None
    assert stage.terminal.visit.balance == balance(850)


def test_rights_that_left_leave_the_screen_and_the_open_question_stays_open() -> None:
    stage = Stage().on(ev.CardLaid(ANNAS_CARD, "uid"))
    asked = stage.wanted(ef.AskBalance).request
    stage.on(ev.AnswerOverdue(), ev.BalanceKnown(None, ANNAS_CARD, balance(900, held=300, fresh=False)))
    stage.on(ev.BalanceKnown(None, ANNAS_CARD, balance(900, held=0, fresh=False)))
    assert stage.terminal.visit is not None
    assert stage.terminal.visit.balance == balance(900, held=0, fresh=False)
    stage.on(ev.BalanceKnown(asked, ANNAS_CARD, balance(880)))
    assert stage.terminal.visit.balance == balance(880)


def test_a_terminal_without_rules_serves_nobody() -> None:
    stage = Stage()
    stage.terminal = type(stage.terminal)()
    stage.on(ev.ReaderWorks(), ev.LinkCameUp(), ev.CardLaid(ANNAS_CARD, "uid"))
    assert stage.state is State.OUT_OF_ORDER
    assert stage.on(ev.RulesChanged(bundle())).state is State.IDLE


def test_a_language_is_chosen_at_any_time_and_stays_within_the_rules() -> None:
    stage = Stage().anna_lays_her_card(balance(900)).on(ev.LanguagePressed("nl"))
    assert stage.terminal.language == "nl"
    stage.on(ev.LanguagePressed("cs"), ev.RulesChanged(bundle(version="rules-2")))
    assert stage.terminal.language == "en"


def test_the_next_customer_does_not_find_the_last_ones_language() -> None:
    stage = Stage().anna_lays_her_card(balance(900)).on(ev.LanguagePressed("nl"), ev.DonePressed())
    assert stage.terminal.language == "en"


def test_a_language_chosen_before_the_card_is_the_visits_and_expires_without_one() -> None:
    stage = Stage().on(ev.LanguagePressed("nl")).anna_lays_her_card(balance(900))
    assert stage.terminal.language == "nl"
    passer_by = Stage().on(ev.LanguagePressed("nl"))
    assert any(isinstance(effect, ef.SetTimer) for effect in passer_by.effects)
    assert passer_by.on(ev.VisitExpired()).terminal.language == "en"


def test_a_card_that_was_forgotten_is_asked_to_be_taken_until_it_is() -> None:
    stage = Stage().anna_lays_her_card(balance(900)).on(ev.VisitExpired())
    assert stage.terminal.card_forgotten
    assert stage.terminal.visit is None
    assert not stage.on(ev.CardTaken()).terminal.card_forgotten


def test_done_ends_every_visit() -> None:
    for story in ((), PAID, (ev.RewardPressed("cake"),), (ev.ScanPressed(),), (ev.RewardPressed("bus"),)):
        stage = Stage().anna_lays_her_card(balance(900, held=300)).on(*story, ev.DonePressed())
        assert stage.state in RESTING
        assert stage.wants(ef.SleepScanner)
