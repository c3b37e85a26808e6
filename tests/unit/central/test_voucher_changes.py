"""Vouchers that change after issue: validity, restrictions, expiry, and what waits for a terminal."""

from __future__ import annotations

import datetime as dt

import pytest
from django.conf import settings

from backend_bridge.__main__ import main
from backend_bridge.central.ledger.models import Account
from backend_bridge.central.organisation.models import Branch
from backend_bridge.central.vouchers.errors import VoucherAtTerminal, VoucherRefused
from backend_bridge.central.vouchers.models import VoucherWish
from backend_bridge.central.vouchers.records import on_it
from backend_bridge.central.vouchers.services import changing, registering
from backend_bridge.central.vouchers.services.expiring import expire_vouchers
from loyalty.benefits import MoneyValue, PercentOff
from loyalty.conditions import Channel, Conditions
from loyalty.entries import CouponRegistered, RightsReturned
from loyalty.rights import LotRight
from loyalty.wire.messages import Grant
from tests.unit.central.lab import NOW_MS, Lab, PaperTerminal, balance, coupon_wanted, incidents, member
from tests.unit.central.voucher_counter import (
    DAY,
    MOLEN,
    NOW,
    TODAY,
    booked,
    bought,
    did,
    issued,
    like,
    points,
    redate,
    told,
    use,
    who,
)

Kind = Account.Kind


def at_molen(lab: Lab, voucher: str) -> tuple[PaperTerminal, Grant]:
    """A terminal whose home the coupon is now."""
    paper = PaperTerminal("molen-1")
    return paper, lab.grant(paper, coupon_wanted("anna", voucher))


def give_back(lab: Lab, paper: PaperTerminal, voucher: str) -> None:
    paper.write(RightsReturned(member=member("anna"), coupon=voucher))
    lab.upload(paper)


def test_v13_validity_is_changed_after_issue_and_the_history_keeps_both(lab: Lab) -> None:
    voucher = bought(5000, valid_until=TODAY)

    redate(voucher, TODAY + DAY)

    assert told(voucher).conditions.valid_until == TODAY + DAY
    with pytest.raises(VoucherRefused) as refused:
        redate(voucher, TODAY)
    assert refused.value.rule == "never_narrowed"
    assert did(voucher) == ["sold", "validity"]


def test_v13_an_expired_voucher_becomes_breakage_and_is_revived_when_that_is_asked_for(lab: Lab) -> None:
    voucher, gift = bought(5000, valid_until=TODAY), issued(like(MoneyValue(rest_minor=700), valid_until=TODAY))
    use(voucher, 2000)
    later = NOW + DAY

    assert expire_vouchers(NOW).count == 1  # the demonstration's own
    ended = expire_vouchers(later)

    assert (ended.count, ended.minor) == (2, 3700)
    assert (booked(Kind.BREAKAGE), booked(Kind.VOUCHER_GIVEN), told(gift).state) == (3000, 0, "expired")
    assert expire_vouchers(later).count == 0
    with pytest.raises(VoucherRefused) as refused:
        redate(voucher, TODAY + 9 * DAY, at=later)
    revived = redate(voucher, TODAY + 9 * DAY, at=later, revive=True)
    assert (refused.value.rule, revived.state, revived.on_it_minor) == ("needs_revival", "issued", 3000)
    assert (booked(Kind.BREAKAGE), use(voucher, 3000).state) == (0, "redeemed")
    assert did(voucher) == ["sold", "used", "expired", "revived", "used"]


def test_a_voucher_expires_when_its_day_is_over_at_the_branch_that_is_furthest_behind(lab: Lab) -> None:
    Branch.objects.filter(company=MOLEN).update(timezone="Pacific/Honolulu")
    voucher = issued(like(PercentOff(rate_bp=1000), valid_until=TODAY))
    midnight = dt.datetime.combine(TODAY + DAY, dt.time(10), tzinfo=dt.UTC)

    expire_vouchers(midnight - dt.timedelta(milliseconds=1))
    assert told(voucher).state == "issued"
    expire_vouchers(midnight)
    assert told(voucher).state == "expired"


def test_many_vouchers_expire_in_sets(lab: Lab) -> None:
    from backend_bridge.central.vouchers.services.issuing import issue_vouchers

    expire_vouchers(NOW)
    issue_vouchers(like=like(MoneyValue(rest_minor=10), valid_until=TODAY), count=1100, batch="old", **who())

    ended = expire_vouchers(NOW + DAY)

    assert (ended.count, ended.minor, booked(Kind.VOUCHER_GIVEN)) == (1100, 11_000, 0)


