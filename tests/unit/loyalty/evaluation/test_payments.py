"""Vouchers, points, cards and cash pay for a receipt, in that order, and never more than is due."""

from __future__ import annotations

import datetime as dt

import msgspec
import pytest

from loyalty.benefits import FreeGoods, MoneyValue, PointsPerTurnover, PointsValue
from loyalty.conditions import Channel
from loyalty.evaluation.case import (
    Balance,
    CardTender,
    CashTender,
    PointsTender,
    PoolTerms,
    SpendableLot,
    VoucherTender,
)
from loyalty.receipts.cash import round_cash
from loyalty.receipts.receipt import LineKind, Receipt
from loyalty.vouchers.voucher import Purpose, Sold, VoucherForm, VoucherState
from tests.unit.loyalty.evaluation.shop import (
    BRANCH,
    NOON,
    POOL,
    campaign,
    evaluated,
    line,
    reasons,
    voucher,
)

NOON_MS = int(NOON.timestamp() * 1000)
SINGLE = Sold(purpose=Purpose.SINGLE, vat_rate_bp=900)
MULTI = Sold(purpose=Purpose.MULTI)


def balance(points: int, *lots: SpendableLot, unlocked: bool = False) -> Balance:
    return Balance(pool=POOL, points=points, lots=lots or None, unlocked=unlocked)


def lot(name: str, points: int, **more: object) -> SpendableLot:
    return msgspec.convert({"lot": name, "points": points, "issuer": "bakery"} | more, SpendableLot)


def pools(minimum: int = 0, value: int = 1) -> tuple[PoolTerms, ...]:
    return (PoolTerms(pool=POOL, currency="EUR", minimum_balance=minimum, point_value_minor=value),)


def test_p2_the_customer_chooses_how_many_points_and_the_rest_is_open() -> None:
    evaluation = evaluated(balances=(balance(700),), tenders=(PointsTender(pool=POOL, points=300),))
    assert ([one.points for one in evaluation.paid], evaluation.open_minor) == ([300], 700)
    everything = evaluated(balances=(balance(5000),), tenders=(PointsTender(pool=POOL),))
    assert ([one.points for one in everything.paid], everything.open_minor) == ([1000], 0)


def test_p7_a_point_is_worth_what_its_pool_says_and_is_never_split() -> None:
    evaluation = evaluated(
        line(1, 1009), pools=pools(value=10), balances=(balance(500),), tenders=(PointsTender(pool=POOL),)
    )
    assert [(one.points, one.minor) for one in evaluation.paid] == [(100, 1000)]
    assert evaluation.open_minor == 9


@pytest.mark.parametrize(("points", "reason"), [(999, "below_minimum"), (1000, None), (1001, None)])
def test_p8_below_the_minimum_nothing_can_be_spent_and_from_it_on_any_part(points: int, reason: str | None) -> None:
    spend = (PointsTender(pool=POOL, points=1),)
    evaluation = evaluated(pools=pools(1000), balances=(balance(points),), tenders=spend)
    assert reasons(evaluation).get(POOL) == reason


def test_p8_a_campaign_can_set_the_minimum_and_a_granted_balance_is_unlocked() -> None:
    spend = (PointsTender(pool=POOL, points=1),)
    strict = campaign("strict", PointsPerTurnover(pool=POOL, rate=100, minimum_balance=500))
    evaluation = evaluated(campaigns=(strict,), balances=(balance(499),), tenders=spend)
    assert [(one.reason, one.needed, one.have) for one in evaluation.not_applied] == [("below_minimum", 500, 499)]
    foreign = campaign("x", PointsPerTurnover(pool=POOL, rate=100, minimum_balance=500), company="other")
    assert evaluated(campaigns=(foreign,), balances=(balance(499),), tenders=spend).paid
    assert evaluated(campaigns=(strict,), balances=(balance(499, unlocked=True),), tenders=spend).paid


def test_more_points_than_there_are_pay_nothing_at_all() -> None:
    evaluation = evaluated(balances=(balance(299),), tenders=(PointsTender(pool=POOL, points=300),))
    assert (evaluation.paid, reasons(evaluation)) == ((), {POOL: "not_enough_points"})
    below_zero = evaluated(balances=(balance(-5, lot("l", 100)),), tenders=(PointsTender(pool=POOL),))
    assert reasons(below_zero) == {POOL: "not_enough_points"}


