"""Calendar months of clearing, as "2025-06". A month is the one on the wall clock of the branch."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable

from loyalty.calendar import local_date
from loyalty.clearing.errors import ClearingError

_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
_LAST = "9998-12"


def check_month(month: str) -> str:
    """`month` itself; raises `ClearingError` unless it is a month such as 2025-06."""
    if not _MONTH.fullmatch(month) or not "0001-01" <= month <= _LAST:
        raise ClearingError("month", f"{month!r} is not a month such as 2025-06")
    return month


def month_of(at_ms: int, *, timezone: str) -> str:
    """The month that a wall clock in `timezone` shows at the Unix instant `at_ms`."""
    date = local_date(at_ms, timezone)
    return f"{date.year:04}-{date.month:02}"


def next_month(month: str) -> str:
    """The month after `month`."""
    first = first_day(month)
    year, number = (first.year + 1, 1) if first.month == 12 else (first.year, first.month + 1)
    return f"{year:04}-{number:02}"


def first_day(month: str) -> dt.date:
    """The first day of `month`."""
    return dt.date.fromisoformat(f"{check_month(month)}-01")


def has_ended(month: str, *, at_ms: int, timezones: Iterable[str]) -> bool:
    """Whether `month` is over on every one of the wall clocks."""
    check_month(month)
    return all(month_of(at_ms, timezone=timezone) > month for timezone in timezones)


def counts_in(month: str, *, last_closed: str | None) -> str:
    """The month in which something that happened in `month` is cleared: the first that is not closed.

    Closing a month closes all before it, so that only the last one matters.
    """
    check_month(month)
    return month if last_closed is None or month > last_closed else next_month(last_closed)
