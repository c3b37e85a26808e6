"""Changing vouchers after issue: validity (V13), restrictions (V14, V15, V16), cancelling.

A voucher whose home is a terminal is changed when it is back: the answer's `pending_at` names the terminal
until then, and what is redeemed there before stands.
"""

from __future__ import annotations

import datetime as dt

from backend_bridge.central.ledger.posting import Posting
from backend_bridge.central.vouchers.clock import day_at
from backend_bridge.central.vouchers.posting.taking import VoucherIs, locked, take_row
from backend_bridge.central.vouchers.services.checks import check_conditions
from backend_bridge.central.vouchers.services.once import Asked, decided
from backend_bridge.central.vouchers.services.origin import check_origin
from loyalty.acts.vouchers import Change, ChangeWished, LeftOver, TermsChanged, ValidityChanged, VoucherCancelled
from loyalty.conditions import Conditions
from loyalty.vouchers.refusal import Deed


def change_validity(
    *,
    company: str,
    voucher: str,
    valid_from: dt.date | None,
    valid_until: dt.date | None,
    key: str,
    by: str,
    at: dt.datetime,
    revive: bool = False,
    channel: str = "",
) -> VoucherIs:
    """Give a voucher other days, both included; None is open (V13). `revive` brings an expired one back with what
    was on it: it has to be asked for. Raises `VoucherRefused` and `VoucherNotKnown`."""
    today = day_at(company, at)
    change = ValidityChanged(
        voucher=voucher,
        valid_from=valid_from,
        valid_until=valid_until,
        today=today,
        revived=revive,
        channel=channel,
    )
    return _change(change, Asked(key=key, company=company, by=by, at=at))


def change_terms(
    *,
    company: str,
    voucher: str,
    conditions: Conditions,
    owner_bound: bool,
    key: str,
    by: str,
    at: dt.datetime,
    channel: str = "",
) -> VoucherIs:
    """Give a voucher other restrictions; the days in `conditions` are not looked at. What a customer paid for is
    only ever widened. Raises `BadVoucher`, `VoucherRefused` and `VoucherNotKnown`."""
    check_conditions(conditions, company=company)
    change = TermsChanged(voucher=voucher, conditions=conditions, owner_bound=owner_bound, channel=channel)
    return _change(change, Asked(key=key, company=company, by=by, at=at))


def cancel_voucher(
    *,
    company: str,
    voucher: str,
    key: str,
    by: str,
    at: dt.datetime,
    left_over: LeftOver = LeftOver.KEEP,
    reason: str = "",
    channel: str = "",
) -> VoucherIs:
    """End a voucher for good. What is left on a sold one is refunded out of the till, or kept; what was given away
    goes back to who funded it. Raises `VoucherRefused` and `VoucherNotKnown`."""
    change = VoucherCancelled(voucher=voucher, minor=0, left_over=left_over, reason=reason, channel=channel)
    return _change(change, Asked(key=key, company=company, by=by, at=at))


def _change(change: Change, asked: Asked) -> VoucherIs:
    def decide(posting: Posting) -> Change | ChangeWished:
        row = locked(change.voucher, company=asked.company)
        if row.home_terminal_id is not None:
            return ChangeWished(change=change)
        if isinstance(change, ValidityChanged):
            check_origin(row, Deed.CHANGE_VALIDITY)
        if isinstance(change, VoucherCancelled):
            return _with_amount(change, take_row(row, posting).record.on_it_minor)
        return change

    return decided(asked, decide, same=lambda before: _request(before) == _request(change), result=VoucherIs)


def _with_amount(change: VoucherCancelled, minor: int) -> VoucherCancelled:
    return VoucherCancelled(
        voucher=change.voucher,
        minor=minor,
        left_over=change.left_over,
        reason=change.reason,
        channel=change.channel,
    )


def _request(change: Change | ChangeWished) -> tuple[object, ...]:
    """What was asked for, whatever the day and the amount turned out to be."""
    asked = change.change if isinstance(change, ChangeWished) else change
    if isinstance(asked, ValidityChanged):
        return (asked.voucher, asked.valid_from, asked.valid_until, asked.revived)
    if isinstance(asked, VoucherCancelled):
        return (asked.voucher, asked.left_over)
    return (asked.voucher, asked.conditions, asked.owner_bound)
