"""A counter of the bakery at which vouchers are made and used: short calls of the services, and what must hold."""

from __future__ import annotations

import datetime as dt
import itertools
from typing import Any

from django.db.models import Sum

from backend_bridge.central.instants import from_ms
from backend_bridge.central.ledger.models import Account, Transfer
from backend_bridge.central.vouchers.posting.taking import VoucherIs
from backend_bridge.central.vouchers.services import changing, finding, issuing, registering, using
from backend_bridge.central.vouchers.services.results import VoucherTold
from loyalty.acts.vouchers import NewVoucher
from loyalty.benefits import MoneyValue, PointsValue, VoucherValue
from loyalty.vouchers.voucher import Purpose, Sold
from tests.unit.central.lab import BREAD, NOW_MS

MOLEN, ZUID = "de-molen", "cocktailbar-zuid"
NOW = from_ms(NOW_MS)  # Monday 2 March 2026, 11:00 at the bakery
TODAY = NOW.date()
DAY = dt.timedelta(days=1)
MULTI = Sold(purpose=Purpose.MULTI)
SINGLE = Sold(purpose=Purpose.SINGLE, vat_rate_bp=900)
_keys = itertools.count(1)


def who(*, at: dt.datetime = NOW, key: str = "", company: str = MOLEN) -> dict[str, Any]:
    """The arguments that say who asks, when, and under which key: a new one unless it is named."""
    return {"company": company, "key": key or f"test/{next(_keys)}", "by": "office:1", "at": at}


def like(value: VoucherValue, *, company: str = MOLEN, **more: Any) -> NewVoucher:
    return NewVoucher(company=company, value=value, **more)


def points(count: int = 100, **more: Any) -> NewVoucher:
    return like(PointsValue(pool=BREAD, points=count), **more)


def issued(new: NewVoucher, *, at: dt.datetime = NOW, **more: Any) -> str:
    """The id of a voucher that is given away, or `sold`."""
    return issuing.issue_vouchers(like=new, **who(at=at, company=new.company), **more).voucher


def bought(minor: int = 5000, *, sold: Sold = MULTI, at: dt.datetime = NOW, **more: Any) -> str:
    """The id of a money voucher that was sold."""
    return issued(like(MoneyValue(rest_minor=minor), **more), at=at, sold=sold, price_minor=minor)


def use(voucher: str, minor: int | None = None, **more: Any) -> VoucherIs:
    return using.use_voucher(voucher=voucher, minor=minor, **who(**more))


def back(voucher: str, number: int, minor: int | None = None) -> VoucherIs:
    return using.give_use_back(voucher=voucher, number=number, minor=minor, **who())


def register(voucher: str, customer: str, **more: Any) -> VoucherIs:
    return registering.register_voucher(voucher=voucher, customer=customer, **more, **who())


def redate(voucher: str, until: dt.date | None, *, at: dt.datetime = NOW, **more: Any) -> VoucherIs:
    return changing.change_validity(voucher=voucher, valid_from=None, valid_until=until, **more, **who(at=at))


def told(voucher: str) -> VoucherTold:
    return finding.voucher(company=MOLEN, voucher=voucher)


def did(voucher: str) -> list[str]:
    """What was done with a voucher, the oldest first."""
    return [event.what for event in finding.history(company=MOLEN, voucher=voucher)]


def booked(kind: Account.Kind, *, company: str = MOLEN, unit: str = "EUR") -> int:
    """The balance of one of the company's accounts: credits less debits."""

    def total(side: str) -> int:
        of_account = {f"{side}__kind": kind, f"{side}__company": company, "unit": unit}
        return Transfer.objects.filter(**of_account).aggregate(sum=Sum("amount"))["sum"] or 0

    return total("credit") - total("debit")
