"""Vouchers that change or end: validity, restrictions, cancelling. What a terminal holds waits for it.

A wish is judged when the voucher is back, on the day and with the amount of that moment.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from backend_bridge.central.errors import BooksError
from backend_bridge.central.ledger import accounts
from backend_bridge.central.ledger.models import Transfer
from backend_bridge.central.ledger.posting import Posting
from backend_bridge.central.vouchers import records
from backend_bridge.central.vouchers.clock import company_day
from backend_bridge.central.vouchers.errors import VoucherRefused
from backend_bridge.central.vouchers.history import Change as Told
from backend_bridge.central.vouchers.history import What, is_open, tell
from backend_bridge.central.vouchers.models import Voucher, VoucherWish
from backend_bridge.central.vouchers.posting import taking
from backend_bridge.central.vouchers.posting.taking import (
    Taken,
    VoucherIs,
    as_told,
    leavings,
    locked,
    take,
    take_all,
    take_row,
)
from loyalty.acts.vouchers import (
    Change,
    ChangeWished,
    LeftOver,
    ValidityChanged,
    VoucherCancelled,
)
from loyalty.vouchers import life
from loyalty.vouchers.record import Changed

Outcome = VoucherWish.Outcome
_CANCELLED = Voucher.State.CANCELLED


def post_change(act: Change, posting: Posting) -> VoucherIs:
    """Change a voucher that has no home. Raises `VoucherRefused`, `VoucherAtTerminal` and `BooksError`."""
    return _apply(take(act.voucher, posting), act, posting)


def post_cancelled(acts: Sequence[VoucherCancelled], posting: Posting) -> None:
    """End many at once, with one statement for the rows and one for their history. Raises as `post_change`."""
    taken = take_all([act.voucher for act in acts], posting)
    if len(taken) != len(acts):
        raise BooksError("a voucher is cancelled once")
    told = []
    for act in acts:
        one = taken[act.voucher]
        detail = _detail(one.row, act)
        found = _cancel(one, act, posting)
        records.write(one.row, found.record, at=posting.happened_at)
        told.append(_told(one, act, What.CANCELLED, minor=-found.minor, detail=detail))
    Voucher.objects.filter(pk__in=taken).update(state=_CANCELLED, uses_left=0, ended_at=posting.happened_at)
    tell(posting, told)


def post_wished(act: ChangeWished, posting: Posting) -> VoucherIs:
    """Keep a change until the voucher is back from its terminal. Raises `BooksError` where it has no home."""
    row = locked(act.change.voucher, company=posting.company)
    if row.home_terminal_id is None:
        raise BooksError("the voucher has come back meanwhile")
    VoucherWish.objects.create(
        voucher=row,
        cause=posting.key,
        change=msgspec.json.encode(act.change).decode(),
        by=posting.facts.by,
        wished_at=posting.at,
    )
    told = Told(row=row, what=What.WISHED, was_open=is_open(row), detail=_detail(row, act.change))
    tell(posting, [told])
    return VoucherIs(voucher=row.pk, state=row.state, uses_left=row.uses_left, pending_at=row.home_terminal_id)


def settle_wishes(row: Voucher, posting: Posting) -> None:
    """Judge the changes that waited for `row`, which is locked and has no home any more, in their order."""
    for wish in VoucherWish.objects.filter(voucher=row, outcome=Outcome.PENDING).order_by("pk"):
        change = msgspec.json.decode(wish.change, type=Change)
        try:
            _apply(take_row(row, posting), _as_of_now(row, change, posting), posting, by=wish.by)
        except VoucherRefused as refused:
            wish.outcome, wish.reason = Outcome.REFUSED, refused.rule
            detail = {**_detail(row, change), "reason": refused.rule}
            told = Told(row=row, what=What.WISH_REFUSED, was_open=is_open(row), detail=detail, by=wish.by)
            tell(posting, [told])
        else:
            wish.outcome = Outcome.DONE
        wish.settled_at = posting.at
        wish.save(update_fields=["outcome", "reason", "settled_at"])


def _as_of_now(row: Voucher, change: Change, posting: Posting) -> Change:
    today = company_day(row.company_id, posting.at)
    if isinstance(change, ValidityChanged):
        return msgspec.structs.replace(change, today=today)
    if isinstance(change, VoucherCancelled):
        return msgspec.structs.replace(change, minor=take_row(row, posting).record.on_it_minor)
    return change


def _apply(taken: Taken, act: Change, posting: Posting, *, by: str = "") -> VoucherIs:
    detail = _detail(taken.row, act)
    if isinstance(act, VoucherCancelled):
        found, what, sign = _cancel(taken, act, posting), What.CANCELLED, -1
    elif isinstance(act, ValidityChanged):
        found, what, sign = _redate(taken, act, posting), What.REVIVED if act.revived else What.VALIDITY, 1
    else:
        terms = life.change_terms(taken.record, conditions=act.conditions, owner_bound=act.owner_bound)
        found, what, sign = taking.changed(terms), What.TERMS, 1
    answer = taking.save(taken, found, posting)
    tell(posting, [_told(taken, act, what, minor=sign * found.minor, detail=detail, by=by)])
    return answer


def _told(taken: Taken, act: Change, what: What, *, minor: int, detail: dict[str, Any], by: str = "") -> Told:
    return Told(
        row=taken.row, what=what, was_open=taken.was_open, minor=minor, channel=act.channel, detail=detail, by=by
    )


def _cancel(taken: Taken, act: VoucherCancelled, posting: Posting) -> Changed:
    found, row = taking.changed(life.cancel(taken.record)), taken.row
    as_told(found, minor=act.minor, what="left over")
    if found.minor:
        refund = act.left_over is LeftOver.REFUND and row.purpose != Voucher.Purpose.GIVEN
        to = accounts.till(company=row.company_id, currency=row.currency) if refund else leavings(row)
        posting.move(Transfer.Kind.CANCELLED, records.account_of(row), to, found.minor, lot=records.lot_of(row.pk))
    return found


def _redate(taken: Taken, act: ValidityChanged, posting: Posting) -> Changed:
    row = taken.row
    outcome = life.change_validity(
        taken.record,
        valid_from=act.valid_from,
        valid_until=act.valid_until,
        today=act.today,
        revive=act.revived,
    )
    found = taking.changed(outcome)
    if found.minor:
        posting.move(
            Transfer.Kind.REVERSED, leavings(row), records.account_of(row), found.minor, lot=records.lot_of(row.pk)
        )
    return found


def _detail(row: Voucher, act: Change) -> dict[str, Any]:
    """What the history says about a change, besides what happened: no personal data."""
    if isinstance(act, VoucherCancelled):
        return {"left_over": act.left_over.value, "reason": act.reason}
    if isinstance(act, ValidityChanged):
        days = {"valid_from": row.valid_from, "valid_until": row.valid_until}
        after = {"valid_from": act.valid_from, "valid_until": act.valid_until}
        plain: dict[str, Any] = msgspec.to_builtins({"before": days, "after": after})
        return plain
    return {"before": row.restrictions, "after": records.restrictions_of(act.conditions), "bound": act.owner_bound}
