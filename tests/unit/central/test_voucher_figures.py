"""Daily figures of vouchers, and the history that they are made from (V23, V24)."""

from __future__ import annotations

import datetime as dt
from collections import Counter

import pytest
from django.db import DatabaseError, connection, transaction

from backend_bridge.central.errors import AppendOnly
from backend_bridge.central.ledger.models import Account
from backend_bridge.central.vouchers.errors import BadVoucher
from backend_bridge.central.vouchers.models import Voucher, VoucherEvent
from backend_bridge.central.vouchers.services import changing, finding
from backend_bridge.central.vouchers.services.expiring import expire_vouchers
from backend_bridge.central.vouchers.services.figures import DailyFigures, daily_figures
from loyalty.acts.vouchers import LeftOver
from loyalty.benefits import FreeGoods, MoneyValue
from tests.unit.central.lab import member
from tests.unit.central.voucher_counter import (
    DAY,
    MOLEN,
    NOW,
    TODAY,
    ZUID,
    back,
    booked,
    bought,
    issued,
    like,
    points,
    redate,
    register,
    use,
    who,
)

pytestmark = pytest.mark.usefixtures("lab")


def figures(day: dt.date, kind: str, purpose: str = "") -> DailyFigures:
    found = daily_figures(company=MOLEN, first=TODAY - 20 * DAY, last=TODAY + 20 * DAY)
    return next(one for one in found if (one.day, one.kind, one.purpose) == (day, kind, purpose))


def busy_days() -> None:
    """Sales, uses, a reversal, an expiry, a cancellation and registrations on three days."""
    first, second, third = bought(5000), bought(2000), bought(3000, valid_until=TODAY)
    use(first, 1500)
    use(second, 2000)
    back(second, 1, 500)
    changing.cancel_voucher(voucher=first, left_over=LeftOver.REFUND, **who(at=NOW + DAY))
    expire_vouchers(NOW + 2 * DAY)
    redate(third, None, revive=True, at=NOW + 2 * DAY)
    register(issued(points(100)), member("anna"))
    issued(points(50))
    coffee = issued(like(FreeGoods(), uses=2, owner=member("anna")))
    use(coffee)


def test_v23_figures_of_a_day_by_kind_and_vat_class() -> None:
    busy_days()

    today, tomorrow, after = (figures(TODAY + n * DAY, "money", "multi") for n in range(3))
    assert (today.sold, today.sold_minor, today.open, today.open_minor) == (3, 10_000, 3, 7000)
    assert (today.redeemed, today.redeemed_minor, today.returned, today.returned_minor) == (2, 3500, 1, 500)
    assert (tomorrow.cancelled, tomorrow.cancelled_minor, tomorrow.open_minor) == (1, 3500, 3500)
    assert (after.expired, after.expired_minor, after.revived, after.open, after.open_minor) == (1, 3000, 1, 2, 3500)
    coupons, goods = figures(TODAY, "points"), figures(TODAY, "goods")
    assert (coupons.issued, coupons.registered, coupons.open) == (2, 1, 5)  # three are the demonstration's
    assert (goods.issued, goods.redeemed, goods.open) == (1, 1, 1)


def test_v23_figures_are_sums_of_the_history_and_agree_with_vouchers_and_books() -> None:
    busy_days()
    last = {(one.kind, one.purpose): one for one in daily_figures(company=MOLEN, first=TODAY, last=TODAY + 2 * DAY)}

    counted: Counter[tuple[str, str]] = Counter()
    for row in Voucher.objects.filter(company=MOLEN, state__in=["issued", "registered"]):
        counted[row.kind, row.purpose] += not row.has_posted_points
    assert {group: one.open for group, one in last.items() if one.open} == dict(+counted)
    held = sum(booked(kind) for kind in (Account.Kind.VOUCHER_MULTI, Account.Kind.VOUCHER_GIVEN))
    assert sum(one.open_minor for one in last.values()) == held
    every = daily_figures(company=MOLEN, first=TODAY - 60 * DAY, last=TODAY + 2 * DAY)
    assert sum(one.redeemed - one.returned for one in every) == 3 - 1
    assert sum(one.issued + one.sold for one in every) == Voucher.objects.filter(company=MOLEN).count()


def test_v23_a_day_is_the_companys_own() -> None:
    late = dt.datetime.combine(TODAY, dt.time(23, 30), tzinfo=dt.UTC)  # 0:30 in Utrecht
    issued(like(MoneyValue(rest_minor=100)), at=late)

    assert figures(TODAY + DAY, "money").issued == 1


def test_v23_another_company_and_too_long_a_time_are_not_told() -> None:
    bought(5000)

    assert daily_figures(company=ZUID, first=TODAY, last=TODAY) == ()
    with pytest.raises(BadVoucher):
        daily_figures(company=MOLEN, first=TODAY, last=TODAY - DAY)
    with pytest.raises(BadVoucher):
        daily_figures(company=MOLEN, first=TODAY, last=TODAY + 366 * DAY)


def test_v24_everything_that_was_done_with_a_voucher_is_told_at_any_time() -> None:
    voucher = bought(5000)
    use(voucher, 1500)
    back(voucher, 1)

    sold, used, returned = finding.history(company=MOLEN, voucher=voucher)

    assert [(one.what, one.minor, one.use) for one in (sold, used, returned)] == [
        ("sold", 5000, None),
        ("used", -1500, 1),
        ("returned", 1500, 1),
    ]
    assert {one.by for one in (sold, used, returned)} == {"office:1"}


def test_the_history_cannot_be_changed() -> None:
    voucher = bought(5000)
    event = VoucherEvent.objects.get(voucher=voucher)

    with pytest.raises(AppendOnly):
        event.delete()
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE vouchers_voucherevent SET minor = 1")
