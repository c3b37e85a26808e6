"""Writing the history of vouchers: one row per change, from which every figure is made."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from backend_bridge.central.ledger.posting import Posting
from backend_bridge.central.vouchers.clock import company_day
from backend_bridge.central.vouchers.copies import insert_copies
from backend_bridge.central.vouchers.models import Voucher, VoucherEvent

What = VoucherEvent.What


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What was done with `row`, which is as it is now; `was_open` says whether it could be used before."""

    row: Voucher
    what: VoucherEvent.What
    was_open: bool
    minor: int = 0
    worth_minor: int = 0
    points: int = 0
    use: int | None = None
    channel: str = ""
    receipt: str = ""
    by: str = ""
    detail: dict[str, Any] = {}


def is_open(row: Voucher) -> bool:
    """Whether it is issued and not ended."""
    return row.state in (Voucher.State.ISSUED, Voucher.State.REGISTERED) and not row.has_posted_points


def tell(posting: Posting, changes: Iterable[Change]) -> None:
    """Write the changes of one act: all are of the same company."""
    days: dict[str, dt.date] = {}
    rows = []
    for change in changes:
        company = change.row.company_id
        if company not in days:
            days[company] = company_day(company, posting.happened_at)
        rows.append(_event(change, posting, days[company]))
    VoucherEvent.objects.bulk_create(rows, batch_size=500)


def tell_alike(posting: Posting, change: Change, vouchers: Sequence[str]) -> None:
    """Write the same change for all of `vouchers`, of which the change's row is one."""
    event = _event(change, posting, company_day(change.row.company_id, posting.happened_at))
    insert_copies(event, differing="voucher", values=vouchers)


def _event(change: Change, posting: Posting, day: dt.date) -> VoucherEvent:
    row = change.row
    return VoucherEvent(
        voucher=row,
        company_id=row.company_id,
        kind=row.kind,
        purpose=row.purpose,
        what=change.what,
        cause=posting.key,
        use=change.use,
        minor=change.minor,
        worth_minor=change.worth_minor,
        points=change.points,
        open_change=is_open(row) - change.was_open,
        detail=change.detail,
        channel=change.channel,
        receipt=change.receipt,
        by=change.by or posting.facts.by,
        day=day,
        at=posting.happened_at,
    )