def test_v17_purchased_and_earned_points_are_never_in_one_payment() -> None:
    lots = (
        lot("old", 50, origin="purchased", created_ms=1),
        lot("soon", 30, expires_ms=NOON_MS + 1),
        lot("gone", 900, expires_ms=NOON_MS),
        lot("gift", 40, origin="goodwill", created_ms=2),
    )
    evaluation = evaluated(balances=(balance(1020, *lots),), tenders=(PointsTender(pool=POOL, points=100),))
    assert [(one.origin, one.points, [(use.lot, use.points) for use in one.lots]) for one in evaluation.paid] == [
        ("earned", 30, [("soon", 30)]),
        ("purchased", 50, [("old", 50)]),
        ("goodwill", 20, [("gift", 20)]),
    ]
    (vat,) = evaluation.vat
    assert (vat.reduction_minor, vat.net_minor + vat.tax_minor) == (50, 950)


def test_v1_a_money_voucher_is_used_in_parts_and_keeps_its_rest() -> None:
    gift = voucher("gift", MoneyValue(rest_minor=1500), sold=MULTI)
    evaluation = evaluated(vouchers=(gift,))
    assert [(one.minor, one.rest_minor) for one in evaluation.paid] == [(1000, 500)]
    part = evaluated(vouchers=(gift,), tenders=(VoucherTender(voucher="gift", amount_minor=300),))
    assert [(one.minor, one.rest_minor) for one in part.paid] == [(300, 1200)]


def test_v2_a_point_voucher_posts_its_points_for_a_known_customer_once() -> None:
    coupon = voucher("stamp", PointsValue(pool=POOL, points=50))
    assert [(one.voucher, one.points) for one in evaluated(vouchers=(coupon,)).registered] == [("stamp", 50)]
    assert reasons(evaluated(vouchers=(coupon,), customer=None)) == {"stamp": "customer_needed"}
    used = msgspec.structs.replace(coupon, state=VoucherState.REGISTERED)
    assert reasons(evaluated(vouchers=(used,))) == {"stamp": "redeemed"}


def test_v3_a_sold_voucher_for_goods_pays_and_is_not_taxed_again_when_it_was_single_purpose() -> None:
    loaf = voucher("loaf", FreeGoods(), sold=SINGLE)
    evaluation = evaluated(line(1, 400, vat_rate_bp=900), line(2, 700, vat_rate_bp=2100), vouchers=(loaf,))
    assert (evaluation.discount_minor, [one.voucher_minor for one in evaluation.lines]) == (0, [400, 0])
    assert [(one.prepaid_minor, one.tax_minor) for one in evaluation.vat] == [(400, 0), (0, 121)]


def test_the_vat_class_decides_what_a_money_voucher_lowers() -> None:
    def vat(sold: Sold | None) -> tuple[int, int, int]:
        gift = voucher("gift", MoneyValue(rest_minor=545), sold=sold)
        (part,) = evaluated(line(1, 1090, vat_rate_bp=900), vouchers=(gift,)).vat
        return (part.reduction_minor, part.prepaid_minor, part.tax_minor)

    assert (vat(MULTI), vat(SINGLE), vat(None)) == ((0, 0, 90), (0, 545, 45), (545, 0, 45))


