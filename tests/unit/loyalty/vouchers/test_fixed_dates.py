"""Relative dates are fixed on the branch's wall clock when they are scheduled (C5)."""

from __future__ import annotations

import datetime as dt

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.vouchers.dates import (
    DateError,
    DateWish,
    EndOfMonth,
    EndOfWeek,
    EndOfYear,
    FixedDates,
    InDays,
    InMonths,
    NextWeekday,
    OnDate,
    When,
    fix,
)
from loyalty.windows import Weekday

AMSTERDAM = "Europe/Amsterdam"
#: A Wednesday, 11:00 in Amsterdam.
WEDNESDAY = dt.datetime(2026, 3, 4, 10, tzinfo=dt.UTC)


def day(when: When, *, at: dt.datetime = WEDNESDAY, timezone: str = AMSTERDAM) -> str:
    return fix(DateWish(first=when), at=at, timezone=timezone).valid_from.isoformat()


def test_c5_next_wednesday_said_on_a_wednesday_is_a_week_later_and_one_day_long() -> None:
    wish = DateWish(first=NextWeekday(Weekday.WEDNESDAY))

    fixed = fix(wish, at=WEDNESDAY, timezone=AMSTERDAM)

    assert fixed == FixedDates(valid_from=dt.date(2026, 3, 11), valid_until=dt.date(2026, 3, 11))


def test_c5_the_branchs_clock_decides_which_day_it_is() -> None:
    late = dt.datetime(2026, 3, 3, 23, 30, tzinfo=dt.UTC)

    assert day(NextWeekday(Weekday.WEDNESDAY), at=late) == "2026-03-11"
    assert day(NextWeekday(Weekday.WEDNESDAY), at=late, timezone="Europe/London") == "2026-03-04"


@pytest.mark.parametrize(
    ("when", "date"),
    [
        (InDays(0), "2026-03-04"),
        (InDays(30), "2026-04-03"),
        (NextWeekday(Weekday.THURSDAY), "2026-03-05"),
        (NextWeekday(Weekday.TUESDAY, weeks=1), "2026-03-17"),
        (EndOfWeek(), "2026-03-08"),
        (EndOfMonth(), "2026-03-31"),
        (EndOfMonth(11), "2027-02-28"),
        (EndOfMonth(10), "2027-01-31"),
        (InMonths(12), "2027-03-04"),
        (EndOfYear(3), "2029-12-31"),
        (OnDate(dt.date(2026, 3, 4)), "2026-03-04"),
    ],
)
def test_c5_relative_dates(when: When, date: str) -> None:
    assert day(when) == date


def test_c5_the_same_day_of_a_shorter_month_is_its_last() -> None:
    assert day(InMonths(1), at=dt.datetime(2028, 1, 31, 12, tzinfo=dt.UTC)) == "2028-02-29"


def test_c5_the_last_day_is_counted_from_the_first() -> None:
    wish = DateWish(first=NextWeekday(Weekday.MONDAY), last=InDays(6))

    assert fix(wish, at=WEDNESDAY, timezone=AMSTERDAM).valid_until == dt.date(2026, 3, 15)
    assert fix(DateWish(open_end=True), at=WEDNESDAY, timezone=AMSTERDAM).valid_until is None


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        (DateWish(first=OnDate(dt.date(2026, 3, 3))), "first"),
        (DateWish(first=InDays(2), last=OnDate(dt.date(2026, 3, 5))), "last"),
        (DateWish(last=InDays(1), open_end=True), "last"),
        (DateWish(first=OnDate(dt.date(9999, 12, 31)), last=InDays(1)), "last"),
    ],
)
def test_c5_what_cannot_be_fixed_names_the_field(wish: DateWish, field: str) -> None:
    with pytest.raises(DateError) as raised:
        fix(wish, at=WEDNESDAY, timezone=AMSTERDAM)
    assert raised.value.field == field


@given(
    at=st.integers(946_684_800, 4_102_444_800).map(lambda seconds: dt.datetime.fromtimestamp(seconds, dt.UTC)),
    weekday=st.sampled_from(Weekday),
    timezone=st.sampled_from([AMSTERDAM, "America/Los_Angeles", "Pacific/Kiritimati"]),
)
def test_c5_next_weekday_is_that_weekday_at_most_a_week_away(at: dt.datetime, weekday: Weekday, timezone: str) -> None:
    today = fix(DateWish(), at=at, timezone=timezone).valid_from
    fixed = fix(DateWish(first=NextWeekday(weekday)), at=at, timezone=timezone).valid_from

    assert fixed.weekday() == list(Weekday).index(weekday)
    assert 1 <= (fixed - today).days <= 7


def test_c5_a_wish_is_data_that_a_campaign_can_keep() -> None:
    wish = DateWish(first=NextWeekday(Weekday.FRIDAY), last=EndOfMonth(1))

    assert msgspec.json.decode(msgspec.json.encode(wish), type=DateWish) == wish
    with pytest.raises(msgspec.ValidationError, match="days"):
        msgspec.json.decode(b'{"first": {"type": "in_days", "days": -1}}', type=DateWish)
