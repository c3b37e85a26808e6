"""Redeeming, from the card to the journal and the question to the central system."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware.hal.events import CardArrived, CodeSeen
from firmware.runtime.outbox import RESEND_MS
from firmware.terminal import events as ev
from firmware.terminal.model import Noted, Reason, Redeemed, Registered, State
from firmware.terminal.step import ANSWER_MS
from loyalty.coupon import CouponCode, issue
from loyalty.entries import CouponNoted, CouponRegistered, GrantTaken, PointsSpent, RightsReturned, hand_in_code
from loyalty.rights import LotSpend
from loyalty.wire.messages import Ask, BalanceWanted, CouponRight, CouponWanted, PointsWanted
from tests.unit.loyalty.samples import COMPANY, COMPANY_KEY, MEMBER, NOON_MS, POOL, TERMINAL, bundle, lot
from tests.unit.runtime.fakes import ANNAS_CARD, BERTS_UID, Rig

COUPON = CouponCode(company=COMPANY, key=1, coupon=7, points=50)
RIGHT = CouponRight(coupon=COUPON.coupon_id, pool=POOL, points=50, issuer="bakery-ltd")
TEXT = CodeSeen(issue(COUPON, COMPANY_KEY), "QRCODE")
CAKE = (ev.RewardPressed("cake"), ev.ConfirmPressed())


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    rig = Rig(tmp_path)
    yield rig
    rig.journal.close()


def choose_cake(rig: Rig) -> None:
    for touch in CAKE:
        rig.runtime.take(touch)


def test_online_a_cake_costs_one_question_one_grant_and_one_spend(rig: Rig) -> None:
    rig.connect().anna_comes(900)
    choose_cake(rig)
    wanted = rig.asked()
    assert wanted.want == PointsWanted(card=ANNAS_CARD, member=MEMBER, pool=POOL, points=300)
    assert (wanted.epoch, wanted.deadline_ms) == (1, NOON_MS + ANSWER_MS)
    rig.grant("g1", lot("a", 200), lot("b", 100))
    assert [type(entry.body) for entry in rig.entries()[1:]] == [GrantTaken, PointsSpent]
    (spent,) = rig.bodies(PointsSpent)
    assert sorted(spent.lots, key=lambda one: one.lot) == [LotSpend("a", 200), LotSpend("b", 100)]
    assert spent.code == hand_in_code(spent.spend)
    assert isinstance(rig.terminal.outcome, Redeemed)
    assert rig.terminal.outcome.code == spent.code
    assert rig.shown() == (600, 0, 0, -300)


def test_the_card_is_asked_for_by_its_pseudonym(rig: Rig) -> None:
    rig.connect().anna_comes()
    assert rig.asked().want == BalanceWanted(ANNAS_CARD)


def test_offline_what_is_held_pays_and_what_is_not_held_does_not(rig: Rig) -> None:
    rig.connect().anna_comes(900)
    rig.grant("g1", lot("a", 350), request="some earlier one")
    rig.disconnect()
    choose_cake(rig)
    assert rig.state is State.DONE
    rig.runtime.take(ev.BackPressed())
    rig.runtime.take(ev.RewardPressed("coffee"))
    assert (rig.refusal().reason, rig.refusal().here, rig.refusal().online) == (Reason.NEEDS_CONNECTION, 50, 600)
    assert len(rig.bodies(PointsSpent)) == 1
    assert rig.held() == 50


def test_a_grant_that_is_sent_again_is_taken_once(rig: Rig) -> None:
    rig.connect().anna_comes(900)
    choose_cake(rig)
    granted = rig.grant("g1", lot("a", 300))
    for _ in range(3):
        rig.runtime.take(granted)
    assert len(rig.bodies(GrantTaken)) == len(rig.bodies(PointsSpent)) == 1
    assert rig.held() == 0


def test_a_grant_for_another_epoch_is_not_taken(rig: Rig) -> None:
    rig.connect().anna_comes(900)
    choose_cake(rig)
    for epoch in (0, 2):
        rig.grant("g1", lot("a", 300), epoch=epoch)
    assert rig.bodies(GrantTaken) == []
    assert rig.state is State.REDEEMING


def test_a_grant_that_comes_late_is_journaled_and_goes_back(rig: Rig) -> None:
    rig.connect().anna_comes(900)
    choose_cake(rig)
    request = rig.asked().request
    rig.leaves()
    rig.runtime.take(CardArrived(BERTS_UID, "ntag"))
    rig.grant("g1", lot("a", 300), request=request)
    assert len(rig.bodies(GrantTaken)) == 1
    assert rig.bodies(RightsReturned) == [RightsReturned(member=MEMBER, pool=POOL, lots=(LotSpend("a", 300),))]
    assert rig.bodies(PointsSpent) == []
    assert rig.held() == 0


def test_a_grant_that_is_too_small_spends_nothing(rig: Rig) -> None:
    rig.connect().anna_comes(900)
    choose_cake(rig)
    rig.grant("g1", lot("a", 299))
    assert rig.refusal().reason is Reason.NOT_ENOUGH_POINTS
    assert rig.bodies(PointsSpent) == []
    rig.leaves()
    assert rig.held() == 0


def test_a_lot_that_expires_between_grant_and_spend_pays_nothing(rig: Rig) -> None:
    rig.connect().anna_comes(900)
    rig.grant("g1", lot("a", 300, expires_ms=NOON_MS + 1_000), request="earlier")
    rig.disconnect()
    rig.runtime.take(ev.RewardPressed("cake"))
    rig.clock.go_on(1_000)
    rig.runtime.take(ev.ConfirmPressed())
    assert rig.refusal().reason is Reason.NOT_ENOUGH_POINTS
    assert rig.bodies(PointsSpent) == []


def test_a_question_that_cannot_be_sent_falls_back_to_what_is_here(rig: Rig) -> None:
    rig.connect().anna_comes(900).leaves()
    rig.link.up = False  # The cable is out, and nobody has noticed yet.
    rig.anna_comes()
    assert rig.state is State.BALANCE
    assert not rig.terminal.devices.link
    assert rig.shown()[0] == 900
    rig.runtime.take(ev.RewardPressed("cake"))
    assert rig.refusal().reason is Reason.NEEDS_CONNECTION


def test_no_answer_in_time_is_a_refusal_and_the_grant_after_it_can_still_be_used(rig: Rig) -> None:
    rig.connect().anna_comes(900)
    choose_cake(rig)
    rig.after(ANSWER_MS)
    assert rig.refusal().reason is Reason.NO_ANSWER
    rig.grant("g1", lot("a", 300))
    rig.runtime.take(ev.BackPressed())
    asked = len(rig.link.all(Ask))
    choose_cake(rig)
    assert rig.state is State.DONE
    assert len(rig.link.all(Ask)) == asked


def test_a_coupon_is_registered_into_a_lot_of_its_own_that_can_be_spent_here(rig: Rig) -> None:
    rig.connect().anna_comes(900)
    assert rig.scanner.awake
    rig.runtime.take(TEXT)
    assert rig.asked().want == CouponWanted(card=ANNAS_CARD, member=MEMBER, coupon=COUPON.coupon_id)
    rig.grant("g1", coupon=RIGHT)
    (registered,) = rig.bodies(CouponRegistered)
    assert (registered.lot.lot, registered.lot.points, registered.lot.issuer) == (f"{TERMINAL}.1.2", 50, "bakery-ltd")
    assert rig.terminal.outcome == Registered(pool=POOL, points=50)
    assert rig.shown() == (950, 50, 50, 50)
    rig.runtime.take(TEXT)
    rig.grant("g2", coupon=RIGHT)
    assert rig.refusal().reason is Reason.COUPON_USED
    assert len(rig.bodies(CouponRegistered)) == 1


def test_offline_a_coupon_is_noted_once_and_spends_nothing(rig: Rig) -> None:
    rig.connect().anna_comes(900)
    rig.disconnect().runtime.take(TEXT)
    assert rig.terminal.outcome == Noted(points=50)
    rig.runtime.take(TEXT)
    assert rig.refusal().reason is Reason.COUPON_NOTED_ALREADY
    assert rig.bodies(CouponNoted) == [CouponNoted(coupon=COUPON.coupon_id, member=MEMBER, points=50)]
    assert rig.shown() == (900, 0, 0, 0)


def test_points_earned_here_alone_must_reach_the_minimum_by_themselves(tmp_path: Path) -> None:
    rig = Rig(tmp_path, rules=bundle(minimum=300)).connect().anna_comes(900)
    choose_cake(rig)
    rig.grant("g1", lot("a", 300))
    assert rig.state is State.DONE
    rig.runtime.take(TEXT)
    rig.grant("g2", coupon=RIGHT)
    assert rig.shown() == (650, 50, 0, -250)
    rig.journal.close()


def test_a_code_that_was_not_seen_shows_again_for_a_quarter_of_an_hour(rig: Rig) -> None:
    rig.connect().anna_comes(900)
    choose_cake(rig)
    rig.grant("g1", lot("a", 300))
    rig.disconnect().leaves()
    (spent,) = rig.bodies(PointsSpent)
    for wait_ms, seen in ((RESEND_MS, True), (15 * 60_000, False)):
        rig.after(wait_ms).anna_comes()
        assert rig.terminal.visit is not None
        assert rig.terminal.visit.balance is not None
        recent = rig.terminal.visit.balance.recent
        assert (recent is not None and recent.code == spent.code) is seen
        rig.leaves()
