"""A voucher through all its states: what each deed changes, and what refuses it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from loyalty.benefits import FreeService, MoneyValue, PercentOff, PointsValue, VoucherValue
from loyalty.conditions import Channel, Conditions
from loyalty.vouchers import life
from loyalty.vouchers.record import Changed, Outcome, UseMade, VoucherRecord, draft
from loyalty.vouchers.refusal import RULES, Deed, Hindrance, Refusal
from loyalty.vouchers.voucher import Purpose, Sold, Voucher, VoucherState

TODAY = dt.date(2026, 3, 2)
DAY = dt.timedelta(days=1)
MULTI, SINGLE = Sold(purpose=Purpose.MULTI), Sold(purpose=Purpose.SINGLE, vat_rate_bp=2100)
FIFTY, COFFEE, POINTS = MoneyValue(rest_minor=5000), PercentOff(rate_bp=1000), PointsValue(pool="p", points=100)


def a_draft(value: VoucherValue, **more: Any) -> VoucherRecord:
    return draft(Voucher(voucher="v", company="bakery", value=value, **more))


def given(value: VoucherValue, **more: Any) -> VoucherRecord:
    return now(life.issue(a_draft(value, **more)))


def sold(value: VoucherValue, price_minor: int, **more: Any) -> VoucherRecord:
    return now(life.sell(a_draft(value, **more), sold=MULTI, price_minor=price_minor))


def now(outcome: Outcome) -> VoucherRecord:
    assert isinstance(outcome, Changed), outcome
    return outcome.record


def made(outcome: Outcome) -> UseMade:
    assert isinstance(outcome, Changed), outcome
    assert outcome.use is not None
    return outcome.use


def why(outcome: Outcome) -> Hindrance:
    assert isinstance(outcome, Refusal), outcome
    assert outcome.voucher == "v"
    return outcome.reason


def test_v1_an_amount_is_used_in_parts_and_the_rest_stays_on_it() -> None:
    first = life.use(sold(FIFTY, 5000), minor=1250)
    second = life.use(now(first), minor=3750)

    assert (now(first).on_it_minor, now(first).voucher.state) == (3750, VoucherState.ISSUED)
    assert made(first) == UseMade(number=1, minor=1250)
    assert (made(second).number, now(second).on_it_minor) == (2, 0)
    assert now(second).voucher.state is VoucherState.REDEEMED
    assert why(life.use(now(second), minor=1)) is Hindrance.REDEEMED


def test_v1_no_part_is_larger_than_what_is_left() -> None:
    refused = life.use(given(FIFTY), minor=5001)

    assert isinstance(refused, Refusal)
    assert (refused.reason, refused.needed, refused.have) == (Hindrance.MORE_THAN_LEFT, 5001, 5000)
    assert why(life.use(given(FIFTY))) is Hindrance.AMOUNT_WANTED
    assert why(life.use(given(FIFTY), minor=0)) is Hindrance.AMOUNT_WANTED


def test_v2_registering_a_point_coupon_ends_it() -> None:
    registered = now(life.register(given(POINTS), customer="anna", today=TODAY))

    assert (registered.voucher.state, registered.voucher.owner) == (VoucherState.REGISTERED, "anna")
    assert not registered.is_alive
    assert why(life.use(given(POINTS))) is Hindrance.REGISTER_POINTS
    assert why(life.register(registered, customer="bram", today=TODAY)) is Hindrance.POINTS_POSTED
    assert why(life.cancel(registered)) is Hindrance.POINTS_POSTED
    assert why(life.expire(registered, today=TODAY)) is Hindrance.POINTS_POSTED


def test_v4_sold_services_earn_their_price_use_by_use_to_the_cent() -> None:
    record, shares = sold(FreeService(), 10_000, uses_left=3), []
    for _ in range(3):
        outcome = life.use(record)
        record = now(outcome)
        shares.append(made(outcome).minor)

    assert shares == [3333, 3333, 3334]
    assert (record.on_it_minor, record.voucher.state) == (0, VoucherState.REDEEMED)


def test_a_use_given_back_takes_exactly_what_it_took() -> None:
    first = life.use(sold(FreeService(), 10_000, uses_left=3))
    last = life.use(now(life.use(now(first))))
    back = life.give_back(now(last), made=made(first))

    assert isinstance(back, Changed)
    assert (back.minor, back.record.on_it_minor, back.record.voucher.uses_left) == (3333, 3333, 1)
    assert back.record.voucher.state is VoucherState.ISSUED
    assert why(life.give_back(back.record, made=made(back))) is Hindrance.MORE_THAN_USED
    assert why(life.give_back(now(last), made=made(first), minor=1)) is Hindrance.ONLY_WHOLE


def test_a_part_given_back_can_be_given_back_in_parts_and_no_further() -> None:
    used = life.use(sold(FIFTY, 5000), minor=5000)
    some = life.give_back(now(used), made=made(used), minor=1500)
    rest = life.give_back(now(some), made=made(some))

    assert now(some).on_it_minor == 1500
    assert now(rest).on_it_minor == 5000
    assert why(life.give_back(now(some), made=made(some), minor=3501)) is Hindrance.MORE_THAN_USED
    assert why(life.give_back(now(rest), made=made(rest))) is Hindrance.MORE_THAN_USED
    assert why(life.give_back(now(used), made=made(used), minor=-1)) is Hindrance.AMOUNT_WANTED
    assert why(life.give_back(now(used), made=UseMade(number=2, minor=5))) is Hindrance.MORE_THAN_USED


def test_v16_an_owner_bound_voucher_is_not_transferred() -> None:
    bound = given(COFFEE, owner="anna", owner_bound=True)
    loose = given(COFFEE, owner="anna", valid_until=TODAY)

    assert bound.voucher.state is VoucherState.REGISTERED
    assert why(life.transfer(bound, to="bram", today=TODAY)) is Hindrance.OWNER_BOUND
    assert now(life.transfer(loose, to="bram", today=TODAY)).voucher.owner == "bram"
    assert why(life.transfer(loose, to="anna", today=TODAY)) is Hindrance.SAME_OWNER
    assert why(life.transfer(loose, to="bram", today=TODAY + DAY)) is Hindrance.NO_LONGER_VALID
    assert why(life.transfer(given(COFFEE), to="bram", today=TODAY)) is Hindrance.NOT_REGISTERED


def test_a_coupon_made_for_one_customer_is_registered_to_nobody_else() -> None:
    meant = given(POINTS, owner="anna", valid_from=TODAY, valid_until=TODAY)

    assert meant.voucher.state is VoucherState.ISSUED
    assert why(life.register(meant, customer="bram", today=TODAY)) is Hindrance.FOR_ANOTHER
    assert why(life.register(meant, customer="anna", today=TODAY - DAY)) is Hindrance.NOT_YET_VALID
    assert why(life.register(meant, customer="anna", today=TODAY + DAY)) is Hindrance.NO_LONGER_VALID
    assert now(life.register(meant, customer="anna", today=TODAY)).has_posted_points


def test_v13_validity_is_changed_after_issue() -> None:
    def change(record: VoucherRecord, until: dt.date | None, start: dt.date | None = None) -> Outcome:
        return life.change_validity(record, valid_from=start, valid_until=until, today=TODAY)

    assert now(change(given(COFFEE), TODAY)).voucher.valid_until == TODAY
    assert why(change(given(COFFEE), TODAY - DAY)) is Hindrance.ENDS_IN_PAST
    assert why(change(given(COFFEE), TODAY, TODAY + DAY)) is Hindrance.DATES_REVERSED
    paid = sold(FIFTY, 5000, valid_until=TODAY + DAY)
    assert now(change(paid, TODAY + 2 * DAY)).voucher.valid_until == TODAY + 2 * DAY
    assert why(change(paid, TODAY)) is Hindrance.NEVER_NARROWED
    assert why(change(paid, None, TODAY + DAY)) is Hindrance.NEVER_NARROWED
    assert now(change(paid, None, TODAY)).voucher.valid_until is None


def test_v13_an_expired_voucher_is_revived_only_when_that_is_asked_for() -> None:
    expired = life.expire(sold(FIFTY, 5000, valid_until=TODAY - DAY), today=TODAY)
    assert isinstance(expired, Changed)
    assert (expired.minor, expired.record.on_it_minor, expired.record.lapsed_minor) == (5000, 0, 5000)

    later = TODAY + DAY
    plain = life.change_validity(expired.record, valid_from=None, valid_until=later, today=TODAY)
    revived = life.change_validity(expired.record, valid_from=None, valid_until=later, today=TODAY, revive=True)

    assert why(plain) is Hindrance.NEEDS_REVIVAL
    assert isinstance(revived, Changed)
    assert (revived.minor, revived.record.on_it_minor, revived.record.lapsed_minor) == (5000, 5000, 0)
    assert now(life.use(revived.record, minor=5000)).voucher.state is VoucherState.REDEEMED


def test_a_use_given_back_to_an_expired_voucher_expires_again_and_can_be_revived() -> None:
    used = life.use(sold(FreeService(), 9000, uses_left=3, valid_until=TODAY - DAY))
    expired = now(life.expire(now(used), today=TODAY))
    back = now(life.give_back(expired, made=made(used)))
    again = now(life.expire(back, today=TODAY))

    assert (back.voucher.state, back.voucher.uses_left, back.on_it_minor) == (VoucherState.ISSUED, 1, 3000)
    assert (again.lapsed_minor, again.lapsed_uses, again.voucher.uses_left) == (9000, 3, 0)
    revived = now(life.change_validity(again, valid_from=None, valid_until=None, today=TODAY, revive=True))
    assert (revived.on_it_minor, revived.voucher.uses_left) == (9000, 3)


def test_a_voucher_expires_only_when_its_last_day_is_over() -> None:
    record = given(COFFEE, valid_until=TODAY)

    assert why(life.expire(record, today=TODAY)) is Hindrance.NOT_DUE
    assert now(life.expire(record, today=TODAY + DAY)).voucher.state is VoucherState.EXPIRED
    assert why(life.expire(given(COFFEE), today=TODAY)) is Hindrance.NOT_DUE


def test_v14_v15_restrictions_of_what_was_paid_for_are_only_widened() -> None:
    paid = sold(FIFTY, 5000, articles=("a",), article_groups=("bread",), channels=(Channel.TERMINAL,))

    def change(record: VoucherRecord, *, bound: bool = False, company: str = "bakery", **to: Any) -> Outcome:
        return life.change_terms(record, conditions=Conditions(company=company, **to), owner_bound=bound)

    both = (Channel.TERMINAL, Channel.WEBSHOP)
    wider = now(change(paid, articles=("a", "b"), article_groups=("bread",), channels=both)).voucher
    assert (wider.articles, wider.channels) == (("a", "b"), both)
    assert now(change(paid)).voucher.channels == ()
    assert why(change(paid, articles=("a",), channels=both)) is Hindrance.NEVER_NARROWED
    assert why(change(paid, channels=(Channel.WEBSHOP,))) is Hindrance.NEVER_NARROWED
    assert why(change(paid, bound=True)) is Hindrance.NEVER_NARROWED
    assert why(change(paid, company="other")) is Hindrance.OTHER_COMPANY
    assert now(change(given(COFFEE), articles=("a",), bound=True)).voucher.owner_bound


@pytest.mark.parametrize(
    ("record", "terms", "price_minor", "reason"),
    [
        (a_draft(COFFEE), MULTI, 100, Hindrance.NOT_FOR_SALE),
        (a_draft(POINTS), MULTI, 100, Hindrance.NOT_FOR_SALE),
        (a_draft(FIFTY), MULTI, 4500, Hindrance.FACE_VALUE),
        (a_draft(FreeService()), MULTI, 0, Hindrance.FACE_VALUE),
        (a_draft(FIFTY), Sold(purpose=Purpose.SINGLE), 5000, Hindrance.RATE_MISSING),
        (a_draft(MoneyValue(rest_minor=0)), MULTI, 0, Hindrance.GIVES_NOTHING),
        (a_draft(FreeService(), uses_left=0), SINGLE, 100, Hindrance.GIVES_NOTHING),
        (a_draft(FIFTY, valid_from=TODAY, valid_until=TODAY - DAY), MULTI, 5000, Hindrance.DATES_REVERSED),
        (given(FIFTY), MULTI, 5000, Hindrance.ISSUED_BEFORE),
    ],
)
def test_what_cannot_be_sold(record: VoucherRecord, terms: Sold, price_minor: int, reason: Hindrance) -> None:
    assert why(life.sell(record, sold=terms, price_minor=price_minor)) is reason


def test_every_hindrance_names_its_rule() -> None:
    assert set(RULES) == set(Hindrance)
    assert all(Refusal(deed=Deed.USE, voucher="v", reason=one).rule for one in Hindrance)
