"""A voucher's conditions where there is no receipt: registering a point coupon, and reading a code."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.benefits import MoneyValue, PercentOff, PointsValue, VoucherValue
from loyalty.conditions import Channel
from loyalty.evaluation.result import Kind
from loyalty.evaluation.terms import Occasion, terms_of
from loyalty.receipts.receipt import Branch, Customer
from loyalty.vouchers import life
from loyalty.vouchers.presenting import Presented, unusable
from loyalty.vouchers.record import Changed, VoucherRecord, draft
from loyalty.vouchers.refusal import Deed, Hindrance, Refusal
from loyalty.vouchers.voucher import Voucher, VoucherForm
from loyalty.windows import Weekday, Window, wall_clock

ZONE = "Europe/Amsterdam"
MONDAY = dt.datetime(2026, 3, 2, 10, tzinfo=dt.UTC)  # 11:00 on the wall
DAY = dt.timedelta(days=1)
POINTS = PointsValue(pool="p", points=100)
ANNA, BRAM = Customer(customer="anna", groups=("vip",)), Customer(customer="bram")


def issued(value: VoucherValue = POINTS, **more: Any) -> VoucherRecord:
    outcome = life.issue(draft(Voucher(voucher="v", company="bakery", value=value, **more)))
    assert isinstance(outcome, Changed)
    return outcome.record


def shown(
    *,
    at: dt.datetime = MONDAY,
    branch: str = "centre",
    channel: Channel | None = Channel.TERMINAL,
    customer: Customer | None = ANNA,
) -> Presented:
    return Presented(at=at, timezone=ZONE, branch=branch, channel=channel, customer=customer)


def registered(record: VoucherRecord, presented: Presented) -> Hindrance | None:
    """Why it is not registered; None where it is."""
    who = presented.customer.customer if presented.customer else "anna"
    today = wall_clock(presented.at, ZoneInfo(ZONE)).date
    outcome = life.register(record, customer=who, today=today, presented=presented)
    return outcome.reason if isinstance(outcome, Refusal) else None


MORNINGS = Window(weekdays=(Weekday.MONDAY,), start="09:00", end="12:00")


@pytest.mark.parametrize(
    ("terms", "how", "why"),
    [
        ({"windows": (MORNINGS,)}, {}, None),
        ({"windows": (MORNINGS,)}, {"at": MONDAY + DAY}, Hindrance.OUTSIDE_WINDOW),
        ({"windows": (MORNINGS,)}, {"at": MONDAY.replace(hour=11)}, Hindrance.OUTSIDE_WINDOW),
        ({"windows": (MORNINGS,)}, {"branch": ""}, Hindrance.BRANCH_NEEDED),
        ({"branches": ("centre",)}, {}, None),
        ({"branches": ("south",)}, {}, Hindrance.OTHER_BRANCH),
        ({"branches": ("centre",)}, {"branch": ""}, Hindrance.BRANCH_NEEDED),
        ({"customer_groups": ("vip",)}, {}, None),
        ({"customer_groups": ("vip",)}, {"customer": BRAM}, Hindrance.OTHER_GROUP),
        ({"channels": (Channel.WEBSHOP,)}, {}, Hindrance.OTHER_CHANNEL),
        ({"channels": (Channel.WEBSHOP,)}, {"channel": Channel.WEBSHOP}, None),
        ({"channels": (Channel.WEBSHOP,)}, {"channel": None}, None),
        ({}, {"branch": "", "channel": None, "customer": BRAM}, None),
    ],
)
def test_v15_a_point_coupon_is_registered_where_its_conditions_are_met(
    terms: dict[str, Any], how: dict[str, Any], why: Hindrance | None
) -> None:
    assert registered(issued(**terms), shown(**how)) is why
    assert registered(issued(MoneyValue(rest_minor=5), **terms), shown(**how)) is None, "getting an owner is no use"
    ten = issued(PercentOff(rate_bp=1000), **terms)
    refused = unusable(ten, shown(**how))
    assert (None if refused is None else (refused.deed, refused.reason)) == (why and (Deed.USE, why))


@given(
    minutes=st.integers(0, 14 * 24 * 60),
    channels=st.lists(st.sampled_from(Channel), max_size=1).map(tuple),
    branches=st.lists(st.sampled_from(("centre", "south")), max_size=1).map(tuple),
    groups=st.lists(st.sampled_from(("vip", "staff")), max_size=2, unique=True).map(tuple),
    windows=st.lists(st.just(MORNINGS), max_size=1).map(tuple),
)
def test_v14_v15_registering_judges_as_a_till_does(minutes: int, **terms: Any) -> None:
    terms["customer_groups"] = terms.pop("groups")
    record, at = issued(**terms), MONDAY + dt.timedelta(minutes=minutes)
    branch = Branch(branch="centre", company="bakery", currency="EUR", timezone=ZONE)
    occasion = Occasion(
        clock=wall_clock(at, ZoneInfo(ZONE)), channel=Channel.TERMINAL, customer=ANNA, groups=frozenset(ANNA.groups)
    )
    till = terms_of(record.voucher, kind=Kind.VOUCHER, name="v", branch=branch).refusal(occasion)

    assert registered(record, shown(at=at)) == (None if till is None else till.reason.value)


def test_v19_a_voucher_past_its_last_day_does_not_hold_though_it_is_not_closed_yet() -> None:
    today = MONDAY.date()
    record = issued(MoneyValue(rest_minor=5), valid_from=today, valid_until=today)

    late, early = unusable(record, shown(at=MONDAY + DAY)), unusable(record, shown(at=MONDAY - DAY))
    assert unusable(record, shown()) is None
    assert late is not None
    assert early is not None
    assert (late.reason, late.day) == (Hindrance.NO_LONGER_VALID, today)
    assert (early.reason, early.day) == (Hindrance.NOT_YET_VALID, today)


@pytest.mark.parametrize(
    "record",
    [
        issued(MoneyValue(rest_minor=5), owner="anna", owner_bound=True),
        issued(MoneyValue(rest_minor=5), owner="anna", form=VoucherForm.ACCOUNT),
        issued(owner="anna"),
    ],
)
def test_v16_v19_what_is_its_owners_holds_for_them_only(record: VoucherRecord) -> None:
    nobody, bram = unusable(record, shown(customer=None)), unusable(record, shown(customer=BRAM))
    assert unusable(record, shown()) is None
    assert nobody is not None
    assert bram is not None
    assert (nobody.reason, bram.reason) == (Hindrance.CUSTOMER_NEEDED, Hindrance.OTHER_OWNER)


def test_v19_what_is_used_up_or_registered_does_not_hold() -> None:
    used = life.use(issued(MoneyValue(rest_minor=5)), minor=5)
    posted = life.register(issued(), customer="anna", today=MONDAY.date())
    assert isinstance(used, Changed)
    assert isinstance(posted, Changed)
    found = [unusable(one.record, shown()) for one in (used, posted)]
    assert [one and one.reason for one in found] == [Hindrance.REDEEMED, Hindrance.POINTS_POSTED]
