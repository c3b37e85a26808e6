"""Rights go back: when nobody needs them, when they are recalled, and never from under a payment."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware.terminal import events as ev
from firmware.terminal.model import State
from loyalty.entries import PointsSpent, RightsReturned
from loyalty.rights import LotSpend
from loyalty.wire.messages import CouponRight, PointsWanted
from tests.unit.loyalty.samples import MEMBER, NOON_MS, POOL, bundle, lot
from tests.unit.runtime.fakes import Rig

HOME = CouponRight(coupon="c1", pool=POOL, points=50, issuer="bakery-ltd")


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    rig = Rig(tmp_path).connect().anna_comes(900)
    rig.grant("g1", lot("a", 200), request="earlier")
    yield rig
    rig.journal.close()


def test_what_was_not_spent_goes_back_when_the_customer_leaves(rig: Rig) -> None:
    rig.leaves()
    assert rig.bodies(RightsReturned) == [RightsReturned(member=MEMBER, pool=POOL, lots=(LotSpend("a", 200),))]
    assert rig.held() == 0


def test_offline_nothing_goes_back_until_the_link_is_there_again(rig: Rig) -> None:
    rig.disconnect().leaves()
    assert rig.held() == 200
    rig.connect()
    assert rig.held() == 0


def test_when_the_link_comes_back_the_customer_at_the_terminal_keeps_theirs(rig: Rig) -> None:
    rig.grant("g2", lot("b", 70, member="m-bert"), member="m-bert", request="berts")
    rig.disconnect().connect()
    assert rig.held() == 200
    assert rig.held("m-bert") == 0


@pytest.mark.parametrize(("keep", "left"), [(0, 0), (120, 120), (200, 200), (500, 200)])
def test_no_more_is_kept_for_a_customer_than_the_company_allows(tmp_path: Path, keep: int, left: int) -> None:
    rig = Rig(tmp_path, rules=bundle(keep_points=keep)).connect().anna_comes(900)
    rig.grant("g1", lot("a", 150), lot("b", 50, expires_ms=NOON_MS + 10**9), request="earlier")
    rig.leaves()
    assert rig.held() == left
    rig.disconnect().connect()
    assert rig.held() == left
    rig.journal.close()


@pytest.mark.parametrize(("keep", "left"), [(0, 0), (300, 300), (None, 120)])
def test_what_the_central_system_says_is_kept_for_this_customer_goes_before_the_rule_for_all(
    tmp_path: Path, keep: int | None, left: int
) -> None:
    rig = Rig(tmp_path, rules=bundle(keep_points=120)).connect().anna_comes()
    rig.tell_balance(900, keep=keep)
    rig.runtime.after_show()
    rig.grant("g1", lot("a", 350), request="placed-1")
    rig.leaves()
    assert rig.held() == left
    rig.journal.close()
    # It is known after a start, too.
    rig = Rig(tmp_path, rules=bundle(keep_points=0 if keep is None else 120))
    rig.connect()
    assert rig.held() == (0 if keep is None else left)
    rig.journal.close()


def test_a_regular_for_whom_rights_were_placed_redeems_offline(tmp_path: Path) -> None:
    rig = Rig(tmp_path).connect().anna_comes()
    rig.tell_balance(900, keep=300)
    rig.grant("g1", lot("a", 300), request="placed-1")
    assert rig.shown() == (900, 300, 300, 0)
    rig.leaves().disconnect().anna_comes()
    for touch in (ev.RewardPressed("cake"), ev.ConfirmPressed()):
        rig.runtime.take(touch)
    assert rig.state is State.DONE
    assert len(rig.bodies(PointsSpent)) == 1
    rig.journal.close()


def test_what_was_placed_for_a_customer_who_has_left_stays_as_far_as_it_is_kept(tmp_path: Path) -> None:
    rig = Rig(tmp_path).connect().anna_comes()
    rig.tell_balance(900, keep=300)
    rig.leaves()
    rig.grant("g1", lot("a", 350), request="placed-1")
    assert (rig.state, rig.held()) == (State.IDLE, 300)
    rig.recall(300)
    assert rig.held() == 0
    rig.journal.close()


def test_a_coupons_home_goes_back_whatever_is_kept(tmp_path: Path) -> None:
    rig = Rig(tmp_path, rules=bundle(keep_points=500)).connect().anna_comes(900)
    rig.grant("g1", lot("a", 150), request="earlier", coupon=HOME)
    assert rig.holdings.coupons(MEMBER) == []
    assert rig.held() == 150
    rig.journal.close()


def test_a_recall_is_answered_with_what_is_here(rig: Rig) -> None:
    rig.recall(150)
    assert rig.bodies(RightsReturned) == [
        RightsReturned(member=MEMBER, pool=POOL, lots=(LotSpend("a", 150),), recall="rc")
    ]
    rig.recall(150)
    assert rig.held() == 0
    rig.recall(150)
    assert len(rig.bodies(RightsReturned)) == 2


def test_after_a_recall_the_screen_offers_only_what_does_work(rig: Rig) -> None:
    assert rig.shown() == (900, 200, 200, 0)
    rig.recall(150)
    assert rig.shown() == (900, 50, 50, 0)
    rig.runtime.take(ev.RewardPressed("coffee"))
    rig.runtime.take(ev.ConfirmPressed())
    want = rig.asked().want
    assert isinstance(want, PointsWanted)
    assert want.points == 50


@pytest.mark.parametrize("touches", [(ev.RewardPressed("cake"),), (ev.RewardPressed("cake"), ev.ConfirmPressed())])
def test_a_recall_takes_nothing_from_under_a_payment(rig: Rig, touches: tuple[ev.Event, ...]) -> None:
    for touch in touches:
        rig.runtime.take(touch)
    assert rig.state in {State.CONFIRMING, State.REDEEMING}
    rig.recall(200)
    assert rig.held() == 200
    if rig.state is State.CONFIRMING:
        rig.runtime.take(ev.ConfirmPressed())
    rig.grant("g2", lot("b", 100))
    assert len(rig.bodies(PointsSpent)) == 1


def test_a_recall_of_another_customers_rights_is_answered_while_somebody_pays(rig: Rig) -> None:
    rig.grant("g2", lot("b", 70, member="m-bert"), member="m-bert", request="berts")
    rig.runtime.take(ev.RewardPressed("cake"))
    rig.recall(70, member="m-bert")
    assert rig.held("m-bert") == 0
    assert rig.held() == 200


def test_a_recall_for_another_epoch_is_not_for_these_rights(rig: Rig) -> None:
    rig.recall(150, epoch=2)
    assert rig.held() == 200
