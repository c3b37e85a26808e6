"""Receipts are recorded once, for who is known, with everything that is wrong named by its field."""

from __future__ import annotations

import datetime as dt

import msgspec
import pytest

from backend_bridge.central.customers.models import Membership
from backend_bridge.central.ledger.models import Account, Cause, Transfer
from backend_bridge.central.sales.errors import BadSale, CustomerRefused, ReceiptUsedOtherwise
from backend_bridge.central.sales.models import Effect, Receipt
from backend_bridge.central.sales.request import Who
from backend_bridge.central.sales.services import record_sale, try_sale
from loyalty.benefits import PercentOff, PointsPerTurnover
from loyalty.evaluation.case import CardTender, CashTender, PointsTender
from loyalty.evaluation.errors import CaseError
from tests.unit.central.lab import BREAD, Lab, balance, card, member
from tests.unit.central.sales_shop import (
    BAR,
    MOLEN,
    NOW,
    attempt,
    line,
    lots,
    no_campaigns,
    pay,
    released,
    request,
    sell,
)

Kind = Account.Kind


def test_the_same_receipt_again_gets_the_same_answer_and_books_nothing(lab: Lab) -> None:
    first = sell(line(1, 1000), tenders=pay(100))
    before = Transfer.objects.count()
    again = sell(line(1, 1000), tenders=pay(100), at=NOW + dt.timedelta(hours=1))

    assert again.repeated
    assert msgspec.structs.replace(again, repeated=False) == first
    assert Transfer.objects.count() == before


@pytest.mark.parametrize("changed", [{"who": "bram"}, {"tenders": (CardTender(),)}, {"lines": (line(1, 999),)}])
def test_another_receipt_under_the_same_number_is_refused(lab: Lab, changed: dict[str, object]) -> None:
    sell(line(1, 1000))
    more = dict(changed)
    lines = more.pop("lines", (line(1, 1000),))
    with pytest.raises(ReceiptUsedOtherwise):
        sell(*lines, **more)  # type: ignore[misc,arg-type]
    assert Receipt.objects.count() == 1


def test_another_branch_may_use_the_number_too(lab: Lab) -> None:
    sell(line(1, 1000))
    assert not sell(line(1, 1000, "cocktails"), place=BAR).repeated


def test_a_try_says_the_same_and_writes_nothing(lab: Lab) -> None:
    causes = Cause.objects.count()
    tried = attempt(line(1, 1000), tenders=pay(100))

    assert (Cause.objects.count(), Receipt.objects.count(), balance("anna")) == (causes, 0, 640)
    assert tried.evaluation == sell(line(1, 1000), tenders=pay(100)).evaluation


def test_a_customer_is_found_by_card_or_pseudonym_and_comes_to_be_known(lab: Lab) -> None:
    for number, who in enumerate((Who(card=card("bram")), Who(member=member("bram")))):
        told = record_sale(
            company="kavarna-kaple",
            branch="kaple",
            request=msgspec.structs.replace(request(receipt=f"r-{number}"), who=who),
            by="x",
            at=NOW,
        )
        assert told.member == member("bram")
    assert Membership.objects.filter(company="kavarna-kaple", customer=member("bram")).exists()


@pytest.mark.parametrize(
    ("who", "rule"),
    [
        (Who(card="0" * 32), "known"),
        (Who(username="nobody"), "known"),
        (Who(member="0" * 32), "known"),
        (Who(), "one"),
        (Who(member="a", username="b"), "one"),
    ],
)
def test_who_is_not_known_buys_nothing(lab: Lab, who: Who, rule: str) -> None:
    with pytest.raises((CustomerRefused, BadSale)) as caught:
        try_sale(company=MOLEN[0], branch=MOLEN[1], request=msgspec.structs.replace(request(), who=who), at=NOW)
    assert caught.value.rule == rule


def test_a_blocked_card_buys_nothing(lab: Lab) -> None:
    asked = msgspec.structs.replace(request(), who=Who(card=card("blocked")))
    with pytest.raises(CustomerRefused) as caught:
        try_sale(company=MOLEN[0], branch=MOLEN[1], request=asked, at=NOW)
    assert (caught.value.field, caught.value.rule) == ("who.card", "blocked")