def test_v14_v15_restrictions_are_changed_and_what_was_paid_for_is_only_widened(lab: Lab) -> None:
    voucher = bought(5000, channels=(Channel.WEBSHOP,))

    def change(*channels: Channel) -> str:
        conditions = Conditions(company=MOLEN, channels=channels)
        return changing.change_terms(voucher=voucher, conditions=conditions, owner_bound=False, **who()).state

    change(Channel.TERMINAL, Channel.WEBSHOP)
    with pytest.raises(VoucherRefused) as refused:
        change(Channel.TERMINAL)

    assert refused.value.rule == "never_narrowed"
    assert told(voucher).conditions.channels == (Channel.TERMINAL, Channel.WEBSHOP)


def test_changing_a_coupon_that_a_terminal_holds_waits_until_it_is_back(lab: Lab) -> None:
    voucher = issued(points(100))
    paper, _grant = at_molen(lab, voucher)

    dated = redate(voucher, TODAY + DAY)
    cancelled = changing.cancel_voucher(voucher=voucher, **who())

    assert (dated.pending_at, cancelled.pending_at, cancelled.state) == ("molen-1", "molen-1", "issued")
    assert (told(voucher).at_terminal, told(voucher).pending, told(voucher).state) == ("molen-1", 2, "issued")
    with pytest.raises(VoucherAtTerminal):
        registering.register_voucher(voucher=voucher, customer=member("bram"), **who())
    give_back(lab, paper, voucher)

    assert (told(voucher).at_terminal, told(voucher).pending, told(voucher).state) == ("", 0, "cancelled")
    assert did(voucher) == ["issued", "wished", "wished", "validity", "cancelled"]
    assert told(voucher).conditions.valid_until == TODAY + DAY


def test_what_was_redeemed_before_a_wished_change_stands(lab: Lab) -> None:
    voucher, before = issued(points(100)), balance("anna")
    paper, grant = at_molen(lab, voucher)
    changing.cancel_voucher(voucher=voucher, **who())

    assert grant.coupon is not None
    lot = LotRight(
        lot="molen-1.1.2", member=member("anna"), pool=grant.coupon.pool, points=100, issuer=MOLEN, created_ms=NOW_MS
    )
    paper.write(CouponRegistered(coupon=voucher, lot=lot))
    lab.upload(paper)

    assert balance("anna") == before + 100
    [wish] = VoucherWish.objects.filter(voucher=voucher)
    assert (told(voucher).state, wish.outcome, wish.reason) == ("registered", "refused", "points_posted")
    assert did(voucher)[-1] == "wish_refused"
    assert incidents() == []


def test_a_coupon_at_a_terminal_expires_only_when_it_is_back(lab: Lab) -> None:
    voucher = issued(points(100, valid_until=TODAY))
    paper, _grant = at_molen(lab, voucher)
    expire_vouchers(NOW + DAY)
    assert told(voucher).state == "issued"

    give_back(lab, paper, voucher)
    expire_vouchers(NOW + DAY)

    assert told(voucher).state == "expired"


def test_a_draft_or_a_coupon_for_another_customer_gets_no_home(lab: Lab) -> None:
    paper = PaperTerminal("molen-1")
    for voucher, reason in (
        (issued(points(100), draft=True), "coupon_unknown"),
        (bought(5000), "coupon_unknown"),
        (issued(points(100, owner=member("bram"))), "coupon_elsewhere"),
    ):
        [sent] = lab.ask(paper, coupon_wanted("anna", voucher))
        assert getattr(getattr(sent.message, "result", None), "reason", None) == reason


def test_what_somebody_changes_while_a_set_expires_does_not_keep_the_others(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    expire_vouchers(NOW)
    vouchers = [issued(like(MoneyValue(rest_minor=100), valid_until=TODAY)) for _ in range(7)]
    use(vouchers[3], 40)
    # What the job has read of one of them is out of date when it comes to post.
    stale = f"{expire_vouchers.__module__}.on_it"
    monkeypatch.setattr(stale, lambda rows: {**on_it(rows), vouchers[3]: 100})

    ended = expire_vouchers(NOW + DAY)
    monkeypatch.undo()
    later = expire_vouchers(NOW + DAY + dt.timedelta(hours=1))

    assert (ended.count, ended.minor) == (6, 600)
    assert (later.count, later.minor, booked(Kind.VOUCHER_GIVEN)) == (1, 60, 0)


def test_the_daily_command_ends_what_is_over(lab: Lab, capsys: pytest.CaptureFixture[str]) -> None:
    voucher = issued(like(PercentOff(rate_bp=1000), valid_until=dt.date(2026, 3, 2)))

    assert main(["expire-vouchers", "--data", str(settings.DATA)]) == 0

    assert capsys.readouterr().out.endswith("vouchers have expired\n")
    assert told(voucher).state == "expired"
