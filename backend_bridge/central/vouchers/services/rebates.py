"""Vouchers that a receipt earns for later (V5), and discounts on what is still to be ordered (V6)."""

from __future__ import annotations

import datetime as dt

from backend_bridge.central.organisation.models import Branch, Company
from backend_bridge.central.vouchers.clock import company_zone
from backend_bridge.central.vouchers.errors import BadVoucher
from backend_bridge.central.vouchers.posting.issued import VouchersMade
from backend_bridge.central.vouchers.services.issuing import issue_vouchers
from loyalty.acts.vouchers import NewVoucher
from loyalty.benefits import AmountOff, FreeGoods, FreeService, PastOff, PercentOff
from loyalty.conditions import Conditions
from loyalty.evaluation.result import RebateDue
from loyalty.vouchers.dates import DateError, DateWish, EndOfYear, FixedDates, fix
from loyalty.vouchers.voucher import VoucherForm

#: A rebate can be used from today until the end of next year, unless the campaign says otherwise.
REBATE_DATES = DateWish(last=EndOfYear(1))
ORDER_DATES = DateWish(last=EndOfYear())


def rebate_like(
    due: RebateDue,
    *,
    company: str,
    at: dt.datetime,
    branch: str = "",
    owner: str | None = None,
    dates: DateWish = REBATE_DATES,
    conditions: Conditions | None = None,
) -> NewVoucher:
    """The voucher that a `RebateDue` of `evaluate` becomes: its value is fixed, its days are counted on the
    branch's wall clock. With an `owner` it is on their card; without one it is a barcode for the receipt (C12)."""
    return _like(due.value, company=company, at=at, branch=branch, owner=owner, dates=dates, conditions=conditions)


def issue_rebate(
    *,
    company: str,
    due: RebateDue,
    receipt: str,
    key: str,
    by: str,
    at: dt.datetime,
    branch: str = "",
    owner: str | None = None,
    dates: DateWish = REBATE_DATES,
    conditions: Conditions | None = None,
    channel: str = "",
) -> VouchersMade:
    """Issue the voucher for a discount on a past receipt, or on the turnover of a period (V5). It never alters
    that receipt. Raises `BadVoucher`."""
    like = rebate_like(due, company=company, at=at, branch=branch, owner=owner, dates=dates, conditions=conditions)
    return issue_vouchers(company=company, like=like, key=key, by=by, at=at, channel=channel, receipt=receipt)


def issue_order_discount(
    *,
    company: str,
    value: PercentOff | AmountOff | FreeGoods | FreeService,
    key: str,
    by: str,
    at: dt.datetime,
    branch: str = "",
    owner: str | None = None,
    dates: DateWish = ORDER_DATES,
    conditions: Conditions | None = None,
    channel: str = "",
    receipt: str = "",
) -> VouchersMade:
    """Issue a discount on what is still to be ordered (V6): it counts for the next receipt that it is presented
    at, from now on. With `receipt` it was printed on that one (C12). Raises `BadVoucher`."""
    like = _like(value, company=company, at=at, branch=branch, owner=owner, dates=dates, conditions=conditions)
    return issue_vouchers(company=company, like=like, key=key, by=by, at=at, channel=channel, receipt=receipt)


def fixed_dates(wish: DateWish, *, company: str, at: dt.datetime, branch: str = "") -> FixedDates:
    """The dates that a wish means now, on the branch's wall clock or the company's (C5); raises `BadVoucher`."""
    zones = Branch.objects.filter(pk=branch, company=company).values_list("timezone", flat=True)
    try:
        return fix(wish, at=at, timezone=zones.first() or company_zone(company))
    except DateError as error:
        raise BadVoucher(error.field, "date", str(error)) from error


def _like(
    value: PastOff | PercentOff | AmountOff | FreeGoods | FreeService,
    *,
    company: str,
    at: dt.datetime,
    branch: str,
    owner: str | None,
    dates: DateWish,
    conditions: Conditions | None,
) -> NewVoucher:
    fixed = fixed_dates(dates, company=company, at=at, branch=branch)
    told = conditions or Conditions(company=company)
    if not Company.objects.filter(pk=company).exists():
        raise BadVoucher("company", "known", "there is no such company")
    plain = {name: getattr(told, name) for name in Conditions.__struct_fields__}
    plain |= {"company": company, "valid_from": fixed.valid_from, "valid_until": fixed.valid_until}
    return NewVoucher(
        value=value,
        form=VoucherForm.BARCODE if owner is None else VoucherForm.ACCOUNT,
        owner=owner,
        owner_bound=owner is not None,
        **plain,
    )
