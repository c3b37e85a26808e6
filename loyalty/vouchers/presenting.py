"""Whether a voucher's conditions are met where it is presented, apart from what is bought.

The same check as at a till (`loyalty.evaluation.terms`), for acts that have no receipt: a point coupon that is
registered, and a code that is read.
"""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import msgspec

from loyalty.benefits import PointsValue
from loyalty.conditions import Channel, Conditions
from loyalty.evaluation.result import Kind
from loyalty.evaluation.terms import Occasion, terms_of
from loyalty.receipts.receipt import Branch, Customer
from loyalty.vouchers.possible import barred, no
from loyalty.vouchers.record import VoucherRecord
from loyalty.vouchers.refusal import Deed, Hindrance, Refusal
from loyalty.vouchers.voucher import VoucherForm
from loyalty.windows import wall_clock


class Presented(msgspec.Struct, frozen=True, kw_only=True):
    """When, where, how and by whom a voucher is presented.

    `branch` is one of the voucher's company, `timezone` its own; where it is empty, the company's. Without a sales
    `channel`, as in the office, channels are not judged.
    """

    at: dt.datetime
    timezone: str
    branch: str = ""
    channel: Channel | None = None
    customer: Customer | None = None


def unfit(record: VoucherRecord, deed: Deed, presented: Presented) -> Refusal | None:
    """The first of the voucher's conditions that is not met. One for some branches or hours cannot be judged
    without a branch, and asks for it."""
    voucher = record.voucher
    if not presented.branch and (voucher.branches or voucher.windows):
        return no(record, deed, Hindrance.BRANCH_NEEDED)
    terms = terms_of(
        _judged(voucher, presented),
        kind=Kind.VOUCHER,
        name=voucher.voucher,
        branch=Branch(branch=presented.branch, company=voucher.company, currency="", timezone=presented.timezone),
    )
    occasion = Occasion(
        clock=wall_clock(presented.at, ZoneInfo(presented.timezone)),
        channel=presented.channel or Channel.TERMINAL,
        customer=presented.customer,
        groups=frozenset(presented.customer.groups if presented.customer else ()),
    )
    refused = terms.refusal(occasion)
    return None if refused is None else no(record, deed, Hindrance(refused.reason.value), day=refused.day)


def unusable(record: VoucherRecord, presented: Presented) -> Refusal | None:
    """Why a voucher does not hold where it is presented; None where it does, for what it covers (V19)."""
    voucher = record.voucher
    is_points = isinstance(voucher.value, PointsValue)
    deed = Deed.REGISTER if is_points else Deed.USE
    refused = barred(record, deed) or unfit(record, deed, presented)
    if refused is not None:
        return refused
    if voucher.owner_bound or voucher.form is VoucherForm.ACCOUNT or (is_points and voucher.owner is not None):
        if presented.customer is None:
            return no(record, deed, Hindrance.CUSTOMER_NEEDED)
        if voucher.owner != presented.customer.customer:
            return no(record, deed, Hindrance.OTHER_OWNER)
    return None


def _judged(conditions: Conditions, presented: Presented) -> Conditions:
    """The conditions without the channels where there is no sales channel to judge them by."""
    if presented.channel is not None:
        return conditions
    return msgspec.structs.replace(conditions, channels=())