def test_points_and_vouchers_never_buy_points_or_vouchers() -> None:
    lines = (line(1, 500, kind=LineKind.POINTS), line(2, 500, kind=LineKind.VOUCHER_SINGLE, vat_rate_bp=900))
    evaluation = evaluated(
        *lines,
        vouchers=(voucher("gift", MoneyValue(rest_minor=1500), sold=MULTI),),
        balances=(balance(1000),),
        tenders=(PointsTender(pool=POOL), CardTender()),
    )
    assert reasons(evaluation) == {"gift": "no_article", POOL: "nothing_due"}
    assert [(one.type, one.minor) for one in evaluation.paid] == [("card", 1000)]
    assert (evaluation.untaxed_minor, [one.gross_minor for one in evaluation.vat]) == (500, [500])


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"owner": "ben", "owner_bound": True}, "other_owner"),
        ({"owner": "ben", "form": VoucherForm.ACCOUNT}, "other_owner"),
        ({"owner": "ben"}, None),
        ({"owner": "anna", "owner_bound": True}, None),
        ({"channels": (Channel.WEBSHOP,)}, "other_channel"),
        ({"branches": ("market",)}, "other_branch"),
        ({"article_groups": ("wine",)}, "no_article"),
        ({"uses_left": 0}, "no_uses_left"),
        ({"state": VoucherState.CANCELLED}, "cancelled"),
        ({"state": VoucherState.EXPIRED}, "expired"),
        ({"state": VoucherState.DRAFT}, "not_issued"),
        ({"state": VoucherState.REDEEMED}, "redeemed"),
        ({"state": VoucherState.REGISTERED}, None),
        ({"value": MoneyValue(rest_minor=0)}, "empty"),
        ({"company": "other"}, "other_company"),
        ({"valid_until": dt.date(2025, 6, 12)}, "no_longer_valid"),
    ],
)
def test_v13_v14_v15_v16_each_rule_of_a_voucher_has_its_reason(change: dict[str, object], reason: str | None) -> None:
    gift = msgspec.structs.replace(voucher("gift", MoneyValue(rest_minor=100)), **change)
    evaluation = evaluated(vouchers=(gift,))
    assert (reasons(evaluation).get("gift"), bool(evaluation.paid)) == (reason, reason is None)


def test_v15_a_voucher_for_the_web_shop_works_there() -> None:
    gift = voucher("gift", MoneyValue(rest_minor=100), channels=(Channel.WEBSHOP,))
    web = Receipt(receipt="r-1", lines=(line(1, 1000),), channel=Channel.WEBSHOP)
    assert evaluated(vouchers=(gift,), receipt=web).paid


@pytest.mark.parametrize(
    ("currency", "country", "due", "cash"),
    [
        ("CZK", "CZ", 12_349, 12_300),
        ("CZK", "CZ", 12_350, 12_400),
        ("DKK", "DK", 1024, 1000),
        ("DKK", "DK", 1025, 1050),
        ("EUR", "NL", 1002, 1000),
        ("EUR", "NL", 1003, 1005),
        ("EUR", "DE", 1003, 1003),
        ("GBP", "GB", 1003, 1003),
    ],
)
def test_d2_only_cash_is_rounded_by_currency_and_country(currency: str, country: str, due: int, cash: int) -> None:
    branch = msgspec.structs.replace(BRANCH, currency=currency, country=country)
    by_cash = evaluated(line(1, due), branch=branch, pools=(), tenders=(CashTender(),))
    assert [(one.minor, by_cash.rounding_minor) for one in by_cash.paid] == [(cash, cash - due)]
    by_card = evaluated(line(1, due), branch=branch, pools=(), tenders=(CardTender(),))
    assert [(one.minor, by_card.rounding_minor) for one in by_card.paid] == [(due, 0)]
    assert evaluated(line(1, due), branch=branch, pools=()).cash_due_minor == cash
    assert round_cash(due, step=1) == due


def test_d2_cash_pays_the_rest_after_a_card_and_gives_change() -> None:
    evaluation = evaluated(line(1, 1003), tenders=(CashTender(amount_minor=1000), CardTender(amount_minor=200)))
    assert [(one.type, one.minor) for one in evaluation.paid] == [("card", 200), ("cash", 805)]
    assert (evaluation.rounding_minor, evaluation.change_minor, evaluation.open_minor) == (2, 195, 0)
    part = evaluated(line(1, 1003), tenders=(CashTender(amount_minor=300),))
    assert (part.open_minor, part.rounding_minor, part.cash_due_minor) == (703, 0, 705)


def test_an_anonymous_customer_pays_with_vouchers_and_money_only() -> None:
    evaluation = evaluated(customer=None, tenders=(PointsTender(pool=POOL), CardTender()))
    assert reasons(evaluation) == {POOL: "customer_needed"}
