"""No company gives away what another one pays for, by whatever way it asks: there is no agreement between companies."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from backend_bridge.central.ledger.models import Account
from backend_bridge.central.sales.request import VoucherLine
from backend_bridge.central.vouchers.errors import BadVoucher
from backend_bridge.central.vouchers.models import Voucher
from backend_bridge.central.vouchers.services import issuing
from loyalty.acts.vouchers import NewVoucher
from loyalty.benefits import MoneyValue
from loyalty.receipts.receipt import LineKind
from tests.unit.central.lab import Lab, member
from tests.unit.central.sales_shop import attempt, line, sell
from tests.unit.central.test_office import logged_in
from tests.unit.central.voucher_counter import MOLEN, ZUID, booked, issued, like, who

THEIRS: NewVoucher = like(MoneyValue(rest_minor=500), funded_by=ZUID)
SOLD: dict[str, Any] = {"voucher_sales": (VoucherLine(line=1, like=THEIRS),)}


def a_line() -> Any:
    return line(1, 500, "vouchers", kind=LineKind.VOUCHER_MULTI, vat_rate_bp=0)


@pytest.mark.parametrize(
    "ask",
    [
        lambda: issuing.issue_vouchers(like=THEIRS, **who()),
        lambda: issuing.issue_vouchers(like=THEIRS, draft=True, **who()),
        lambda: issuing.create_and_register(like=THEIRS, customer=member("anna"), **who()),
        lambda: sell(a_line(), **SOLD),
        lambda: attempt(a_line(), **SOLD),
    ],
)
def test_p6_what_another_company_is_to_pay_for_is_not_made(lab: Lab, ask: Callable[[], object]) -> None:
    with pytest.raises(BadVoucher) as refused:
        ask()
    assert (refused.value.field, refused.value.rule) == ("funded_by", "own")
    assert booked(Account.Kind.VOUCHER_FUNDING, company=ZUID) == 0


def test_p6_what_the_company_itself_pays_for_is(lab: Lab) -> None:
    issued(like(MoneyValue(rest_minor=500), funded_by=MOLEN))
    assert booked(Account.Kind.VOUCHER_FUNDING) == -500


def test_p6_the_office_asks_for_nobody_elses_money(lab: Lab) -> None:
    told = {"kind": "money", "amount": "5", "count": "1", "batch": "x", "sale": "given", "funded_by": ZUID}
    answer = logged_in("molen").post("/office/vouchers/voucher/new/", told)
    assert answer.status_code == 302, answer.content.decode()
    assert set(Voucher.objects.filter(batch__name="x").values_list("funded_by", flat=True)) == {MOLEN}
    assert booked(Account.Kind.VOUCHER_FUNDING, company=ZUID) == 0
