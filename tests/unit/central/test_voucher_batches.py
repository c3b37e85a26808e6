"""Batches: ten thousand at once, their codes, their states, and finding one of them (B1, B2, B5)."""

from __future__ import annotations

import datetime as dt

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backend_bridge.central.data_dir import DataDir
from backend_bridge.central.ledger.models import Account
from backend_bridge.central.vouchers.errors import BadVoucher, VoucherNotKnown
from backend_bridge.central.vouchers.models import Voucher, VoucherEvent
from backend_bridge.central.vouchers.services import changing, codes, finding, issuing
from loyalty import coupon
from loyalty.benefits import MoneyValue
from tests.unit.central.lab import member
from tests.unit.central.voucher_counter import (
    DAY,
    MOLEN,
    MULTI,
    TODAY,
    ZUID,
    booked,
    issued,
    like,
    points,
    register,
    who,
)

pytestmark = pytest.mark.usefixtures("lab")


def test_b1_ten_thousand_coupons_are_made_at_once_with_few_statements() -> None:
    with CaptureQueriesContext(
        connection,
    ) as statements:
        made = issuing.issue_vouchers(like=points(50), count=10_000, batch="spring", **who(key="spring"))
    again = issuing.issue_vouchers(like=points(50), count=10_000, batch="spring", **who(key="spring"))

    assert made == again
    assert len(statements) < 40
    assert Voucher.objects.filter(batch=made.batch, points=50, state="issued").count() == 10_000
    assert VoucherEvent.objects.filter(voucher__batch=made.batch, what="issued").count() == 10_000


def test_b1_money_vouchers_of_a_batch_each_have_their_money() -> None:
    made = issuing.issue_vouchers(
        like=like(MoneyValue(rest_minor=1000)), count=50, batch="fair", sold=MULTI, price_minor=1000, **who()
    )

    assert booked(Account.Kind.VOUCHER_MULTI) == 50_000
    page = finding.search(company=MOLEN, batch=made.batch)
    assert {one.on_it_minor for one in page.vouchers} == {1000}


@pytest.mark.parametrize("count", [0, 10_001])
def test_b1_a_batch_has_a_size(count: int) -> None:
    with pytest.raises(BadVoucher) as refused:
        issuing.issue_vouchers(like=points(), count=count, batch="x", **who())
    assert refused.value.field == "count"


def test_b2_codes_are_genuine_and_the_same_whenever_they_are_printed() -> None:
    made = issuing.issue_vouchers(like=points(25, valid_until=TODAY), count=5, batch="flyer", **who())
    directory = DataDir(settings.DATA)

    printed = dict(codes.batch_codes(directory, company=MOLEN, batch=made.batch))

    assert printed == dict(codes.batch_codes(directory, company=MOLEN, batch=made.batch))
    keys = {(1, 1): directory.coupon_key(company=MOLEN, number=1).public}
    read = {voucher: coupon.read(text, keys) for voucher, text in printed.items()}
    assert {one.coupon_id for one in read.values()} == set(read)
    assert {(one.points, one.last_day) for one in read.values()} == {(25, TODAY)}
    with pytest.raises(VoucherNotKnown):
        codes.batch_codes(directory, company=ZUID, batch=made.batch)


def test_v19_reading_a_barcode_tells_value_and_validity() -> None:
    voucher = issued(points(25, valid_until=TODAY + DAY))
    text = codes.voucher_code(DataDir(settings.DATA), company=MOLEN, voucher=voucher)

    found = finding.voucher_by_code(company=MOLEN, code=text)

    assert (found.voucher, found.state, found.conditions.valid_until) == (voucher, "issued", TODAY + DAY)
    assert finding.voucher_by_code(company=MOLEN, code=voucher.upper()).voucher == voucher
    with pytest.raises(BadVoucher) as damaged:
        finding.voucher_by_code(company=MOLEN, code=text[:40])
    with pytest.raises(BadVoucher) as foreign:
        finding.voucher_by_code(company=ZUID, code=text)
    assert (damaged.value.rule, foreign.value.rule) == ("damaged", "unknown_key")


def test_b5_free_coupons_are_found_and_a_batch_is_counted_by_state() -> None:
    made = issuing.issue_vouchers(like=points(25), count=4, batch="door", **who())
    first, second, *_rest = [one.voucher for one in finding.search(company=MOLEN, batch=made.batch).vouchers]
    register(first, member("anna"))
    changing.cancel_voucher(voucher=second, **who())

    free = finding.search(company=MOLEN, batch=made.batch, state="free")
    [batch] = [one for one in finding.batches(company=MOLEN) if one.batch == made.batch]

    assert len(free.vouchers) == 2
    assert batch.states == {"issued": 2, "registered": 1, "cancelled": 1}
    assert [one.voucher for one in finding.search(company=MOLEN, owner=member("anna"), text=first[:6]).vouchers] == [
        first
    ]


def test_a_search_goes_on_where_its_page_ended() -> None:
    made = issuing.issue_vouchers(like=points(25), count=5, batch="pages", **who())
    found: list[str] = []
    after = ""
    while True:
        page = finding.search(company=MOLEN, batch=made.batch, after=after, limit=2)
        found += [one.voucher for one in page.vouchers]
        if not page.after:
            break
        after = page.after

    assert found == sorted(set(found))
    assert len(found) == 5


def test_c12_a_voucher_remembers_the_receipt_that_it_was_printed_on() -> None:
    voucher = issued(points(10, valid_from=TODAY + dt.timedelta(days=1)), receipt="R-17", channel="terminal")

    [event] = finding.history(company=MOLEN, voucher=voucher)

    assert (event.receipt, event.channel) == ("R-17", "terminal")
    assert finding.voucher(company=MOLEN, voucher=voucher).receipt == "R-17"
