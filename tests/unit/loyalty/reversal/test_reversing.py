"""Reversal by example: figures that anybody can check by hand, and every refusal with its field."""

from __future__ import annotations

import msgspec
import pytest

from loyalty.benefits import (
    AmountOff,
    FreeGoods,
    MoneyValue,
    PercentOff,
    PointsPerTurnover,
    PointsValue,
    Rebate,
)
from loyalty.clearing.split import Cell
from loyalty.evaluation.case import Balance, CardTender, CashTender, PointsTender, PoolTerms, SpendableLot
from loyalty.receipts.receipt import LineKind
from loyalty.reversal.errors import (
    MalformedReversal,
    MoreThanLeft,
    RecordMismatch,
    ReversalError,
    ReversedAlready,
    UnknownLine,
)
from loyalty.reversal.request import ReversalRequest, ReverseLine
from loyalty.reversal.result import Refund
from loyalty.reversal.reverse import reverse
from loyalty.vouchers.voucher import Purpose, Sold
from tests.unit.loyalty.evaluation.shop import POOL, campaign, line, voucher
from tests.unit.loyalty.reversal.till import WHOLE, of, reversed_by, sold

TEN_PER_EURO = campaign("ten", PointsPerTurnover(pool=POOL, rate=1000))
LOTS = (
    SpendableLot(lot="old", points=100, issuer="bakery", expires_ms=10**13),
    SpendableLot(lot="young", points=500, issuer="florist"),
)


def test_pieces_come_back_with_their_share_and_the_last_with_the_rest() -> None:
    done = reversed_by(sold(line(1, 1000, quantity=3)), of(1, quantity=1), of(1, quantity=1), of(1, quantity=1))
    assert [one.gross_minor for one in done] == [333, 333, 334]
    assert [one.lines[0].finished for one in done] == [False, False, True]


def test_the_last_of_an_amount_takes_the_pieces_with_it_and_finishes_the_line() -> None:
    done = reversed_by(sold(line(1, 300, quantity=3)), *[of(1, gross_minor=100)] * 3)
    assert [one.lines[0].quantity for one in done] == [0, 0, 3]
    assert [one.complete for one in done] == [False, False, True]


def test_an_award_is_taken_back_in_proportion_and_never_more_in_all() -> None:
    sale = sold(line(1, 105), line(2, 105), line(3, 105), campaigns=(TEN_PER_EURO,))
    assert sale.evaluation.awards[0].points == 31
    done = reversed_by(sale, of(1), of(2), of(3))
    assert [one.awards[0].points for one in done] == [10, 10, 11]
    assert [one.awards[0].finished for one in done] == [False, False, True]


def test_an_award_for_other_lines_stays() -> None:
    bread = campaign("bread", PointsPerTurnover(pool=POOL, rate=500), article_groups=("bread",))
    sale = sold(line(1, 400), line(2, 900, group="tea"), campaigns=(bread,))
    (tea,) = reversed_by(sale, of(2))
    assert tea.awards == ()
    assert (reversed_by(sale, of(1))[0].awards[0].points, sale.evaluation.awards[0].points) == (20, 20)


def test_a_coupon_gets_its_use_back_when_all_that_it_applied_to_is_reversed() -> None:
    coupon = voucher("loaf", FreeGoods(pieces=2))
    sale = sold(line(1, 300), line(2, 300), line(3, 100), vouchers=(coupon,))
    done = reversed_by(sale, of(1), of(3), of(2))
    assert [[one.use_back for one in reversal.discounts] for reversal in done] == [[False], [], [True]]
    assert [reversal.refund_minor + reversal.open_minor for reversal in done] == [0, 100, 0]


def test_a_money_voucher_gets_back_exactly_what_it_paid_for_the_line() -> None:
    gift = voucher("gift", MoneyValue(rest_minor=500), sold=Sold(purpose=Purpose.MULTI))
    sale = sold(line(1, 600), line(2, 400), vouchers=(gift,), tenders=(CardTender(),))
    first, second = reversed_by(sale, of(2), of(1))
    assert [(one.voucher, one.minor, one.restores) for one in first.vouchers] == [("gift", 200, True)]
    assert [(one.voucher, one.minor, one.use_back) for one in second.vouchers] == [("gift", 300, True)]
    assert (first.refunds, second.refunds) == (
        (Refund(payment=1, type="card", minor=200),),
        (Refund(payment=1, type="card", minor=300),),
    )


