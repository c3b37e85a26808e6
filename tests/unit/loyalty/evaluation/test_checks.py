"""What contradicts itself is refused with the name of the field, also where no JSON was read."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec
import pytest

from loyalty.benefits import FreeGoods, MoneyValue, PercentOff
from loyalty.campaigns.campaign import Stock
from loyalty.errors import LoyaltyError
from loyalty.evaluation.case import Balance, CashTender, PointsTender, PoolTerms, SpendableLot, VoucherTender
from loyalty.evaluation.errors import CaseError
from loyalty.evaluation.evaluate import evaluate
from loyalty.receipts.receipt import LineKind, Receipt
from loyalty.vouchers.voucher import Purpose, Sold
from loyalty.windows import Window
from tests.unit.loyalty.evaluation.shop import BRANCH, NOON, POOL, campaign, case, line, voucher

TEN = PercentOff(rate_bp=1000)
LOT = SpendableLot(lot="l", points=1, issuer="bakery")
SALE = line(1, 100, kind=LineKind.POINTS, vat_rate_bp=900)


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("receipt.lines[0].gross_minor", {"receipt": Receipt(receipt="r", lines=(line(1, -1),))}),
        ("receipt.lines[0].gross_minor", {"receipt": Receipt(receipt="r", lines=(line(1, 10**12 + 1),))}),
        ("receipt.lines", {"receipt": Receipt(receipt="r", lines=(line(1, 10**12), line(2, 1)))}),
        ("receipt.lines[0].quantity", {"receipt": Receipt(receipt="r", lines=(line(1, 1, quantity=0),))}),
        ("receipt.lines[1].line", {"receipt": Receipt(receipt="r", lines=(line(1, 1), line(1, 1)))}),
        ("receipt.lines[0].vat_rate_bp", {"receipt": Receipt(receipt="r", lines=(SALE,))}),
        ("receipt.lines", {"receipt": Receipt(receipt="r", lines=tuple(line(n, 1) for n in range(1, 502)))}),
        ("at", {"at": NOON.replace(tzinfo=None)}),
        ("at", {"at": dt.datetime(1, 1, 1, tzinfo=dt.UTC)}),
        ("at", {"at": dt.datetime(9999, 12, 31, 23, tzinfo=dt.timezone(-dt.timedelta(hours=12)))}),
        ("branch.currency", {"branch": msgspec.structs.replace(BRANCH, currency="XXX")}),
        ("branch.timezone", {"branch": msgspec.structs.replace(BRANCH, timezone="Europe/Atlantis")}),
        ("pools[1].pool", {"pools": (PoolTerms(pool="p", currency="EUR"),) * 2}),
        ("campaigns[1].campaign", {"campaigns": (campaign("c", TEN),) * 2}),
        ("campaigns[0].benefit.rate_bp", {"campaigns": (campaign("c", PercentOff(rate_bp=10_001)),)}),
        ("campaigns[0].windows[0].end", {"campaigns": (campaign("c", TEN, windows=(Window(end="00:00"),)),)}),
        ("vouchers[0].windows[0].start", {"vouchers": (voucher("v", TEN, windows=(Window(start="7:00"),)),)}),
        ("vouchers[1].voucher", {"vouchers": (voucher("v", TEN),) * 2}),
        ("vouchers[0].sold", {"vouchers": (voucher("v", TEN, sold=Sold(purpose=Purpose.MULTI)),)}),
        (
            "vouchers[0].sold.vat_rate_bp",
            {"vouchers": (voucher("v", FreeGoods(), sold=Sold(purpose=Purpose.SINGLE)),)},
        ),
        ("stocks[1].campaign", {"stocks": (Stock(campaign="c"),) * 2}),
        ("balances[1].pool", {"balances": (Balance(pool=POOL, points=1),) * 2}),
        ("balances[0].lots[1].lot", {"balances": (Balance(pool=POOL, points=1, lots=(LOT, LOT)),)}),
        ("customer", {"balances": (Balance(pool=POOL, points=1),), "customer": None}),
        ("tenders[0].voucher", {"tenders": (VoucherTender(voucher="v", amount_minor=1),)}),
        (
            "tenders[1].voucher",
            {
                "tenders": (VoucherTender(voucher="v", amount_minor=1),) * 2,
                "vouchers": (voucher("v", MoneyValue(rest_minor=5)),),
            },
        ),
        ("tenders[1].pool", {"tenders": (PointsTender(pool=POOL),) * 2}),
        ("tenders[1]", {"tenders": (CashTender(),) * 2}),
    ],
)
def test_an_error_names_the_field(field: str, change: dict[str, Any]) -> None:
    with pytest.raises(CaseError) as caught:
        evaluate(case(**change))
    assert caught.value.field == field
    assert isinstance(caught.value, LoyaltyError)


def test_an_empty_receipt_comes_to_nothing() -> None:
    evaluation = evaluate(case(receipt=Receipt(receipt="r", lines=())))
    assert (evaluation.gross_minor, evaluation.lines, evaluation.vat) == (0, (), ())
