"""Closing a month: netted per pair, paid from clearing account to clearing account, once and for good."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from backend_bridge.central.acting.handler import Nothing
from backend_bridge.central.clearing.calendar import ended_everywhere, last_closed, lock_months
from backend_bridge.central.clearing.errors import MonthRefused
from backend_bridge.central.clearing.models import ClearingLine, ClearingMonth
from backend_bridge.central.errors import BooksError
from backend_bridge.central.ledger import accounts
from backend_bridge.central.ledger.models import Transfer
from backend_bridge.central.ledger.posting import Posting
from backend_bridge.central.organisation.models import Programme
from loyalty.acts.clearing import MonthClosed
from loyalty.clearing.entries import ClearingEntry
from loyalty.clearing.errors import ClearingError
from loyalty.clearing.months import check_month
from loyalty.clearing.netting import check_zero_sum, net


def close_month(month: str, *, programme: str, by: str, at: dt.datetime) -> MonthClosed:
    """Close `month`, and with it all before it. `by` is who does it, without a name.

    Raises `MonthRefused` where it is no month, has not ended at every branch, is closed already, or an
    earlier one with lines is open; and `BooksError` where something does not add up.
    """
    from backend_bridge.central.acting import judge

    try:
        check_month(month)
    except ClearingError as error:
        raise MonthRefused(error.field, error.message) from error
    if not Programme.objects.filter(pk=programme).exists():
        raise MonthRefused("programme", f"there is no programme {programme!r}")

    def decide(posting: Posting) -> MonthClosed:
        lock_months(programme)
        _check_closable(programme, month, at=posting.at)
        return MonthClosed(programme=programme, month=month, netted=net(entries_of(programme, month)))

    done = judge(decide, key=f"close-month/{programme}/{month}", company=None, by=by, at=at)
    if done.repeated:
        raise _closed_already(month)
    act: MonthClosed = done.act
    return act


def post_closed(act: MonthClosed, posting: Posting) -> Nothing:
    """Post what was netted, and write down that the month is closed. Raises `BooksError` where the lines say
    otherwise than the act, or the sum is not zero."""
    lock_months(act.programme)
    last = last_closed(act.programme)
    if last is not None and act.month <= last:
        raise BooksError(f"{act.month} is closed already")
    try:
        check_zero_sum(entries_of(act.programme, act.month), act.netted)
    except ClearingError as error:
        raise BooksError(f"{act.month} cannot be closed: {error}") from error
    for one in act.netted:
        payer = accounts.clearing(company=one.payer, currency=one.currency)
        payee = accounts.clearing(company=one.payee, currency=one.currency)
        posting.move(Transfer.Kind.CLEARED, payer, payee, one.minor)
    ClearingMonth.objects.create(
        programme_id=act.programme,
        month=act.month,
        cause=posting.key,
        closed_at=posting.at,
        closed_by=posting.facts.by,
    )
    return Nothing()


def entries_of(programme: str, month: str) -> list[ClearingEntry]:
    """All lines of a month, in the order in which they came."""
    lines: Iterable[ClearingLine] = ClearingLine.objects.filter(programme=programme, month=month).order_by("pk")
    return [line.entry() for line in lines]


def closable(programme: str, month: str, *, at: dt.datetime) -> bool:
    """Whether `month` can be closed now."""
    try:
        _check_closable(programme, month, at=at)
    except MonthRefused:
        return False
    return True


def _check_closable(programme: str, month: str, *, at: dt.datetime) -> None:
    last = last_closed(programme)
    if last is not None and month <= last:
        raise _closed_already(month)
    if not ended_everywhere(programme, month, at=at):
        raise MonthRefused("month", f"{month} has not ended at every branch")
    earlier = ClearingLine.objects.filter(programme=programme, month__lt=month)
    if last is not None:
        earlier = earlier.filter(month__gt=last)
    first = earlier.order_by("month").values_list("month", flat=True).first()
    if first is not None:
        raise MonthRefused("month", f"{first} is still open: close it first")


def _closed_already(month: str) -> MonthRefused:
    return MonthRefused("month", f"{month} is closed already")
