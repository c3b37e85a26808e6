"""Coupon codes: what a genuine one says, and that nothing else is taken for one."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loyalty import base45, coupon
from loyalty.coupon import CouponCode
from loyalty.errors import CouponError
from loyalty.signing import Domain
from tests.unit.loyalty.samples import COMPANY, COMPANY_KEY, OTHER_KEY

KEYS = {(COMPANY, 1): COMPANY_KEY.public}
CODE = CouponCode(company=COMPANY, key=1, coupon=0xC0FFEE, points=50, last_day=dt.date(2026, 12, 31))
TEXT = coupon.issue(CODE, COMPANY_KEY)
BYTES = base45.decode(TEXT.removeprefix(coupon.PREFIX))


def reason(text: str) -> str:
    with pytest.raises(CouponError) as refused:
        coupon.read(text, KEYS)
    return refused.value.reason


@settings(max_examples=60, deadline=None)
@given(
    number=st.integers(0, 2**64 - 1),
    points=st.integers(0, 2**32 - 1),
    last_day=st.none() | st.dates(dt.date(2020, 1, 1), dt.date(2199, 6, 5)),
)
def test_a_genuine_coupon_says_what_was_issued(number: int, points: int, last_day: dt.date | None) -> None:
    code = CouponCode(company=COMPANY, key=1, coupon=number, points=points, last_day=last_day)
    assert coupon.read(coupon.issue(code, COMPANY_KEY), KEYS) == code


@settings(max_examples=80, deadline=None)
@given(place=st.integers(0, len(BYTES) - 1), bit=st.integers(0, 7))
def test_any_flipped_bit_is_rejected(place: int, bit: int) -> None:
    flipped = bytearray(BYTES)
    flipped[place] ^= 1 << bit
    assert not coupon.is_genuine(coupon.PREFIX + base45.encode(bytes(flipped)), KEYS)


@settings(max_examples=80, deadline=None)
@given(place=st.integers(0, len(TEXT) - 1), character=st.characters())
def test_any_other_character_is_rejected(place: int, character: str) -> None:
    other = TEXT[:place] + character + TEXT[place + 1 :]
    assert coupon.is_genuine(other, KEYS) == (other == TEXT)


@pytest.mark.parametrize("text", ["", "4006381333931", "https://example.org/TB1:", "tb1:" + TEXT[4:], TEXT[1:]])
def test_a_code_of_somebody_else_is_foreign(text: str) -> None:
    assert reason(text) == "foreign"


@pytest.mark.parametrize("text", ["TB1:", TEXT[:-1], TEXT[:-3], TEXT + "000", TEXT + " ", TEXT.replace(TEXT[9], "é")])
def test_a_code_that_was_cut_or_smudged_is_damaged(text: str) -> None:
    assert reason(text) == "damaged"


def test_a_code_signed_by_somebody_else_is_forged() -> None:
    assert reason(coupon.issue(CODE, OTHER_KEY)) == "forged"


def test_more_points_under_an_old_signature_are_forged() -> None:
    rich = coupon.issue(CouponCode(company=COMPANY, key=1, coupon=0xC0FFEE, points=5_000), OTHER_KEY)
    body = base45.decode(rich.removeprefix(coupon.PREFIX))[:20]
    assert reason(coupon.PREFIX + base45.encode(body + BYTES[20:])) == "forged"


def test_a_signature_for_another_purpose_makes_no_coupon() -> None:
    for domain in (Domain.JOURNAL, Domain.DOWN, Domain.RULES):
        signed = BYTES[:20] + COMPANY_KEY.raw_signature(domain, BYTES[:20])
        assert reason(coupon.PREFIX + base45.encode(signed)) == "forged"


def test_a_company_a_key_or_a_version_that_is_not_known_here_is_told_apart_from_a_forgery() -> None:
    for company, key in ((COMPANY + 1, 1), (COMPANY, 2)):
        code = CouponCode(company=company, key=key, coupon=1, points=1)
        assert reason(coupon.issue(code, COMPANY_KEY)) == "unknown_key"
    assert reason(coupon.PREFIX + base45.encode(b"\x02" + BYTES[1:])) == "unknown_key"


@pytest.mark.parametrize(
    "code",
    [
        CouponCode(company=COMPANY, key=1, coupon=2**64, points=1),
        CouponCode(company=COMPANY, key=1, coupon=1, points=2**32),
        CouponCode(company=COMPANY, key=1, coupon=1, points=-1),
        CouponCode(company=COMPANY, key=256, coupon=1, points=1),
        CouponCode(company=COMPANY, key=1, coupon=1, points=1, last_day=dt.date(2019, 12, 31)),
        CouponCode(company=COMPANY, key=1, coupon=1, points=1, last_day=dt.date(2199, 6, 6)),
        CouponCode(company=COMPANY, key=1, coupon=1, points=1, last_day=dt.date(2300, 1, 1)),
    ],
)
def test_what_a_coupon_cannot_carry_is_not_issued(code: CouponCode) -> None:
    with pytest.raises(CouponError) as refused:
        coupon.issue(code, COMPANY_KEY)
    assert refused.value.reason == "out_of_range"


def test_the_qr_code_stays_within_version_6_at_level_m() -> None:
    segno = pytest.importorskip("segno")
    code = segno.make(TEXT, error="m", boost_error=False, micro=False)
    assert code.mode == "alphanumeric"
    assert code.version <= 6
