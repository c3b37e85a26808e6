"""Vouchers whose last day is over: ended in sets, with what was on them booked as breakage."""

from __future__ import annotations

import msgspec

from backend_bridge.central.errors import BooksError
from backend_bridge.central.ledger.models import Transfer
from backend_bridge.central.ledger.posting import Posting
from backend_bridge.central.vouchers import records
from backend_bridge.central.vouchers.history import Change, What, tell
from backend_bridge.central.vouchers.models import Voucher
from backend_bridge.central.vouchers.posting.taking import as_told, changed, homeless, leavings, take_row
from loyalty.acts.vouchers import VouchersExpired
from loyalty.vouchers import life

_WRITTEN = ("state", "uses_left", "lapsed_minor", "lapsed_uses", "ended_at")


class VouchersEnded(msgspec.Struct, frozen=True, kw_only=True):
    """How many expired, and what was on them altogether."""

    count: int
    minor: int


def post_expired(act: VouchersExpired, posting: Posting) -> VouchersEnded:
    """End them all. Raises `VoucherRefused` and `BooksError` where one of them has changed meanwhile."""
    wanted = {one.voucher: one.minor for one in act.lapsed}
    found = Voucher.objects.select_for_update(of=("self",)).filter(pk__in=wanted, company=posting.company)
    rows = list(found.order_by("pk"))
    if len(rows) != len(wanted):
        raise BooksError("a voucher that is to expire is not this company's")
    holding = [row for row in rows if records.holds_money(row)]
    posting.book.prefetch(places=[(records.account_of(row).id, records.lot_of(row.pk)) for row in holding])
    told = []
    for row in rows:
        taken = take_row(homeless(row), posting)
        ended = changed(life.expire(taken.record, today=act.today))
        as_told(ended, minor=wanted[row.pk], what="left when it expired")
        if ended.minor:
            lot = records.lot_of(row.pk)
            posting.move(Transfer.Kind.EXPIRED, records.account_of(row), leavings(row), ended.minor, lot=lot)
        records.write(row, ended.record, at=posting.happened_at)
        told.append(Change(row=row, what=What.EXPIRED, was_open=taken.was_open, minor=-ended.minor))
    Voucher.objects.bulk_update(rows, _WRITTEN, batch_size=200)
    tell(posting, told)
    return VouchersEnded(count=len(rows), minor=sum(wanted.values()))
