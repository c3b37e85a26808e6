"""Weekdays and hours on a branch's wall clock.

Judged by what the clock on the wall shows, so an hour that comes twice in autumn is inside twice, and
one that is skipped in spring never comes. A window past midnight belongs to the day on which it began.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta

_DAY = 24 * 60
_WEEK = 7 * _DAY

ClockTime = Annotated[str, Meta(pattern=r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$")]


class Weekday(StrEnum):
    """The days in ISO order."""

    MONDAY = "mon"
    TUESDAY = "tue"
    WEDNESDAY = "wed"
    THURSDAY = "thu"
    FRIDAY = "fri"
    SATURDAY = "sat"
    SUNDAY = "sun"


_DAYS = tuple(Weekday)


class Window(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """On `weekdays` (none named: all) from `start` up to, not including, `end`; an `end` that is not
    after `start` is on the next day."""

    weekdays: Annotated[tuple[Weekday, ...], Meta(max_length=7)] = ()
    start: ClockTime = "00:00"
    end: ClockTime = "24:00"


@dataclass(frozen=True, slots=True)
class WallClock:
    """What the clock and the calendar on the wall show: the date, and the minute since Monday 0:00."""

    date: dt.date
    minute_of_week: int


def wall_clock(at: dt.datetime, zone: ZoneInfo) -> WallClock:
    """The wall clock of `zone` at the instant `at`, which must carry its own zone."""
    local = at.astimezone(zone)
    return WallClock(local.date(), local.weekday() * _DAY + local.hour * 60 + local.minute)


def next_weekday(today: dt.date, weekday: Weekday) -> dt.date:
    """The date that "next Wednesday" means when it is said on `today`: at least a day, at most a week
    away. A relative date is fixed by this when it is scheduled (C5)."""
    return today + dt.timedelta(days=(_DAYS.index(weekday) - today.weekday() - 1) % 7 + 1)


class Week:
    """Windows made ready: sorted bounds between which the clock is inside at odd positions."""

    __slots__ = ("_bounds",)

    def __init__(self, windows: Iterable[Window]) -> None:
        inside: list[tuple[int, int]] = []
        for start, end in sorted(span for window in windows for span in _spans(window)):
            if inside and start <= inside[-1][1]:
                inside[-1] = (inside[-1][0], max(end, inside[-1][1]))
            else:
                inside.append((start, end))
        self._bounds = [bound for span in inside for bound in span]

    def has(self, clock: WallClock) -> bool:
        """Whether the clock shows a time inside one of the windows."""
        return bisect_right(self._bounds, clock.minute_of_week) % 2 == 1


def is_empty(window: Window) -> bool:
    """Whether a window begins and ends at the same minute, which says neither never nor always."""
    return _minute(window.start) == _minute(window.end)


def _spans(window: Window) -> Iterable[tuple[int, int]]:
    start, end = _minute(window.start), _minute(window.end)
    length = end - start if end > start else end + _DAY - start
    for day in window.weekdays or _DAYS:
        begins = _DAYS.index(day) * _DAY + start
        yield begins, min(begins + length, _WEEK)
        if begins + length > _WEEK:
            yield 0, begins + length - _WEEK


def _minute(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)
