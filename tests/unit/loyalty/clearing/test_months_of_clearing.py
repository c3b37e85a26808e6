"""In which month something counts: on the branch's wall clock, and never in a month that is closed."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.clearing.errors import ClearingError
from loyalty.clearing.months import check_month, counts_in, first_day, has_ended, month_of, next_month

MONTHS = st.dates(dt.date(1970, 1, 1), dt.date(2200, 12, 1)).map(lambda date: f"{date:%Y-%m}")


def ms(text: str) -> int:
    """Unix milliseconds of an instant with its offset."""
    return int(dt.datetime.fromisoformat(text).timestamp() * 1000)


def test_p5_the_month_is_the_one_on_the_branchs_wall_clock() -> None:
    new_year = ms("2026-01-01T00:30:00+01:00")
    assert month_of(new_year, timezone="Europe/Prague") == "2026-01"
    assert month_of(new_year, timezone="Europe/London") == "2025-12"


def test_a_month_has_ended_when_it_has_on_every_wall_clock() -> None:
    midnight = ms("2025-07-01T00:00:00+02:00")
    assert has_ended("2025-06", at_ms=midnight, timezones=["Europe/Amsterdam"])
    assert not has_ended("2025-06", at_ms=midnight - 1, timezones=["Europe/Amsterdam"])
    assert not has_ended("2025-06", at_ms=midnight, timezones=["Europe/Amsterdam", "America/St_Johns"])


def test_a_late_arrival_counts_in_the_first_open_month() -> None:
    assert counts_in("2025-03", last_closed=None) == "2025-03"
    assert counts_in("2025-03", last_closed="2025-02") == "2025-03"
    assert counts_in("2025-03", last_closed="2025-03") == "2025-04"
    assert counts_in("2025-03", last_closed="2025-12") == "2026-01"


@given(MONTHS, st.one_of(st.none(), MONTHS))
def test_nothing_counts_in_a_closed_month_or_before_it_happened(month: str, last_closed: str | None) -> None:
    counted = counts_in(month, last_closed=last_closed)
    assert counted >= month
    assert last_closed is None or counted > last_closed
    assert first_day(next_month(month)) > first_day(month)
    assert (first_day(next_month(month)) - dt.timedelta(days=1)).strftime("%Y-%m") == month


@pytest.mark.parametrize(
    "wrong", ["", "2025", "2025-00", "2025-13", "2025-6", "2025-06-01", "0000-01", "9999-12", "²025-06"]
)
def test_what_is_no_month_is_refused_by_its_field(wrong: str) -> None:
    with pytest.raises(ClearingError) as refused:
        check_month(wrong)
    assert refused.value.field == "month"
