"""Days on a branch's wall clock, whether they have 23, 24 or 25 hours."""

from __future__ import annotations

import datetime as dt

import pytest

from loyalty.calendar import day_is_over, is_timezone, local_date

HOUR_MS = 3_600_000


def utc_ms(text: str) -> int:
    return int(dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC).timestamp() * 1000)


@pytest.mark.parametrize(
    ("day", "begins_utc", "hours"),
    [
        (dt.date(2025, 6, 21), "2025-06-20T22:00:00", 24),
        (dt.date(2025, 3, 30), "2025-03-29T23:00:00", 23),
        (dt.date(2025, 10, 26), "2025-10-25T22:00:00", 25),
    ],
    ids=["a day in summer", "clocks go forward", "clocks go back"],
)
def test_the_last_day_includes_that_whole_day(day: dt.date, begins_utc: str, hours: int) -> None:
    begins_ms = utc_ms(begins_utc)
    ends_ms = begins_ms + hours * HOUR_MS
    assert local_date(begins_ms - 1, "Europe/Amsterdam") == day - dt.timedelta(days=1)
    for instant in (begins_ms, ends_ms - HOUR_MS, ends_ms - 1):
        assert local_date(instant, "Europe/Amsterdam") == day
        assert not day_is_over(day, at_ms=instant, timezone="Europe/Amsterdam")
    assert day_is_over(day, at_ms=ends_ms, timezone="Europe/Amsterdam")


def test_a_day_ends_by_the_clock_of_its_branch_and_not_by_ours() -> None:
    instant = utc_ms("2025-06-21T22:30:00")
    assert day_is_over(dt.date(2025, 6, 21), at_ms=instant, timezone="Europe/Amsterdam")
    assert not day_is_over(dt.date(2025, 6, 21), at_ms=instant, timezone="Europe/London")


def test_a_time_zone_is_known_or_it_is_none() -> None:
    assert is_timezone("Europe/Prague")
    for name in ("Europe/Atlantis", "", "Europe", "../etc/passwd", "/etc/localtime", "\0"):
        assert not is_timezone(name)
