"""The wait on a real journal: what comes late is held, returned, and never the next customer's (rule 2)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from firmware.hal.events import CardArrived, CodeSeen
from firmware.terminal import events as ev
from firmware.terminal.model import RewardPending, State
from firmware.terminal.step import ANSWER_MS, SLOW_MS
from loyalty.coupon import CouponCode, issue
from loyalty.entries import CouponRegistered, GrantTaken, PointsSpent, RightsReturned
from loyalty.wire.messages import CouponRight
from tests.unit.loyalty.samples import COMPANY, COMPANY_KEY, POOL, lot
from tests.unit.runtime.fakes import ANNAS_UID, BERTS_UID, Rig

CAKE = (ev.RewardPressed("cake"), ev.ConfirmPressed())
COUPON = CouponCode(company=COMPANY, key=1, coupon=7, points=50)
HOME = CouponRight(coupon=COUPON.coupon_id, pool=POOL, points=50, issuer="bakery-ltd")
BERT = "m-bert"


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    rig = Rig(tmp_path).connect().anna_comes(900)
    yield rig
    rig.journal.close()


def wants_cake(rig: Rig) -> str:
    for touch in CAKE:
        rig.runtime.take(touch)
    assert rig.state is State.REDEEMING
    return rig.asked().request


def bert_comes(rig: Rig) -> None:
    rig.leaves().runtime.take(CardArrived(BERTS_UID, "ntag"))
    rig.tell_balance(500, member=BERT)


#: How Anna's wait ends without her rights.
ENDS: dict[str, Callable[[Rig], object]] = {
    "cancelled": lambda rig: rig.runtime.take(ev.CancelPressed()),
    "overdue": lambda rig: rig.after(ANSWER_MS),
    "refused": lambda rig: rig.refuse("elsewhere"),
    "link down": lambda rig: rig.disconnect(),
    "card taken": lambda rig: rig.leaves(),
    "done": lambda rig: rig.runtime.take(ev.DonePressed()),
    "bert": bert_comes,
}


def test_after_a_second_the_wait_is_told(rig: Rig) -> None:
    wants_cake(rig)
    rig.after(SLOW_MS - 1)
    assert rig.terminal.pending == RewardPending(reward="cake", request=rig.asked().request)
    rig.after(1)
    assert rig.terminal.pending == RewardPending(reward="cake", request=rig.asked().request, slow=True)


@pytest.mark.parametrize("end", ENDS)
def test_rights_that_come_after_the_wait_go_back_and_pay_nothing(rig: Rig, end: str) -> None:
    request = wants_cake(rig)
    ENDS[end](rig)
    rig.grant("g1", lot("a", 300), request=request)
    assert rig.bodies(PointsSpent) == []
    rig.connect()
    if rig.state in {State.BALANCE, State.REFUSED}:
        rig.leaves(BERTS_UID if end == "bert" else ANNAS_UID)
    assert rig.held() == 0
    assert len(rig.bodies(GrantTaken)) == len(rig.bodies(RightsReturned)) == 1


@pytest.mark.parametrize("end", ENDS)
def test_a_coupons_home_that_comes_after_the_wait_goes_back(rig: Rig, end: str) -> None:
    rig.runtime.take(CodeSeen(issue(COUPON, COMPANY_KEY), "QRCODE"))
    request = rig.asked().request
    ENDS[end](rig)
    rig.grant("g1", request=request, coupon=HOME)
    rig.connect()
    if end == "link down":
        rig.leaves()
    assert rig.bodies(CouponRegistered) == []
    assert rig.bodies(RightsReturned)[-1].coupon == COUPON.coupon_id


def test_berts_visit_is_as_it_was_when_annas_rights_come(rig: Rig) -> None:
    request = wants_cake(rig)
    bert_comes(rig)
    for touch in CAKE:
        rig.runtime.take(touch)
    before = rig.terminal
    rig.grant("g1", lot("a", 300), request=request)
    assert rig.terminal == before
    assert rig.held() == 0
    rig.grant("g2", lot("b", 300, member=BERT), member=BERT)
    assert [spent.member for spent in rig.bodies(PointsSpent)] == [BERT]


def test_what_the_first_try_brought_late_pays_the_second(rig: Rig) -> None:
    first = wants_cake(rig)
    rig.after(ANSWER_MS)
    rig.runtime.take(ev.BackPressed())
    second = wants_cake(rig)
    assert first != second
    rig.grant("g1", lot("a", 300), request=first)
    assert rig.state is State.DONE
    rig.refuse("not_enough_points")
    rig.grant("g2", lot("b", 300), request=second)
    assert len(rig.bodies(PointsSpent)) == 1
    rig.leaves()
    assert rig.held() == 0
