"""Stories of customers who hold a coupon to the camera."""

from __future__ import annotations

import datetime as dt

import pytest

from firmware.terminal import effects as ef
from firmware.terminal import events as ev
from firmware.terminal.model import Noted, Reason, Refusal, Registered, State
from firmware.terminal.redeeming import SCAN_MS
from loyalty.coupon import CouponCode, issue
from tests.unit.loyalty.samples import COMPANY, COMPANY_KEY, MEMBER, OTHER_KEY, POOL
from tests.unit.terminal.stage import BERTS_CARD, COUPON, Stage, balance, coupon_right

TEXT = issue(COUPON, COMPANY_KEY)
RIGHT = coupon_right(COUPON.coupon_id, 50)


def reason(stage: Stage) -> Reason:
    assert stage.state is State.REFUSED
    assert isinstance(stage.terminal.outcome, Refusal)
    return stage.terminal.outcome.reason


def test_online_the_coupons_home_is_fetched_and_then_its_points_are_registered() -> None:
    stage = Stage().anna_lays_her_card(balance(900)).on(ev.ScanPressed(), ev.CodeRead(TEXT))
    ask = stage.wanted(ef.AskCoupon)
    assert (ask.member, ask.coupon) == (MEMBER, COUPON.coupon_id)
    stage.on(ev.RightsArrived(ask.request, MEMBER, balance(900), RIGHT))
    assert stage.new == (ef.RecordRegistration(member=MEMBER, right=RIGHT),)
    stage.on(ev.RegistrationRecorded(POOL, 50, balance(950, held=50)))
    assert stage.terminal.outcome == Registered(pool=POOL, points=50)
    assert stage.terminal.visit is not None
    assert stage.terminal.visit.balance == balance(950, held=50)


def test_a_coupon_can_be_held_up_without_pressing_anything_and_the_next_right_after_it() -> None:
    stage = Stage().anna_lays_her_card(balance(900))
    assert stage.wants(ef.WakeScanner)
    stage.on(ev.CodeRead(TEXT))
    stage.on(ev.RightsArrived(stage.wanted(ef.AskCoupon).request, MEMBER, balance(900), RIGHT))
    stage.on(ev.RegistrationRecorded(POOL, 50, balance(950, held=50)))
    assert stage.state is State.DONE
    stage.on(ev.CodeRead("4006381333931"))
    assert reason(stage) is Reason.COUPON_FOREIGN
    assert stage.on(ev.CodeRead(TEXT)).state is State.REGISTERING


def test_offline_a_genuine_coupon_is_noted_and_gives_nothing_yet() -> None:
    stage = Stage(link=False).anna_lays_her_card(balance(900, fresh=False)).on(ev.CodeRead(TEXT))
    assert stage.new == (ef.RecordNote(member=MEMBER, coupon=COUPON.coupon_id, points=50),)
    stage.on(ev.NoteRecorded(50))
    assert stage.terminal.outcome == Noted(points=50)
    assert stage.terminal.visit is not None
    assert stage.terminal.visit.balance == balance(900, fresh=False)


def test_offline_the_same_coupon_is_not_noted_twice() -> None:
    stage = Stage(link=False).anna_lays_her_card(balance(900)).on(ev.CodeRead(TEXT))
    stage.on(ev.RecordRefused("coupon_noted_already"))
    assert reason(stage) is Reason.COUPON_NOTED_ALREADY


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("https://example.org", Reason.COUPON_FOREIGN),
        (TEXT[:-1], Reason.COUPON_DAMAGED),
        (issue(COUPON, OTHER_KEY), Reason.COUPON_FORGED),
        (issue(CouponCode(company=COMPANY, key=9, coupon=1, points=1), COMPANY_KEY), Reason.COUPON_UNKNOWN_KEY),
    ],
)
def test_what_is_no_genuine_coupon_is_refused_with_and_without_a_connection(text: str, why: Reason) -> None:
    for link in (True, False):
        stage = Stage(link=link).anna_lays_her_card(balance(900)).on(ev.CodeRead(text))
        assert reason(stage) is why
        assert not stage.wants(ef.AskCoupon)
        assert not stage.wants(ef.RecordNote)


def test_a_coupon_is_good_on_the_whole_of_its_last_day_and_not_after() -> None:
    # It is noon of Saturday 21 June in Amsterdam.
    for last_day, state in ((dt.date(2025, 6, 21), State.REGISTERING), (dt.date(2025, 6, 20), State.REFUSED)):
        code = CouponCode(company=COMPANY, key=1, coupon=9, points=5, last_day=last_day)
        stage = Stage().anna_lays_her_card(balance(900)).on(ev.CodeRead(issue(code, COMPANY_KEY)))
        assert stage.state is state
    assert reason(stage) is Reason.COUPON_EXPIRED


def test_a_used_coupon_is_refused_with_the_time_of_its_use() -> None:
    stage = Stage().anna_lays_her_card(balance(900)).on(ev.CodeRead(TEXT))
    stage.on(ev.RequestRefused(stage.wanted(ef.AskCoupon).request, "coupon_used", at_ms=1_234))
    assert stage.terminal.outcome == Refusal(reason=Reason.COUPON_USED, at_ms=1_234)


def test_a_home_that_comes_too_late_goes_back_and_registers_nothing() -> None:
    for leave in (ev.AnswerOverdue(), ev.DonePressed(), ev.CardLaid(BERTS_CARD, "uid")):
        stage = Stage().anna_lays_her_card(balance(900)).on(ev.CodeRead(TEXT))
        ask = stage.wanted(ef.AskCoupon)
        stage.on(leave, ev.RightsArrived(ask.request, MEMBER, balance(900), RIGHT))
        assert ef.ReturnRights(MEMBER) in stage.new
        assert not any(isinstance(effect, ef.RecordRegistration) for effect in stage.effects)


def test_nobody_registers_a_coupon_before_the_balance_is_known() -> None:
    stage = Stage().on(ev.CodeRead(TEXT), ev.CardLaid(BERTS_CARD, "uid"), ev.CodeRead(TEXT))
    assert stage.state is State.CARD_PRESENT
    assert not stage.wants(ef.AskCoupon)


def test_a_camera_that_sees_nothing_or_fails_says_so() -> None:
    stage = Stage().anna_lays_her_card(balance(900)).on(ev.ScanPressed())
    assert stage.timer(ef.Timer.VISIT) == SCAN_MS
    assert reason(stage.on(ev.VisitExpired())) is Reason.NO_COUPON_SEEN
    stage.on(ev.BackPressed(), ev.ScanPressed(), ev.CameraFailed())
    assert reason(stage) is Reason.CAMERA_TROUBLE
    assert reason(stage.on(ev.BackPressed(), ev.ScanPressed())) is Reason.CAMERA_TROUBLE
