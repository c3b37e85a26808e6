"""Relative dates, fixed when they are scheduled (C5).

"A free coffee next Wednesday" is a date from the moment at which it is scheduled, on the wall clock of the
branch, and is shown and stored as that date. It does not move when the message is delivered later.
"""

from __future__ import annotations

import calendar
import datetime as dt
from typing import Annotated
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta

from loyalty.errors import LoyaltyError
from loyalty.windows import Weekday, next_weekday, wall_clock

_DAYS = Annotated[int, Meta(ge=0, le=3660)]
_MONTHS = Annotated[int, Meta(ge=0, le=120)]


class DateError(LoyaltyError, ValueError):
    """A wish cannot be fixed: `field` is the part of it that is wrong."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field


class OnDate(msgspec.Struct, frozen=True, tag="on_date", forbid_unknown_fields=True):
    """A date that is fixed already."""

    date: dt.date


class InDays(msgspec.Struct, frozen=True, tag="in_days", forbid_unknown_fields=True):
    """So many days later; 0 is the same day."""

    days: _DAYS


class InMonths(msgspec.Struct, frozen=True, tag="in_months", forbid_unknown_fields=True):
    """The same day of a later month, or the month's last where it has no such day."""

    months: _MONTHS


class NextWeekday(msgspec.Struct, frozen=True, tag="next_weekday", forbid_unknown_fields=True):
    """The weekday that comes next, never the same day; `weeks` later where that is not soon enough."""

    weekday: Weekday
    weeks: Annotated[int, Meta(ge=0, le=520)] = 0


class EndOfWeek(msgspec.Struct, frozen=True, tag="end_of_week", forbid_unknown_fields=True):
    """The Sunday of the week, which may be the same day."""


class EndOfMonth(msgspec.Struct, frozen=True, tag="end_of_month", forbid_unknown_fields=True):
    """The last day of the month, or of one so many `months` later."""

    months: _MONTHS = 0


class EndOfYear(msgspec.Struct, frozen=True, tag="end_of_year", forbid_unknown_fields=True):
    """31 December of the year, or of one so many `years` later: 3 is how statutory limitation is counted
    in several countries."""

    years: Annotated[int, Meta(ge=0, le=30)] = 0


When = OnDate | InDays | InMonths | NextWeekday | EndOfWeek | EndOfMonth | EndOfYear


class DateWish(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """From `first`, counted from the day of scheduling, until `last`, counted from the first day. Without
    `last` it is that one day; `open_end` has no last day at all."""

    first: When = InDays(0)
    last: When | None = None
    open_end: bool = False


class FixedDates(msgspec.Struct, frozen=True, kw_only=True):
    """Both included, on the wall clock of the branch."""

    valid_from: dt.date
    valid_until: dt.date | None


def fix(wish: DateWish, *, at: dt.datetime, timezone: str) -> FixedDates:
    """The dates that `wish` means when it is scheduled at the instant `at`, on the wall clock of the IANA
    `timezone`. Raises `DateError` for days that have passed, that end before they begin, or are no dates."""
    today = wall_clock(at, ZoneInfo(timezone)).date
    first = _date(wish.first, today, "first")
    if first < today:
        raise DateError("first", f"{first} has passed when this is scheduled, on {today}")
    if wish.open_end:
        if wish.last is not None:
            raise DateError("last", "an open end has no last day")
        return FixedDates(valid_from=first, valid_until=None)
    last = first if wish.last is None else _date(wish.last, first, "last")
    if last < first:
        raise DateError("last", f"{last} is before the first day, {first}")
    return FixedDates(valid_from=first, valid_until=last)


def _date(when: When, day: dt.date, field: str) -> dt.date:
    try:
        return _counted(when, day)
    except (OverflowError, ValueError) as error:
        raise DateError(field, f"there is no such date: {error}") from error


def _counted(when: When, day: dt.date) -> dt.date:
    """The date that `when` means, counted from `day`."""
    match when:
        case OnDate(date=date):
            counted = date
        case InDays(days=days):
            counted = day + dt.timedelta(days=days)
        case InMonths(months=months):
            last = _end_of_month(day, months)
            counted = last.replace(day=min(day.day, last.day))
        case NextWeekday(weekday=weekday, weeks=weeks):
            counted = next_weekday(day, weekday) + dt.timedelta(weeks=weeks)
        case EndOfWeek():
            counted = day + dt.timedelta(days=6 - day.weekday())
        case EndOfMonth(months=months):
            counted = _end_of_month(day, months)
        case EndOfYear(years=years):
            counted = dt.date(day.year + years, 12, 31)
    return counted


def _end_of_month(day: dt.date, months: int) -> dt.date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return dt.date(year, month + 1, calendar.monthrange(year, month + 1)[1])
