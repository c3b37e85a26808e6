"""How long awarded points last: fixed when they are awarded, by the branch's calendar, and never moved afterwards."""

from __future__ import annotations

import calendar
import datetime as dt
from typing import Annotated
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta


class PointsLast(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Until when points last, by exactly one of: so many `days` or `months` after the day of the award, or
    `until` a day. The last day is one of them, as a whole."""

    days: Annotated[int, Meta(ge=1, le=3660)] | None = None
    months: Annotated[int, Meta(ge=1, le=120)] | None = None
    until: dt.date | None = None

    @property
    def is_one(self) -> bool:
        """Whether exactly one of them is said."""
        return sum(one is not None for one in (self.days, self.months, self.until)) == 1


def last_day(last: PointsLast, *, awarded: dt.date) -> dt.date:
    """The last day of points that were awarded on the day `awarded`. The same day of a later month, or that month's
    last day where it has no such day."""
    if last.until is not None:
        return last.until
    if last.days is not None:
        return awarded + dt.timedelta(days=last.days)
    years, month = divmod(awarded.month - 1 + (last.months or 0), 12)
    year, month = awarded.year + years, month + 1
    return dt.date(year, month, min(awarded.day, calendar.monthrange(year, month)[1]))


def expires_ms(last: PointsLast, *, awarded: dt.date, zone: ZoneInfo) -> int:
    """The instant (Unix, milliseconds) at which the last day is over on the wall clock of `zone`."""
    after = last_day(last, awarded=awarded) + dt.timedelta(days=1)
    return round(dt.datetime.combine(after, dt.time(), zone).timestamp() * 1000)
