"""What the terminal knows of a balance: the central system's last word, and what was done here since."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware.hal.events import CardArrived
from firmware.terminal import events as ev
from firmware.terminal.model import Reason, State
from firmware.terminal.step import BALANCE_MS
from tests.unit.loyalty.samples import MEMBER, bundle, lot
from tests.unit.runtime.fakes import ANNAS_CARD, ANNAS_UID, BERTS_UID, Rig

CAKE = (ev.RewardPressed("cake"), ev.ConfirmPressed())


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    rig = Rig(tmp_path).connect()
    yield rig
    rig.journal.close()


def spend_cake(rig: Rig) -> None:
    for touch in CAKE:
        rig.runtime.take(touch)
    rig.grant(f"g-{rig.asked().request}", lot(f"lot-{rig.asked().request}", 300))
    assert rig.state is State.DONE


def test_the_last_word_is_kept_after_it_was_shown_and_serves_offline(rig: Rig) -> None:
    rig.runtime.take(CardArrived(ANNAS_UID, "ntag"))
    rig.tell_balance(900)
    assert rig.shown()[0] == 900
    assert rig.holdings.known(card=ANNAS_CARD) is None
    rig.runtime.after_show()
    rig.leaves().disconnect().anna_comes()
    assert rig.shown() == (900, 0, 0, 0)
    visit = rig.terminal.visit
    assert visit is not None
    assert visit.balance is not None
    assert not visit.balance.fresh


def test_a_card_that_was_never_here_is_not_served_offline(rig: Rig) -> None:
    rig.anna_comes(900).leaves().disconnect()
    rig.runtime.take(CardArrived(BERTS_UID, "ntag"))
    assert rig.refusal().reason is Reason.NO_BALANCE_OFFLINE


def test_an_answer_that_takes_too_long_is_replaced_by_what_is_known_here_and_shown_when_it_comes(rig: Rig) -> None:
    rig.anna_comes(900).leaves().anna_comes()
    assert rig.state is State.CARD_PRESENT
    rig.after(BALANCE_MS)
    assert rig.shown()[0] == 900
    rig.tell_balance(1_200)
    assert rig.shown()[0] == 1_200


def test_what_was_spent_here_since_counts_until_the_central_system_has_applied_it_and_not_twice(rig: Rig) -> None:
    rig.anna_comes(900)
    before = rig.journal.head[0]
    spend_cake(rig)
    assert rig.shown() == (600, 0, 0, -300)
    rig.leaves().anna_comes()
    # The answer was written before the spend was applied, and then after it: the truth is the same.
    rig.tell_balance(900, applied_seq=before)
    assert rig.shown() == (600, 0, 0, -300)
    rig.leaves().anna_comes()
    rig.tell_balance(600, applied_seq=rig.journal.head[0])
    assert rig.shown() == (600, 0, 0, 0)


def test_of_two_cards_of_one_member_the_newer_word_counts(rig: Rig) -> None:
    rig.anna_comes(900).leaves()
    rig.clock.go_on(60_000)
    rig.runtime.take(CardArrived(BERTS_UID, "ntag"))
    rig.tell_balance(1_500, member=MEMBER)
    rig.runtime.after_show()
    spend_cake(rig)
    assert rig.shown() == (1_200, 0, 0, -300)
    rig.leaves(BERTS_UID).disconnect().anna_comes()
    assert rig.shown() == (1_200, 0, 0, -300)


def test_a_blocked_card_is_forgotten_here_too(rig: Rig) -> None:
    rig.anna_comes(900).leaves().anna_comes()
    rig.refuse("card_blocked", at_ms=5)
    assert rig.refusal().reason is Reason.CARD_BLOCKED
    rig.leaves().disconnect().anna_comes()
    assert rig.refusal().reason is Reason.NO_BALANCE_OFFLINE


def test_a_late_answer_forgets_nothing(rig: Rig) -> None:
    rig.anna_comes(900).leaves().anna_comes()
    rig.refuse("late")
    assert rig.shown()[0] == 900


def test_a_card_that_the_rules_block_is_not_served_offline_although_it_is_known(tmp_path: Path) -> None:
    Rig(tmp_path).connect().anna_comes(900).journal.close()
    rig = Rig(tmp_path, rules=bundle(blocked=(ANNAS_CARD,))).anna_comes()
    assert rig.refusal().reason is Reason.CARD_BLOCKED
    rig.journal.close()


def test_points_below_the_minimum_are_held_but_not_spendable_unless_the_grant_unlocked_them(tmp_path: Path) -> None:
    rig = Rig(tmp_path, rules=bundle(minimum=500)).connect().anna_comes(400)
    rig.grant("g1", lot("a", 200), request="earlier", unlocked=False)
    assert rig.shown() == (400, 200, 0, 0)
    rig.grant("g2", lot("b", 100), request="earlier", unlocked=True)
    assert rig.shown() == (400, 300, 300, 0)
    rig.journal.close()


def test_a_reward_paid_before_the_last_word_was_kept_is_counted_from_that_word(tmp_path: Path) -> None:
    rig = Rig(tmp_path, rules=bundle(keep_points=500)).connect().anna_comes(900)
    rig.grant("g1", lot("a", 300), request="earlier")
    rig.leaves()
    rig.runtime.take(CardArrived(ANNAS_UID, "ntag"))
    rig.tell_balance(1_500)
    for touch in CAKE:
        rig.runtime.take(touch)
    assert rig.shown() == (1_200, 0, 0, -300)
    rig.journal.close()
