"""Vouchers at a receipt, from issue to the books: judged by `evaluate`, used as it says."""

from __future__ import annotations

import contextlib
import datetime as dt
from typing import Any

import msgspec
import pytest

from backend_bridge.central.acting import judge
from backend_bridge.central.ledger.models import Account
from backend_bridge.central.ledger.posting import Posting
from backend_bridge.central.vouchers.errors import BadVoucher
from backend_bridge.central.vouchers.services import rebates
from backend_bridge.central.vouchers.services.using import uses_of, vouchers_for_sale
from loyalty.benefits import AmountOff, FreeGoods, MoneyValue, PercentOff, Rebate
from loyalty.campaigns.campaign import Campaign
from loyalty.conditions import Channel, Conditions
from loyalty.evaluation.case import Case
from loyalty.evaluation.evaluate import evaluate
from loyalty.evaluation.result import Evaluation
from loyalty.receipts.receipt import Branch, Customer, Line, Receipt
from loyalty.vouchers.dates import DateWish, InDays, NextWeekday
from loyalty.windows import Weekday, Window
from tests.unit.central.lab import member
from tests.unit.central.voucher_counter import (
    DAY,
    MOLEN,
    NOW,
    TODAY,
    booked,
    bought,
    did,
    issued,
    like,
    redate,
    told,
    who,
)

pytestmark = pytest.mark.usefixtures("lab")
BRANCH = Branch(branch="utrecht-centraal", company=MOLEN, currency="EUR", timezone="Europe/Amsterdam", country="NL")
BREAD = Line(line=1, article="loaf", group="bread", gross_minor=1000, vat_rate_bp=900)
COFFEE = Line(line=2, article="coffee", group="drinks", gross_minor=300, vat_rate_bp=900)


class NothingUsed(Exception):
    """The receipt used no voucher."""


def sell(
    *vouchers: str,
    lines: tuple[Line, ...] = (BREAD, COFFEE),
    at: dt.datetime = NOW,
    channel: Channel = Channel.TERMINAL,
    customer: str | None = None,
    receipt: str = "R-1",
    campaigns: tuple[Campaign, ...] = (),
) -> Evaluation:
    """Sell these lines with these vouchers: judged while they are locked, and the one use is posted."""
    answers: list[Evaluation] = []

    def decide(posting: Posting) -> msgspec.Struct:
        case = Case(
            at=at,
            branch=BRANCH,
            receipt=Receipt(receipt=receipt, lines=lines, channel=channel),
            customer=None if customer is None else Customer(customer=member(customer)),
            vouchers=vouchers_for_sale(posting, company=MOLEN, vouchers=vouchers),
            campaigns=campaigns,
        )
        answers.append(evaluate(case))
        uses = uses_of(answers[-1], posting, company=MOLEN, channel=channel.value, receipt=receipt)
        if not uses:
            raise NothingUsed
        return uses[0]

    with contextlib.suppress(NothingUsed):
        judge(decide, **who(at=at))
    return answers[-1]


def why(evaluation: Evaluation) -> str:
    [refused] = [one for one in evaluation.not_applied if one.kind.value == "voucher"]
    return refused.reason.value


def test_v1_a_money_voucher_pays_what_it_can_and_keeps_the_rest() -> None:
    voucher = bought(5000)

    evaluation = sell(voucher)

    assert (evaluation.open_minor, told(voucher).on_it_minor) == (0, 3700)
    assert booked(Account.Kind.SALES) == 1300


def test_v3_free_goods_end_the_voucher_and_are_refused_the_next_time() -> None:
    voucher = issued(like(FreeGoods(), article_groups=("drinks",)))

    assert sell(voucher).discount_minor == 300
    assert told(voucher).state == "redeemed"
    assert why(sell(voucher, receipt="R-2")) == "redeemed"


def test_v13_days_are_judged_on_the_branchs_clock_and_follow_a_change() -> None:
    voucher = issued(like(PercentOff(rate_bp=1000), valid_until=TODAY))
    midnight = dt.datetime.combine(TODAY, dt.time(23), tzinfo=dt.UTC)

    assert why(sell(voucher, at=midnight)) == "no_longer_valid"
    redate(voucher, TODAY + DAY)
    assert sell(voucher, at=midnight).discount_minor == 130


def test_v14_a_voucher_lowers_only_the_lines_of_its_articles() -> None:
    voucher = issued(like(PercentOff(rate_bp=1000), article_groups=("bread",)))

    evaluation = sell(voucher)

    assert [(one.line, one.discount_minor) for one in evaluation.lines] == [(1, 100), (2, 0)]
    assert why(sell(issued(like(PercentOff(rate_bp=1000), articles=("cake",))))) == "no_article"


