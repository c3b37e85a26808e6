"""Money on vouchers, in the books: sold, used in parts, given back, paid back, and never twice."""

from __future__ import annotations

import pytest

from backend_bridge.central.acting import perform
from backend_bridge.central.errors import KeyUsedOtherwise
from backend_bridge.central.ledger.models import Account
from backend_bridge.central.vouchers.errors import BadVoucher, VoucherNotKnown, VoucherRefused
from backend_bridge.central.vouchers.services import changing, finding, issuing, using
from loyalty.acts.vouchers import LeftOver, VouchersIssued
from loyalty.benefits import FreeService, MoneyValue, PercentOff
from tests.unit.central.lab import Lab
from tests.unit.central.voucher_counter import (
    MOLEN,
    MULTI,
    SINGLE,
    ZUID,
    back,
    booked,
    bought,
    did,
    issued,
    like,
    told,
    use,
    who,
)

Kind = Account.Kind
pytestmark = pytest.mark.usefixtures("lab")


def test_v1_a_sold_amount_is_used_in_parts_and_the_rest_stays_on_it() -> None:
    voucher = bought(5000)
    assert (booked(Kind.TILL), booked(Kind.VOUCHER_MULTI)) == (-5000, 5000)

    first = use(voucher, 1250)
    assert (first.use, first.on_it_minor, first.state) == (1, 3750, "issued")
    last = use(voucher, 3750)

    assert (last.use, last.on_it_minor, last.state) == (2, 0, "redeemed")
    assert (booked(Kind.VOUCHER_MULTI), booked(Kind.SALES)) == (0, 5000)
    assert did(voucher) == ["sold", "used", "used"]


def test_v12_what_is_used_up_or_more_than_is_left_is_refused_with_the_rule() -> None:
    voucher = bought(5000)

    with pytest.raises(VoucherRefused, match="no more is used than is left") as more:
        use(voucher, 5001)
    assert (more.value.rule, more.value.refusal.have) == ("more_than_left", 5000)
    use(voucher, 5000)
    with pytest.raises(VoucherRefused) as again:
        use(voucher, 1)
    assert again.value.rule == "redeemed"
    assert booked(Kind.SALES) == 5000


def test_v12_the_same_request_again_is_one_use_and_another_under_its_key_is_refused() -> None:
    voucher = bought(5000)

    first, again = use(voucher, 1000, key="receipt-1"), use(voucher, 1000, key="receipt-1")

    assert first == again
    assert told(voucher).on_it_minor == 4000
    with pytest.raises(KeyUsedOtherwise):
        use(voucher, 2000, key="receipt-1")
    with pytest.raises(KeyUsedOtherwise):
        use(bought(5000), 1000, key="receipt-1")
    with pytest.raises(KeyUsedOtherwise):
        issuing.issue_vouchers(like=like(FreeService()), **who(key="receipt-1"))


def test_purposes_are_kept_apart_and_what_was_given_away_is_never_a_sale() -> None:
    single, given = bought(2000, sold=SINGLE), issued(like(MoneyValue(rest_minor=700)))
    assert (booked(Kind.VOUCHER_SINGLE), booked(Kind.VOUCHER_GIVEN)) == (2000, 700)
    assert booked(Kind.VOUCHER_FUNDING) == -700

    use(single, 500)
    use(given, 200)

    assert (booked(Kind.VOUCHER_SINGLE), booked(Kind.VOUCHER_GIVEN)) == (1500, 500)
    assert (booked(Kind.SALES), booked(Kind.VOUCHER_FUNDING)) == (500, -500)


def test_v4_a_sold_service_earns_its_price_use_by_use_and_gives_back_exactly_that() -> None:
    voucher = issued(like(FreeService(), uses=3), sold=MULTI, price_minor=10_000)

    assert [use(voucher).minor for _ in range(3)] == [3333, 3333, 3334]
    assert booked(Kind.SALES) == 10_000
    returned = back(voucher, 3)

    assert (returned.minor, returned.state, returned.uses_left) == (3334, "issued", 1)
    assert booked(Kind.VOUCHER_MULTI) == 3334
    with pytest.raises(VoucherRefused) as twice:
        back(voucher, 3)
    assert twice.value.rule == "more_than_used"


def test_a_use_is_given_back_in_parts_and_no_further() -> None:
    voucher = bought(5000)
    use(voucher, 5000)

    back(voucher, 1, 1500)
    assert told(voucher).state == "issued"
    back(voucher, 1)

    assert (told(voucher).on_it_minor, booked(Kind.SALES)) == (5000, 0)
    with pytest.raises(VoucherRefused) as refused:
        back(voucher, 1, 1)
    assert refused.value.rule == "more_than_used"
    with pytest.raises(BadVoucher) as unknown:
        back(voucher, 2)
    assert unknown.value.field == "number"