def test_without_a_customer_discounts_hold_and_nothing_is_awarded(lab: Lab) -> None:
    released("all", PercentOff(rate_bp=1000))
    told = sell(line(1, 1000), who=None)

    assert (told.evaluation.discount_minor, told.evaluation.awards, told.balances) == (100, (), {})
    assert Receipt.objects.get().customer is None


def test_p6_a_branch_of_another_company_is_not_there(lab: Lab) -> None:
    with pytest.raises(BadSale) as caught:
        sell(place=("de-molen", "zuid"))
    assert caught.value.field == "branch"


def test_what_contradicts_itself_is_named_and_nothing_is_booked(lab: Lab) -> None:
    with pytest.raises(CaseError) as caught:
        sell(line(1, 100), line(1, 200))
    assert caught.value.field == "receipt.lines[1].line"
    assert not Receipt.objects.exists()


def test_a_receipt_keeps_its_figures_the_versions_and_what_each_campaign_did(lab: Lab) -> None:
    released("tenth", PercentOff(rate_bp=1000))
    released("tenth", PercentOff(rate_bp=2000))
    sell(line(1, 1003), tenders=(PointsTender(pool=BREAD, points=300), CashTender()))
    row = Receipt.objects.get()

    assert (row.gross_minor, row.discount_minor, row.points_minor, row.paid_minor) == (1003, 201, 300, 500)
    assert (row.rounding_minor, row.open_minor, row.voucher_minor) == (-2, 0, 0)  # D2: 5.02 in cash is 5.00
    effects = Effect.objects.values_list("what", "source", "version", "minor", "points", "turnover_minor")
    assert set(effects) == {
        ("campaign_discount", "1-tenth", 2, 201, 0, 0),
        ("points_paid", BREAD, None, 300, 300, 0),
        ("awarded", "1-bread", 1, 0, 25, 502),
    }


def test_what_is_owed_is_filled_by_an_award_first(lab: Lab) -> None:
    from tests.unit.central.sales_shop import reverse

    no_campaigns()
    released("much", PointsPerTurnover(pool=BREAD, rate=10_000))
    sell(line(1, 1000), who="bram")  # 1000 points
    sell(line(1, 1080, "drinks"), who="bram", receipt="r-2", tenders=(PointsTender(pool=BREAD),))
    reverse("r-1")
    assert balance("bram") == -1000

    sell(line(1, 1200), who="bram", receipt="r-3")
    assert (balance("bram"), sum(lots("bram").values())) == (200, 200)


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"vouchers": ("",)}, "vouchers[0]"),
        ({"vouchers": tuple(f"{number:016x}" for number in range(101))}, "vouchers"),
        ({"tenders": (CardTender(),) * 51}, "tenders"),
    ],
)
def test_what_could_not_be_kept_is_refused_by_its_field(lab: Lab, told: dict[str, object], field: str) -> None:
    with pytest.raises(CaseError) as caught:
        sell(line(1, 100), **told)  # type: ignore[arg-type]
    assert caught.value.field == field


def test_a_receipt_has_lines_and_was_not_sold_tomorrow(lab: Lab) -> None:
    empty = msgspec.structs.replace(request(), receipt=msgspec.structs.replace(request().receipt, lines=()))
    tomorrow = NOW + dt.timedelta(days=1)
    for asked, happened_at, field in ((empty, None, "receipt.lines"), (request(), tomorrow, "happened_at")):
        with pytest.raises(BadSale) as caught:
            record_sale(company=MOLEN[0], branch=MOLEN[1], request=asked, by="x", at=NOW, happened_at=happened_at)
        assert caught.value.field == field
    assert not Receipt.objects.exists()


def test_who_has_not_joined_buys_without_points(lab: Lab) -> None:
    from backend_bridge.central.customers.models import Customer

    Customer.objects.filter(username="bram").update(standing="contact")
    with pytest.raises(CustomerRefused) as caught:
        sell(line(1, 100), who="bram")
    assert caught.value.rule == "joined"