def test_goods_that_were_sold_as_a_voucher_come_back_as_a_use_and_not_as_money() -> None:
    loaf = voucher("loaf", FreeGoods(), sold=Sold(purpose=Purpose.SINGLE, vat_rate_bp=900))
    sale = sold(line(1, 300, vat_rate_bp=900), vouchers=(loaf,))
    (reversal,) = reversed_by(sale, WHOLE)
    assert [(one.restores, one.use_back, one.minor) for one in reversal.vouchers] == [(False, True, 300)]
    assert (reversal.refund_minor, reversal.vat[0].prepaid_minor, reversal.vat[0].tax_minor) == (0, 300, 0)


def test_p4_points_go_back_to_the_lots_that_had_paid_the_line_and_its_rate() -> None:
    sale = sold(
        line(1, 200, vat_rate_bp=900),
        line(2, 300, vat_rate_bp=2100),
        balances=(Balance(pool=POOL, points=600, lots=LOTS),),
        tenders=(PointsTender(pool=POOL),),
    )
    first, second = reversed_by(sale, of(1), of(2))
    assert first.points[0].by_lot() == {"old": 40, "young": 160}
    assert second.points[0].by_lot() == {"old": 60, "young": 240}
    assert first.points[0].cells == (
        Cell(lot="old", rate_bp=900, points=40, value_minor=40),
        Cell(lot="young", rate_bp=900, points=160, value_minor=160),
    )


def test_points_worth_more_than_a_cent_come_back_as_whole_points_and_all_in_the_end() -> None:
    sale = sold(
        line(1, 60),
        line(2, 100),
        line(3, 140),
        pools=(PoolTerms(pool=POOL, currency="EUR", point_value_minor=100),),
        balances=(Balance(pool=POOL, points=3, lots=(SpendableLot(lot="one", points=3, issuer="bakery"),)),),
        tenders=(PointsTender(pool=POOL),),
    )
    done = reversed_by(sale, of(1), of(3), of(2))
    assert [one.points[0].points for one in done] == [1, 1, 1]
    assert [one.points[0].minor for one in done] == [60, 140, 100]


def test_points_of_a_balance_without_lots_come_back_without_lots() -> None:
    sale = sold(line(1, 300), balances=(Balance(pool=POOL, points=200),), tenders=(PointsTender(pool=POOL),))
    (reversal,) = reversed_by(sale, WHOLE)
    assert reversal.points[0].by_lot() == {"": 200}


def test_the_card_gets_back_first_and_cash_is_rounded_over_all_parts() -> None:
    sale = sold(line(1, 333), line(2, 333), line(3, 335), tenders=(CardTender(amount_minor=400), CashTender()))
    assert (sale.evaluation.paid[1].minor, sale.evaluation.rounding_minor) == (600, -1)
    done = reversed_by(sale, of(1), of(2), of(3))
    assert [[(one.type, one.minor) for one in reversal.refunds] for reversal in done] == [
        [("card", 333)],
        [("card", 67), ("cash", 265)],
        [("cash", 335)],
    ]
    assert [one.rounding_minor for one in done] == [0, -1, 0]


def test_what_was_never_paid_is_not_refunded() -> None:
    (reversal,) = reversed_by(sold(line(1, 1000), tenders=(CardTender(amount_minor=300),)), WHOLE)
    assert (reversal.open_minor, reversal.refund_minor) == (700, 300)


def test_a_voucher_for_later_is_taken_back_in_proportion() -> None:
    sale = sold(line(1, 250), line(2, 750), campaigns=(campaign("later", Rebate(rate_bp=1000)),))
    first, second = reversed_by(sale, of(1), of(2))
    assert [(one.value_minor, one.finished) for one in (*first.rebates, *second.rebates)] == [(25, False), (75, True)]


def test_v2_registered_points_go_back_with_the_last_line() -> None:
    coupon = voucher("hundred", PointsValue(pool=POOL, points=100))
    first, second = reversed_by(sold(line(1, 10), line(2, 10), vouchers=(coupon,)), of(1), of(2))
    assert first.registered == ()
    assert [(one.voucher, one.points) for one in second.registered] == [("hundred", 100)]


