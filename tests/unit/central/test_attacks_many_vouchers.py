"""A receipt sells a bounded number of vouchers, and as many as it may in a bounded number of statements."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backend_bridge.central.sales.errors import BadSale
from backend_bridge.central.sales.models import Receipt
from backend_bridge.central.sales.request import VoucherLine
from backend_bridge.central.sales.selling_vouchers import MOST_VOUCHERS
from backend_bridge.central.vouchers.models import Voucher
from loyalty.acts.vouchers import NewVoucher
from loyalty.benefits import MoneyValue
from loyalty.evaluation.case import CardTender
from loyalty.receipts.receipt import LineKind
from tests.unit.central.api_neighbour import HOME, neighbour
from tests.unit.central.lab import Lab
from tests.unit.central.replaying import assert_replays
from tests.unit.central.sales_shop import attempt, line, reverse, sell

LINES = 50
LIKE = NewVoucher(company=HOME, value=MoneyValue(rest_minor=10))


def many(count: int) -> tuple[list[Any], dict[str, Any]]:
    """`count` vouchers in up to 50 lines."""
    pieces = [count // LINES + (number < count % LINES) for number in range(min(LINES, count))]
    lines = [
        line(number, 10 * each, "vouchers", kind=LineKind.VOUCHER_MULTI, vat_rate_bp=0, quantity=each)
        for number, each in enumerate(pieces, start=1)
    ]
    sales = tuple(VoucherLine(line=one.line, like=LIKE) for one in lines)
    return lines, {"voucher_sales": sales, "tenders": (CardTender(),)}


def test_a_receipt_sells_a_thousand_vouchers_at_most(lab: Lab) -> None:
    lines, more = many(MOST_VOUCHERS + 1)
    for ask in (attempt, sell):
        with pytest.raises(BadSale) as refused:
            ask(*lines, **more)
        assert (refused.value.field, refused.value.rule) == ("receipt.lines.quantity", "too_many")
    assert not Receipt.objects.exists()


def test_the_api_names_the_field(lab: Lab) -> None:
    sold = {"line": 1, "article": "x", "gross_minor": 10**7, "quantity": 10_000, "kind": "voucher_multi"}
    lines = [sold | {"line": number} for number in range(1, LINES + 1)]
    like = {"company": HOME, "value": {"type": "money", "rest_minor": 1000}}
    sales = [{"line": number, "like": like} for number in range(1, LINES + 1)]
    body = {"receipt": {"receipt": "r", "lines": lines}, "voucher_sales": sales}
    refused = neighbour().post("branches/utrecht-centraal/receipts", body)
    assert refused.broken == {("body.receipt.lines.quantity", "too_many")}


def test_a_thousand_are_sold_and_taken_back_by_sets(lab: Lab) -> None:
    lines, more = many(MOST_VOUCHERS)
    before = Voucher.objects.count()
    with CaptureQueriesContext(connection) as selling:
        sell(*lines, **more)
    assert Voucher.objects.count() == before + MOST_VOUCHERS
    # Some for each line, none for each voucher.
    assert len(selling) < 20 * LINES

    with CaptureQueriesContext(connection) as returning:
        assert reverse().reversal.refund_minor == 10 * MOST_VOUCHERS
    assert len(returning) < 10 * LINES
    assert_replays()
