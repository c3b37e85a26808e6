"""Dates on a branch's wall clock. An end date includes that whole day, however long it is."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo


def local_date(at_ms: int, timezone: str) -> dt.date:
    """The date that a wall clock in the IANA `timezone` shows at the Unix instant `at_ms`."""
    return dt.datetime.fromtimestamp(at_ms / 1000, ZoneInfo(timezone)).date()


def day_is_over(last_day: dt.date, *, at_ms: int, timezone: str) -> bool:
    """Whether `last_day` has ended there at that instant."""
    return local_date(at_ms, timezone) > last_day


def is_timezone(name: str) -> bool:
    """Whether `name` is an IANA time zone that this machine knows."""
    try:
        ZoneInfo(name)
    except (LookupError, ValueError, OSError):
        return False
    return True
