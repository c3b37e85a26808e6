"""P9, C5: weekdays and hours on the branch's wall clock, over midnight and over both clock changes."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from loyalty.benefits import PercentOff
from loyalty.evaluation.result import Evaluation
from loyalty.windows import Week, Weekday, Window, next_weekday, wall_clock
from tests.unit.loyalty.evaluation.shop import campaign, evaluated, reasons

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


def inside(window: Window, at: str) -> bool:
    return Week([window]).has(wall_clock(dt.datetime.fromisoformat(at), AMSTERDAM))


def minutes_inside(window: Window, *, from_utc: str, hours: int) -> int:
    begin = dt.datetime.fromisoformat(from_utc).replace(tzinfo=dt.UTC)
    week = Week([window])
    return sum(week.has(wall_clock(begin + dt.timedelta(minutes=one), AMSTERDAM)) for one in range(hours * 60))


def test_p9_the_end_of_a_window_is_outside_and_its_start_inside() -> None:
    window = Window(weekdays=(Weekday.FRIDAY,), start="17:00", end="19:00")
    assert inside(window, "2025-06-13T17:00:00+02:00")
    assert inside(window, "2025-06-13T18:59:59+02:00")
    assert not inside(window, "2025-06-13T16:59:59+02:00")
    assert not inside(window, "2025-06-13T19:00:00+02:00")
    assert not inside(window, "2025-06-14T18:00:00+02:00")


def test_p9_a_window_over_midnight_belongs_to_the_day_on_which_it_began() -> None:
    window = Window(weekdays=(Weekday.SUNDAY,), start="22:00", end="02:00")
    assert inside(window, "2025-06-15T23:59:59+02:00")
    assert inside(window, "2025-06-16T01:59:59+02:00")
    assert not inside(window, "2025-06-16T02:00:00+02:00")
    assert not inside(window, "2025-06-15T01:00:00+02:00")
    assert not inside(window, "2025-06-16T22:00:00+02:00")


@pytest.mark.parametrize(
    ("day", "begins_utc", "hours"),
    [("spring", "2025-03-29T23:00", 23), ("autumn", "2025-10-25T22:00", 25), ("summer", "2025-06-14T22:00", 24)],
)
def test_p9_a_whole_sunday_is_inside_whether_it_has_23_24_or_25_hours(day: str, begins_utc: str, hours: int) -> None:
    sunday = Window(weekdays=(Weekday.SUNDAY,))
    assert minutes_inside(sunday, from_utc=begins_utc, hours=hours) == hours * 60
    # An hour more on either side adds nothing.
    earlier = (dt.datetime.fromisoformat(begins_utc) - dt.timedelta(hours=1)).isoformat()
    assert minutes_inside(sunday, from_utc=earlier, hours=hours + 2) == hours * 60


def test_p9_an_hour_that_comes_twice_is_inside_twice_and_a_skipped_one_never() -> None:
    window = Window(weekdays=(Weekday.SUNDAY,), start="02:00", end="03:00")
    assert minutes_inside(window, from_utc="2025-10-25T22:00", hours=25) == 120
    assert minutes_inside(window, from_utc="2025-03-29T23:00", hours=23) == 0
    over = Window(weekdays=(Weekday.SATURDAY,), start="23:00", end="04:00")
    assert minutes_inside(over, from_utc="2025-10-25T20:00", hours=12) == 6 * 60
    assert minutes_inside(over, from_utc="2025-03-29T20:00", hours=12) == 4 * 60


def test_p9_windows_that_touch_or_overlap_are_one() -> None:
    week = Week([Window(start="08:00", end="10:00"), Window(start="09:00", end="12:00"), Window(start="12:00")])
    at = dt.datetime(2025, 6, 13, tzinfo=AMSTERDAM)
    inside_at = [week.has(wall_clock(at.replace(hour=hour), AMSTERDAM)) for hour in (7, 8, 10, 12, 23)]
    assert inside_at == [False, True, True, True, True]


def test_p9_the_branch_s_clock_counts_and_not_the_till_s() -> None:
    friday = campaign("friday", PercentOff(rate_bp=1000), windows=(Window(weekdays=(Weekday.FRIDAY,)),))

    def at(text: str) -> Evaluation:
        return evaluated(campaigns=(friday,), at=dt.datetime.fromisoformat(text))

    assert at("2025-06-12T22:00:00+00:00").discount_minor == 100
    assert reasons(at("2025-06-13T22:00:00+00:00")) == {"friday": "outside_window"}


def test_c5_next_wednesday_is_a_date_one_to_seven_days_away() -> None:
    days = [dt.date(2025, 6, 9) + dt.timedelta(days=one) for one in range(7)]
    fixed = [next_weekday(day, Weekday.WEDNESDAY).day for day in days]
    assert fixed == [11, 11, 18, 18, 18, 18, 18]


@pytest.mark.parametrize(
    ("at", "reason"),
    [
        ("2025-10-24T21:59:59+00:00", "not_yet_valid"),
        ("2025-10-24T22:00:00+00:00", None),
        ("2025-10-26T22:59:59+00:00", None),
        ("2025-10-26T23:00:00+00:00", "no_longer_valid"),
    ],
)
def test_v13_an_end_date_includes_the_whole_day_of_25_hours(at: str, reason: str | None) -> None:
    days = {"valid_from": dt.date(2025, 10, 25), "valid_until": dt.date(2025, 10, 26)}
    evaluation = evaluated(
        campaigns=(campaign("days", PercentOff(rate_bp=1000), **days),), at=dt.datetime.fromisoformat(at)
    )
    assert reasons(evaluation).get("days") == reason
