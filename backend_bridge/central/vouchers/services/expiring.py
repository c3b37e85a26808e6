"""The job that ends vouchers whose last day is over. It may run as often as one likes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db.models import QuerySet

from backend_bridge.central.acting import perform
from backend_bridge.central.errors import BooksError, LostRace
from backend_bridge.central.instants import to_ms
from backend_bridge.central.vouchers.clock import last_begun_day
from backend_bridge.central.vouchers.errors import VoucherAtTerminal, VoucherRefused
from backend_bridge.central.vouchers.models import Voucher
from backend_bridge.central.vouchers.posting.expired import VouchersEnded
from backend_bridge.central.vouchers.records import on_it
from loyalty.acts.vouchers import Lapsed, VouchersExpired

AT_ONCE = 500


def expire_vouchers(at: dt.datetime) -> VouchersEnded:
    """End every voucher whose last day is over at all branches of its company. One that a terminal holds ends
    when it is back. What somebody else changes at this moment is left for the next turn."""
    count = minor = 0
    alive = [Voucher.State.ISSUED, Voucher.State.REGISTERED]
    dated = Voucher.objects.filter(state__in=alive, valid_until__isnull=False)
    for company in dated.order_by().values_list("company", flat=True).distinct():
        ended = _expire_of(company, at)
        count, minor = count + ended.count, minor + ended.minor
    return VouchersEnded(count=count, minor=minor)


def _expire_of(company: str, at: dt.datetime) -> VouchersEnded:
    today = last_begun_day(company, at)
    count = minor = 0
    after = ""
    while True:
        rows = list(_due(company, today).filter(pk__gt=after).order_by("pk")[:AT_ONCE])
        if not rows:
            return VouchersEnded(count=count, minor=minor)
        after = rows[-1].pk
        ended = _expire(rows, company, at, today=today)
        count, minor = count + ended.count, minor + ended.minor


def _expire(rows: Sequence[Voucher], company: str, at: dt.datetime, *, today: dt.date) -> VouchersEnded:
    """End `rows` together. Where one of them has just been changed by somebody, the others still end."""
    amounts = on_it(rows)
    lapsed = tuple(Lapsed(row.pk, amounts.get(row.pk, 0)) for row in rows)
    key = f"vouchers-expired/{company}/{to_ms(at)}/{rows[0].pk}/{len(rows)}"
    act = VouchersExpired(today=today, lapsed=lapsed)
    try:
        done = perform(act, key=key, company=company, by="job", at=at)
    except (VoucherRefused, VoucherAtTerminal, BooksError, LostRace):
        if len(rows) == 1:
            return VouchersEnded(count=0, minor=0)
        half = len(rows) // 2
        parts = [_expire(some, company, at, today=today) for some in (rows[:half], rows[half:])]
        return VouchersEnded(count=sum(one.count for one in parts), minor=sum(one.minor for one in parts))
    ended: VouchersEnded = done.result
    return ended


def _due(company: str, today: dt.date) -> QuerySet[Voucher]:
    alive = [Voucher.State.ISSUED, Voucher.State.REGISTERED]
    due = Voucher.objects.filter(company=company, state__in=alive, valid_until__lt=today, home_terminal=None)
    return due.exclude(kind=Voucher.Kind.POINTS, state=Voucher.State.REGISTERED)
