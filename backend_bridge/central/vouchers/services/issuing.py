"""Making vouchers: one or ten thousand, as drafts, given away, sold, or made for a customer in one step."""

from __future__ import annotations

import datetime as dt

import msgspec

from backend_bridge.central.ledger.posting import Posting
from backend_bridge.central.vouchers.clock import day_at
from backend_bridge.central.vouchers.posting.issued import VouchersMade, new_voucher
from backend_bridge.central.vouchers.posting.taking import VoucherIs, changed, locked
from backend_bridge.central.vouchers.services.checks import check_new
from backend_bridge.central.vouchers.services.once import Asked, decided, new_ids
from backend_bridge.central.vouchers.services.owning import check_joined, check_owner
from backend_bridge.central.vouchers.services.presenting import presented
from loyalty.acts.vouchers import DraftIssued, NewVoucher, VoucherMadeFor, VoucherRegistered, VouchersIssued
from loyalty.vouchers import life
from loyalty.vouchers.record import draft
from loyalty.vouchers.voucher import Sold


def issue_vouchers(
    *,
    company: str,
    like: NewVoucher,
    key: str,
    by: str,
    at: dt.datetime,
    count: int = 1,
    sold: Sold | None = None,
    price_minor: int = 0,
    draft: bool = False,
    batch: str = "",
    channel: str = "",
    receipt: str = "",
) -> VouchersMade:
    """Make `count` vouchers, all alike; with `sold` each of them is sold for `price_minor`. A `batch` is found
    again by that name (B1). The money is posted: from the till, or from who funds what is given away.

    Raises `BadVoucher` and `VoucherRefused`.
    """
    check_new(like, company=company, count=count)
    act = VouchersIssued(
        vouchers=new_ids(count),
        like=like,
        sold=sold,
        price_minor=price_minor,
        draft=draft,
        batch=batch,
        channel=channel,
        receipt=receipt,
    )

    def decide(_posting: Posting) -> VouchersIssued:
        check_owner(like.owner, company=company)
        return act

    return decided(
        Asked(key=key, company=company, by=by, at=at),
        decide,
        same=lambda before: (
            len(before.vouchers) == count and msgspec.structs.replace(before, vouchers=act.vouchers) == act
        ),
        result=VouchersMade,
    )


def issue_draft(
    *,
    company: str,
    voucher: str,
    key: str,
    by: str,
    at: dt.datetime,
    sold: Sold | None = None,
    price_minor: int = 0,
    channel: str = "",
) -> VoucherIs:
    """Issue a draft, or sell it. Raises `VoucherNotKnown` and `VoucherRefused`."""
    act = DraftIssued(voucher=voucher, sold=sold, price_minor=price_minor, channel=channel)

    def decide(_posting: Posting) -> DraftIssued:
        locked(voucher, company=company)
        return act

    return decided(
        Asked(key=key, company=company, by=by, at=at), decide, same=lambda before: before == act, result=VoucherIs
    )


def create_and_register(
    *,
    company: str,
    like: NewVoucher,
    customer: str,
    key: str,
    by: str,
    at: dt.datetime,
    branch: str = "",
    channel: str = "",
) -> VoucherIs:
    """Make a voucher and register it to `customer` in one step (B4): a point coupon's points are posted. Its
    conditions are judged as those of any coupon that is registered.

    Raises `BadVoucher` and `VoucherRefused`.
    """
    check_new(like, company=company)
    today = day_at(company, at, branch=branch)
    [voucher] = new_ids()
    act = VoucherMadeFor(
        issued=VouchersIssued(vouchers=(voucher,), like=like, channel=channel),
        registered=VoucherRegistered(voucher=voucher, customer=customer, today=today, channel=channel),
    )

    def decide(_posting: Posting) -> VoucherMadeFor:
        check_owner(like.owner, company=company)
        check_joined(customer)
        record = changed(life.issue(draft(new_voucher(act.issued)))).record
        shown = presented(company=company, at=at, branch=branch, channel=channel, customer=customer)
        changed(life.register(record, customer=customer, today=today, presented=shown))
        return act

    return decided(
        Asked(key=key, company=company, by=by, at=at),
        decide,
        same=lambda before: (before.issued.like, before.registered.customer) == (like, customer),
        result=VoucherIs,
    )