@pytest.mark.parametrize(("left_over", "till", "breakage"), [(LeftOver.REFUND, -2000, 0), (LeftOver.KEEP, -5000, 3000)])
def test_what_is_left_on_a_cancelled_voucher_is_paid_back_or_kept(
    left_over: LeftOver, till: int, breakage: int
) -> None:
    voucher = bought(5000)
    use(voucher, 2000)

    answer = changing.cancel_voucher(voucher=voucher, left_over=left_over, reason="lost", **who())

    assert (answer.state, answer.minor, answer.on_it_minor) == ("cancelled", 3000, 0)
    assert (booked(Kind.TILL), booked(Kind.BREAKAGE), booked(Kind.VOUCHER_MULTI)) == (till, breakage, 0)
    with pytest.raises(VoucherRefused) as refused:
        use(voucher, 1)
    assert refused.value.rule == "cancelled"


def test_a_cancelled_gift_goes_back_to_who_funded_it_whatever_is_asked() -> None:
    voucher = "00000000000000aa"
    act = VouchersIssued(vouchers=(voucher,), like=like(MoneyValue(rest_minor=700), funded_by=ZUID))
    perform(act, **who())
    assert booked(Kind.VOUCHER_FUNDING, company=ZUID) == -700

    changing.cancel_voucher(voucher=voucher, left_over=LeftOver.REFUND, **who())

    assert (booked(Kind.VOUCHER_FUNDING, company=ZUID), booked(Kind.TILL)) == (0, 0)


def test_a_draft_holds_nothing_until_it_is_sold() -> None:
    voucher = issued(like(MoneyValue(rest_minor=700)), draft=True)
    with pytest.raises(VoucherRefused) as refused:
        use(voucher, 1)
    assert (refused.value.rule, booked(Kind.VOUCHER_GIVEN)) == ("draft", 0)

    with pytest.raises(VoucherRefused) as cheap:
        issuing.issue_draft(voucher=voucher, sold=MULTI, price_minor=500, **who())
    assert cheap.value.rule == "face_value"
    issuing.issue_draft(voucher=voucher, sold=MULTI, price_minor=700, **who())

    assert (told(voucher).on_it_minor, booked(Kind.VOUCHER_MULTI)) == (700, 700)
    assert did(voucher) == ["drafted", "sold"]


def test_p6_another_companys_voucher_reads_as_if_there_were_none() -> None:
    voucher = bought(5000)
    stranger = who(company=ZUID)

    for refuse in (
        lambda: using.use_voucher(voucher=voucher, minor=1, **stranger),
        lambda: changing.cancel_voucher(voucher=voucher, **stranger),
        lambda: finding.voucher(company=ZUID, voucher=voucher),
        lambda: finding.history(company=ZUID, voucher=voucher),
        lambda: finding.voucher(company=MOLEN, voucher="0" * 16),
    ):
        with pytest.raises(VoucherNotKnown):
            refuse()
    assert finding.search(company=ZUID).vouchers == ()


@pytest.mark.parametrize(
    ("new", "field"),
    [
        (like(MoneyValue(rest_minor=-1)), "value.rest_minor"),
        (like(PercentOff(rate_bp=10_001)), "value.rate_bp"),
        (like(FreeService(), branches=("zuid",)), "branches"),
        (like(FreeService(), owner="nobody"), "owner"),
        (like(FreeService(), funded_by="nobody"), "funded_by"),
        (like(FreeService(), funded_by=ZUID), "funded_by"),
        (like(FreeService(), company=ZUID), "company"),
    ],
)
def test_what_cannot_be_issued_names_the_field(new: object, field: str, lab: Lab) -> None:
    with pytest.raises(BadVoucher) as refused:
        issuing.issue_vouchers(like=new, **who())  # type: ignore[arg-type]  # parametrize knows no types
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("more", "field"),
    [({"batch": "x" * 61}, "batch"), ({"receipt": "x" * 65}, "receipt"), ({"channel": "x" * 21}, "channel")],
)
def test_what_no_act_can_carry_names_the_field(more: dict[str, str], field: str, lab: Lab) -> None:
    with pytest.raises(BadVoucher) as refused:
        issuing.issue_vouchers(like=like(FreeService()), **more, **who())  # type: ignore[arg-type]  # parametrized
    assert refused.value.field == field


@pytest.mark.parametrize("voucher", ["", "\x00", "0" * 17, "'; --", "ABCDEF0123456789"])
def test_what_cannot_be_an_id_is_not_known(voucher: str, lab: Lab) -> None:
    for refuse in (
        lambda: use(voucher, 1),
        lambda: finding.history(company=MOLEN, voucher=voucher),
        lambda: changing.cancel_voucher(voucher=voucher, **who()),
        lambda: issuing.issue_draft(voucher=voucher, **who()),
    ):
        with pytest.raises(VoucherNotKnown):
            refuse()