def test_v15_a_voucher_for_the_web_shop_is_refused_at_the_terminal() -> None:
    voucher = issued(like(AmountOff(amount_minor=200), channels=(Channel.WEBSHOP,)))

    assert why(sell(voucher)) == "other_channel"
    assert told(voucher).state == "issued"
    assert sell(voucher, channel=Channel.WEBSHOP).discount_minor == 200
    assert told(voucher).state == "redeemed"


def test_v16_an_owner_bound_voucher_works_with_its_owners_card_only() -> None:
    voucher = issued(like(AmountOff(amount_minor=200), owner=member("anna"), owner_bound=True))

    assert why(sell(voucher)) == "customer_needed"
    assert why(sell(voucher, customer="bram")) == "other_owner"
    assert sell(voucher, customer="anna").discount_minor == 200


def test_v5_a_rebate_on_a_receipt_is_used_later_and_never_on_that_receipt() -> None:
    campaign = Campaign(campaign="ten-back", company=MOLEN, benefit=Rebate(rate_bp=1000))
    [due] = sell(receipt="R-1", campaigns=(campaign,)).rebates
    made = rebates.issue_rebate(due=due, receipt="R-1", owner=member("anna"), **who())

    assert (due.value_minor, told(made.voucher).receipt) == (130, "R-1")
    assert told(made.voucher).conditions.valid_until == dt.date(TODAY.year + 1, 12, 31)
    assert why(sell(made.voucher, receipt="R-1", customer="anna")) == "own_receipt"
    assert sell(made.voucher, receipt="R-2", customer="anna").discount_minor == 130
    assert did(made.voucher) == ["issued", "used"]


def test_v6_a_discount_on_what_is_still_to_be_ordered_counts_for_the_next_receipt() -> None:
    made = rebates.issue_order_discount(value=PercentOff(rate_bp=2000), **who())

    assert sell(made.voucher).discount_minor == 260
    assert why(sell(made.voucher, receipt="R-2")) == "redeemed"


def test_c5_a_free_coffee_next_wednesday_has_its_date_when_it_is_scheduled() -> None:
    made = rebates.issue_order_discount(
        value=FreeGoods(),
        dates=DateWish(first=NextWeekday(Weekday.WEDNESDAY)),
        conditions=Conditions(company=MOLEN, article_groups=("drinks",)),
        **who(),
    )
    wednesday = TODAY + 2 * DAY
    assert told(made.voucher).conditions.valid_from == told(made.voucher).conditions.valid_until == wednesday

    assert why(sell(made.voucher, at=NOW + DAY)) == "not_yet_valid"
    assert why(sell(made.voucher, at=NOW + 3 * DAY)) == "no_longer_valid"
    assert sell(made.voucher, at=NOW + 2 * DAY).discount_minor == 300


def test_c5_ten_percent_off_bread_on_fridays_and_main_courses_on_mondays() -> None:
    fridays, mondays = Window(weekdays=(Weekday.FRIDAY,)), Window(weekdays=(Weekday.MONDAY,))
    bread = issued(like(PercentOff(rate_bp=1000), uses=9, article_groups=("bread",), windows=(fridays,)))
    courses = issued(like(PercentOff(rate_bp=1000), uses=9, article_groups=("main-courses",), windows=(mondays,)))
    roast = Line(line=1, article="roast", group="main-courses", gross_minor=2000, vat_rate_bp=900)

    assert why(sell(bread)) == "outside_window"
    assert sell(bread, at=NOW + 4 * DAY).discount_minor == 100
    assert sell(courses, lines=(roast, COFFEE)).discount_minor == 200
    assert why(sell(courses, lines=(roast,), at=NOW + DAY)) == "outside_window"
    assert told(courses).uses_left == 8


def test_c12_a_coupon_printed_on_a_receipt_is_redeemed_later() -> None:
    made = rebates.issue_order_discount(
        value=AmountOff(amount_minor=100), dates=DateWish(first=InDays(1), last=InDays(30)), receipt="R-1", **who()
    )

    assert why(sell(made.voucher)) == "not_yet_valid"
    assert sell(made.voucher, at=NOW + DAY, receipt="R-2").discount_minor == 100


def test_dates_that_have_passed_are_refused_by_their_field() -> None:
    wish: Any = DateWish(first=InDays(3), last=InDays(0), open_end=True)
    with pytest.raises(BadVoucher) as refused:
        rebates.issue_order_discount(value=AmountOff(amount_minor=100), dates=wish, **who())
    assert refused.value.field == "last"


def test_a_given_money_voucher_pays_and_is_no_sale() -> None:
    voucher = issued(like(MoneyValue(rest_minor=500)))

    assert sell(voucher).open_minor == 800
    assert (told(voucher).state, booked(Account.Kind.SALES)) == ("redeemed", 0)
