"""How long awarded points last: days, months or until a day, by the branch's calendar (design, "Lots")."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty import rules, selling
from loyalty.benefits import PointsPerTurnover
from loyalty.campaigns.campaign import Campaign
from loyalty.evaluation.errors import CaseError
from loyalty.expiry import PointsLast, expires_ms, last_day
from loyalty.receipts.receipt import Receipt
from tests.unit.loyalty.evaluation.shop import ANNA, NOON, POOL, campaign, evaluated, line
from tests.unit.loyalty.samples import POOL as OWN_POOL
from tests.unit.loyalty.samples import bundle

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
dates = st.dates(dt.date(1970, 1, 1), dt.date(2190, 12, 31))


@pytest.mark.parametrize(
    ("last", "awarded", "ends"),
    [
        (PointsLast(days=1), "2026-03-02", "2026-03-03"),
        (PointsLast(days=365), "2026-03-02", "2027-03-02"),
        (PointsLast(months=1), "2026-01-31", "2026-02-28"),
        (PointsLast(months=1), "2028-01-31", "2028-02-29"),
        (PointsLast(months=12), "2028-02-29", "2029-02-28"),
        (PointsLast(months=1), "2026-12-15", "2027-01-15"),
        (PointsLast(months=24), "2026-03-02", "2028-03-02"),
        (PointsLast(until=dt.date(2026, 12, 31)), "2026-03-02", "2026-12-31"),
    ],
)
def test_the_last_day_of_points_is_counted_in_the_calendar(last: PointsLast, awarded: str, ends: str) -> None:
    assert last_day(last, awarded=dt.date.fromisoformat(awarded)) == dt.date.fromisoformat(ends)


@pytest.mark.parametrize(
    ("awarded", "ends"),
    [
        ("2026-03-02", "2026-03-03T23:00:00+00:00"),
        ("2026-03-28", "2026-03-29T22:00:00+00:00"),  # that day has 23 hours
        ("2026-10-24", "2026-10-25T23:00:00+00:00"),  # and that one 25
    ],
)
def test_the_last_day_is_one_of_them_as_long_as_it_is(awarded: str, ends: str) -> None:
    told = expires_ms(PointsLast(days=1), awarded=dt.date.fromisoformat(awarded), zone=AMSTERDAM)

    assert dt.datetime.fromtimestamp(told / 1000, dt.UTC) == dt.datetime.fromisoformat(ends)


@given(dates, st.integers(1, 120))
def test_so_many_months_later_is_in_that_month_and_never_on_a_later_day_of_it(awarded: dt.date, months: int) -> None:
    ends = last_day(PointsLast(months=months), awarded=awarded)

    assert (ends.year - awarded.year) * 12 + ends.month - awarded.month == months
    assert ends.day <= awarded.day
    assert ends.day == awarded.day or (ends + dt.timedelta(days=1)).day == 1


@given(dates, dates, st.integers(1, 120))
def test_what_is_awarded_later_never_runs_out_earlier(one: dt.date, other: dt.date, months: int) -> None:
    first, second = sorted((one, other))
    last = PointsLast(months=months)

    assert last_day(last, awarded=first) <= last_day(last, awarded=second)


def award(**more: Any) -> Campaign:
    terms = {name: more.pop(name) for name in ("days", "months", "until") if name in more}
    return campaign("c", PointsPerTurnover(pool=POOL, rate=1000, last=PointsLast(**terms)), **more)


def test_an_award_says_when_its_points_run_out_and_one_without_an_end_says_nothing() -> None:
    [ending] = evaluated(campaigns=(award(months=6),)).awards
    [endless] = evaluated(campaigns=(campaign("c", PointsPerTurnover(pool=POOL, rate=1000)),)).awards

    assert ending.expires_ms is not None
    ends = dt.datetime.fromtimestamp(ending.expires_ms / 1000, AMSTERDAM)
    assert ends.isoformat() == "2025-12-14T00:00:00+01:00"
    assert endless.expires_ms is None
    assert b"expires" not in msgspec.json.encode(endless), "what knows of no end reads it as before"


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({}, "campaigns[0].benefit.last"),
        ({"days": 3, "months": 3}, "campaigns[0].benefit.last"),
        ({"days": 0}, "campaigns[0].benefit.last.days"),
        ({"months": 121}, "campaigns[0].benefit.last.months"),
        ({"until": dt.date(2025, 12, 31)}, "campaigns[0].benefit.last.until"),
        ({"until": dt.date(2025, 12, 31), "valid_until": dt.date(2026, 1, 1)}, "campaigns[0].benefit.last.until"),
    ],
)
def test_an_end_that_says_nothing_or_lies_before_the_campaigns_own_is_refused(told: dict[str, Any], field: str) -> None:
    with pytest.raises(CaseError) as refused:
        evaluated(campaigns=(award(**told),))
    assert refused.value.field == field


def test_points_may_last_until_the_campaign_ends() -> None:
    day = dt.date(2025, 6, 13)
    [given_] = evaluated(campaigns=(award(until=day, valid_until=day),)).awards

    assert given_.expires_ms == expires_ms(PointsLast(until=day), awarded=day, zone=AMSTERDAM)


@given(st.builds(PointsLast, days=st.integers(1, 3660)) | st.builds(PointsLast, until=dates), st.integers(0, 10**6))
def test_a_benefit_with_an_end_is_read_as_it_was_written(last: PointsLast, rate: int) -> None:
    benefit = PointsPerTurnover(pool=POOL, rate=rate, last=last)

    assert msgspec.json.decode(msgspec.json.encode(benefit), type=PointsPerTurnover) == benefit
    plain = msgspec.json.decode(msgspec.json.encode(PointsPerTurnover(pool=POOL, rate=rate)))
    assert plain.keys() == {"type", "pool", "rate"}


def test_a_terminal_gives_its_own_awards_the_same_end_by_the_bundle_that_came_to_it() -> None:
    rule = Campaign(
        campaign="1-month",
        company="bakery-ltd",
        benefit=PointsPerTurnover(pool=OWN_POOL, rate=1000, last=PointsLast(months=1)),
    )
    sent = rules.encode(msgspec.structs.replace(bundle(), campaigns=(rule,), till=rules.Till(currency="EUR")))
    there = selling.rules_of(rules.decode(sent, sha256=hashlib.sha256(sent).hexdigest()))
    receipt = Receipt(receipt="r-1", lines=(line(1, 1000),))
    sale = selling.sale_of(receipt, at_ms=round(NOON.timestamp() * 1000), customer=ANNA)
    [lot] = selling.entry_of(sale, there, name="kiosk/1/7").lots

    assert lot.expires_ms == expires_ms(PointsLast(until=dt.date(2025, 7, 13)), awarded=NOON.date(), zone=AMSTERDAM)
