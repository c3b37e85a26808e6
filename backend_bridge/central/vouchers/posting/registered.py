"""Vouchers that get an owner, or another one. A point coupon becomes a lot of points by it, and ends."""

from __future__ import annotations

from backend_bridge.central.customers.knowing import meet
from backend_bridge.central.errors import BooksError
from backend_bridge.central.ledger import points
from backend_bridge.central.ledger.accounts import AccountRef
from backend_bridge.central.ledger.models import Transfer
from backend_bridge.central.ledger.posting import Posting
from backend_bridge.central.vouchers.clock import company_day
from backend_bridge.central.vouchers.history import Change, What, tell
from backend_bridge.central.vouchers.models import Voucher
from backend_bridge.central.vouchers.posting.changed import settle_wishes
from backend_bridge.central.vouchers.posting.taking import Taken, VoucherIs, changed, locked, save, take, take_row, told
from loyalty.acts.vouchers import VoucherRegistered, VoucherTransferred
from loyalty.vouchers import life
from loyalty.vouchers.record import Changed


def post_registered(act: VoucherRegistered, posting: Posting) -> VoucherIs:
    """Register a free voucher, with the points of a point coupon. Raises `VoucherRefused`."""
    taken = take(act.voucher, posting)
    found = changed(life.register(taken.record, customer=act.customer, today=act.today))
    _register(taken, found, posting, lot=posting.id("lot"), to=None, channel=act.channel)
    return told(taken.row, found)


def register_at_terminal(
    row: Voucher, posting: Posting, *, member: str, lot: str, to: AccountRef | None = None
) -> None:
    """End the point coupon `row`, which is locked: a terminal registered it, and named the new lot. `to` is
    that terminal's escrow, or the main account. Raises `VoucherRefused` and `BooksError`."""
    if row.kind != Voucher.Kind.POINTS:
        raise BooksError("only a point coupon becomes points")
    taken = take_row(row, posting)
    today = row.valid_until or company_day(row.company_id, posting.happened_at)
    found = changed(life.register(taken.record, customer=member, today=today))
    row.clear_home()
    _register(taken, found, posting, lot=lot, to=to, channel="terminal")
    settle_wishes(row, posting)


def post_transferred(act: VoucherTransferred, posting: Posting) -> VoucherIs:
    """Give a voucher another owner (V16). Raises `VoucherRefused`."""
    taken = take(act.voucher, posting)
    answer = save(taken, changed(life.transfer(taken.record, to=act.to, today=act.today)), posting)
    meet(customer=act.to, company=posting.company, at=posting.at)
    tell(posting, [Change(row=taken.row, what=What.TRANSFERRED, was_open=taken.was_open, channel=act.channel)])
    return answer


def post_with_owner(voucher: str, *, account: str, posting: Posting) -> None:
    """Put a voucher to the account that its owner turned out to have, wherever in its life it is: no transfer, since
    it is the same person. Raises `VoucherNotKnown`."""
    taken = take_row(locked(voucher, company=posting.company), posting)
    save(taken, life.stays_with(taken.record, account=account), posting)
    tell(posting, [Change(row=taken.row, what=What.TRANSFERRED, was_open=taken.was_open)])


def _register(taken: Taken, found: Changed, posting: Posting, *, lot: str, to: AccountRef | None, channel: str) -> None:
    row = taken.row
    save(taken, found, posting)
    member = str(row.owner_id)
    if row.kind == Voucher.Kind.POINTS:
        gift = points.Gift(lot=lot, member=member, pool=str(row.pool_id), points=row.points, issuer=row.company_id)
        points.give(posting, gift, kind=Transfer.Kind.COUPON, to=to)
    meet(customer=member, company=posting.company, at=posting.at)
    change = Change(row=row, what=What.REGISTERED, was_open=taken.was_open, points=row.points, channel=channel)
    tell(posting, [change])
