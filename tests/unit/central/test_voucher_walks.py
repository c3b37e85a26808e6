"""Any order of requests on vouchers: rows, history and books agree after each, and are made anew by a replay."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from django.db import connection

from backend_bridge.central.vouchers.errors import VoucherError
from backend_bridge.central.vouchers.models import Voucher
from backend_bridge.central.vouchers.services import changing, issuing, registering
from backend_bridge.central.vouchers.services.expiring import expire_vouchers
from backend_bridge.central.vouchers.verify import verify_vouchers
from loyalty.acts.vouchers import LeftOver
from loyalty.benefits import FreeService, MoneyValue, PercentOff
from loyalty.conditions import Channel, Conditions
from loyalty.entries import CouponRegistered, RightsReturned
from loyalty.rights import LotRight
from tests.unit.central.lab import NOW_MS, Lab, PaperTerminal, coupon_wanted, member
from tests.unit.central.replaying import assert_replays
from tests.unit.central.voucher_counter import (
    DAY,
    MOLEN,
    MULTI,
    NOW,
    TODAY,
    back,
    bought,
    issued,
    like,
    points,
    redate,
    register,
    told,
    use,
    who,
)


def deeds(random_: random.Random) -> list[Callable[[str], object]]:
    """What can be asked of a voucher, with chance in the amounts and days."""
    minor = random_.choice([None, 1, 700, 2000])
    until = TODAY + random_.randint(-1, 4) * DAY
    at = NOW + random_.randint(0, 3) * DAY
    webshop = Conditions(company=MOLEN, channels=(Channel.WEBSHOP,))
    return [
        lambda voucher: use(voucher, minor, at=at),
        lambda voucher: back(voucher, random_.randint(1, 3), minor),
        lambda voucher: register(voucher, member("anna")),
        lambda voucher: registering.transfer_voucher(voucher=voucher, to=member("bram"), **who()),
        lambda voucher: redate(voucher, until, at=at, revive=random_.random() < 0.5),
        lambda voucher: changing.change_terms(voucher=voucher, conditions=webshop, owner_bound=False, **who()),
        lambda voucher: changing.cancel_voucher(voucher=voucher, left_over=random_.choice([*LeftOver]), **who()),
        lambda voucher: issuing.issue_draft(voucher=voucher, **who()),
        lambda _voucher: expire_vouchers(at),
    ]


def some_vouchers() -> list[str]:
    soon = TODAY + DAY
    return [
        bought(5000, valid_until=soon),
        issued(like(MoneyValue(rest_minor=3000), valid_until=soon)),
        issued(like(FreeService(), uses=3, valid_until=soon), sold=MULTI, price_minor=1000),
        issued(like(PercentOff(rate_bp=1000), uses=2)),
        issued(points(40, valid_until=soon)),
        issued(like(MoneyValue(rest_minor=900)), draft=True),
    ]


@pytest.mark.parametrize("seed", range(6))
def test_v12_whatever_is_asked_rows_history_and_books_agree(lab: Lab, seed: int) -> None:
    random_ = random.Random(seed)
    vouchers, refused = some_vouchers(), 0

    for _ in range(60):
        try:
            random_.choice(deeds(random_))(random_.choice(vouchers))
        except VoucherError:
            refused += 1
    assert verify_vouchers() == []
    assert 0 < refused < 60
    assert_replays()


def test_the_check_finds_what_was_changed_behind_its_back(lab: Lab) -> None:
    voucher = bought(5000)
    use(voucher, 1000)
    assert verify_vouchers() == []

    Voucher.objects.filter(pk=voucher).update(uses_made=2, state="redeemed", uses_left=0, ended_at=NOW)

    assert [one.split(" ", 2)[2] for one in verify_vouchers()] == [
        "is redeemed, its history says otherwise",
        "was used 2 times, its history says 1",
    ]


def test_vouchers_come_out_the_same_when_the_books_are_replayed(lab: Lab) -> None:
    made = issuing.issue_vouchers(like=points(50), count=20, batch="spring", **who())
    first, second, third = Voucher.objects.filter(batch=made.batch).order_by("pk").values_list("pk", flat=True)[:3]
    issuing.create_and_register(like=points(10), customer=member("bram"), **who())
    paper = PaperTerminal("molen-1")
    lab.grant(paper, coupon_wanted("anna", first))
    grant = lab.grant(paper, coupon_wanted("anna", second))
    changing.cancel_voucher(voucher=first, **who())
    assert grant.coupon is not None
    lot = LotRight(
        lot="molen-1.1.9", member=member("anna"), pool=grant.coupon.pool, points=50, issuer=MOLEN, created_ms=NOW_MS
    )
    paper.write(CouponRegistered(coupon=second, lot=lot))
    paper.write(RightsReturned(member=member("anna"), coupon=first))
    lab.upload(paper)
    register(third, member("vera"))

    assert [told(one).state for one in (first, second, third)] == ["cancelled", "registered", "registered"]
    assert verify_vouchers() == []
    assert_replays()
    connection.close()