def test_the_vat_of_all_parts_is_the_vat_of_the_receipt() -> None:
    sale = sold(
        line(1, 100, vat_rate_bp=2100),
        line(2, 5, vat_rate_bp=900),
        campaigns=(campaign("a", AmountOff(amount_minor=5)),),
    )
    done = reversed_by(sale, *[of(1, gross_minor=30)] * 3, WHOLE)
    taxes = [sum(vat.tax_minor for vat in one.vat) for one in done]
    assert sum(taxes) == sum(vat.tax_minor for vat in sale.evaluation.vat)
    assert min(taxes) >= 0


def test_the_sale_of_points_carries_no_vat_when_it_is_reversed() -> None:
    sale = sold(line(1, 1000, kind=LineKind.POINTS), line(2, 121, vat_rate_bp=2100), tenders=(CardTender(),))
    (reversal,) = reversed_by(sale, of(1))
    assert (reversal.untaxed_minor, reversal.vat, reversal.refund_minor) == (1000, (), 1000)
    assert (reversal.lines[0].net_minor, reversal.lines[0].tax_minor) == (0, 0)


def test_a_free_line_is_reversed_by_its_pieces() -> None:
    sale = sold(line(1, 0, quantity=2), line(2, 100))
    done = reversed_by(sale, of(1, quantity=1), of(1), of(2))
    assert [(one.lines[0].quantity, one.complete) for one in done] == [(1, False), (1, False), (1, True)]


TWICE = ReversalRequest(lines=(ReverseLine(line=1), ReverseLine(line=1)))
BOTH = of(1, quantity=1, gross_minor=5)


@pytest.mark.parametrize(
    ("requests", "error", "field"),
    [
        ((of(7),), UnknownLine, "lines[0].line"),
        ((of(1, quantity=4),), MoreThanLeft, "lines[0].quantity"),
        ((of(1, gross_minor=301),), MoreThanLeft, "lines[0].gross_minor"),
        ((of(1, quantity=2), of(1, quantity=2)), MoreThanLeft, "lines[0].quantity"),
        ((of(1, gross_minor=200), of(1, gross_minor=101)), MoreThanLeft, "lines[0].gross_minor"),
        ((of(1), of(1)), ReversedAlready, "lines[0].line"),
        ((WHOLE, WHOLE), ReversedAlready, "lines"),
        ((WHOLE, of(1)), ReversedAlready, "lines"),
        ((TWICE,), MalformedReversal, "lines[1].line"),
        ((BOTH,), MalformedReversal, "lines[0].gross_minor"),
        ((of(1, quantity=0),), MalformedReversal, "lines[0].quantity"),
        ((of(1, gross_minor=-5),), MalformedReversal, "lines[0].gross_minor"),
        ((ReversalRequest(lines=()),), MalformedReversal, "lines"),
    ],
)
def test_what_cannot_be_reversed_is_refused_by_field(
    requests: tuple[ReversalRequest, ...], error: type[ReversalError], field: str
) -> None:
    sale = sold(line(1, 300, quantity=3), line(2, 100))
    with pytest.raises(error) as refused:
        reversed_by(sale, *requests)
    assert refused.value.field == field
    assert type(refused.value) is error


def test_a_record_that_does_not_fit_is_refused() -> None:
    gift = voucher("gift", MoneyValue(rest_minor=50))
    sale = sold(line(1, 300), line(2, 100), campaigns=(TEN_PER_EURO,), vouchers=(gift,))
    (whole,) = reversed_by(sale, of(1))
    for wrong, field in (
        (msgspec.structs.replace(sale, coverage=()), "coverage"),
        (msgspec.structs.replace(sale, vouchers=()), "vouchers"),
        (msgspec.structs.replace(sale, lines=sale.lines[:1]), "lines"),
        (msgspec.structs.replace(sale, lines=(line(1, 299), sale.lines[1])), "lines"),
    ):
        with pytest.raises(RecordMismatch) as refused:
            reversed_by(wrong, WHOLE)
        assert refused.value.field == field
    with pytest.raises(RecordMismatch, match="line 1"):
        reverse(sale, (whole, whole), of(2))


def test_percentages_come_back_as_they_were_given() -> None:
    sale = sold(line(1, 1000, quantity=2), campaigns=(campaign("tenth", PercentOff(rate_bp=1000)),))
    first, second = reversed_by(sale, of(1, quantity=1), of(1, quantity=1))
    assert [(one.gross_minor, one.discount_minor, one.open_minor) for one in (first, second)] == [(500, 50, 450)] * 2
