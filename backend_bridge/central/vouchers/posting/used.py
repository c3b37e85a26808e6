"""Vouchers that are used, and uses that are given back by a reversal."""

from __future__ import annotations

from django.db.models import Sum

from backend_bridge.central.errors import BooksError
from backend_bridge.central.ledger.models import Transfer
from backend_bridge.central.ledger.posting import Posting
from backend_bridge.central.vouchers import records
from backend_bridge.central.vouchers.errors import BadVoucher
from backend_bridge.central.vouchers.history import Change, What, tell
from backend_bridge.central.vouchers.models import Voucher, VoucherEvent
from backend_bridge.central.vouchers.posting.taking import VoucherIs, as_told, changed, earnings, save, take
from loyalty.acts.vouchers import VoucherUsed, VoucherUseReturned
from loyalty.vouchers import life
from loyalty.vouchers.record import UseMade


def post_used(act: VoucherUsed, posting: Posting) -> VoucherIs:
    """Make use `number` of a voucher (V1). Raises `VoucherRefused`, and `BooksError` for another number or
    amount than it comes to: somebody else was faster."""
    taken = take(act.voucher, posting)
    found = changed(life.use(taken.record, minor=act.minor if taken.record.is_money else None))
    as_told(found, minor=act.minor, what="used")
    if found.use is None or found.use.number != act.number:
        raise BooksError(f"use {act.number} was made before: the voucher has changed meanwhile")
    row = taken.row
    if found.minor:
        posting.move(
            Transfer.Kind.USED, records.account_of(row), earnings(row), found.minor, lot=records.lot_of(row.pk)
        )
    answer = save(taken, found, posting)
    change = Change(
        row=row,
        what=What.USED,
        was_open=taken.was_open,
        minor=-found.minor,
        worth_minor=act.worth_minor or found.minor,
        use=act.number,
        channel=act.channel,
        receipt=act.receipt,
    )
    tell(posting, [change])
    return answer


def post_use_returned(act: VoucherUseReturned, posting: Posting) -> VoucherIs:
    """Give a use back, or a part of it where it is money. Raises `VoucherRefused` and `BadVoucher`."""
    taken = take(act.voucher, posting)
    made = use_made(taken.row, act.number)
    found = changed(life.give_back(taken.record, made=made, minor=act.minor))
    row = taken.row
    if found.minor:
        posting.move(
            Transfer.Kind.REVERSED, earnings(row), records.account_of(row), found.minor, lot=records.lot_of(row.pk)
        )
    answer = save(taken, found, posting)
    change = Change(
        row=row,
        what=What.RETURNED,
        was_open=taken.was_open,
        minor=found.minor,
        use=act.number,
        channel=act.channel,
        receipt=act.receipt,
    )
    tell(posting, [change])
    return answer


def use_made(row: Voucher, number: int) -> UseMade:
    """What use `number` took, and what of it is back, by the voucher's history; raises `BadVoucher`."""
    events = VoucherEvent.objects.filter(voucher=row, use=number)
    used = events.filter(what=What.USED).first()
    if used is None:
        raise BadVoucher("number", "known", f"use {number} of this voucher was never made")
    returned = events.filter(what=What.RETURNED)
    back = returned.aggregate(minor=Sum("minor"))["minor"] or 0
    whole = row.kind != Voucher.Kind.MONEY and returned.exists()
    return UseMade(number=number, minor=-used.minor, returned_minor=back, returned=whole)
