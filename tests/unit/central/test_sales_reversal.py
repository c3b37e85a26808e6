"""Reversals: everything goes back where it came from, exactly, whole or in parts, and never twice."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend_bridge.central.errors import KeyUsedOtherwise
from backend_bridge.central.ledger.models import Account, Lot, Transfer
from backend_bridge.central.sales.errors import BadSale, ReceiptNotKnown
from backend_bridge.central.sales.expiring import expire_lots
from backend_bridge.central.sales.models import Effect, Receipt, Reversal
from backend_bridge.central.sales.request import ReverseRequest
from backend_bridge.central.sales.returning import reverse_sale
from loyalty.benefits import AmountOff, PercentOff
from loyalty.campaigns.campaign import Limits
from loyalty.evaluation.errors import CaseError
from loyalty.reversal.errors import MoreThanLeft, ReversedAlready, UnknownLine
from loyalty.reversal.request import ReverseLine
from tests.unit.central.lab import BREAD, NETWORK, Lab, balance, member
from tests.unit.central.sales_shop import (
    BAR,
    NOW,
    booked,
    left_in,
    line,
    lots,
    no_campaigns,
    pay,
    released,
    reverse,
    sell,
    state,
)

Kind = Account.Kind
HOUR = dt.timedelta(hours=1)


def test_a_whole_receipt_goes_back_to_the_point(lab: Lab) -> None:
    released("some", AmountOff(amount_minor=100), limits=Limits(budget=1000, uses=5, uses_per_customer=2))
    sell(line(1, 10), receipt="first")  # makes the stocks
    before, effects = state(), Effect.objects.count()
    sell(line(1, 1000), line(2, 500, "drinks"), tenders=pay(300))
    assert state() != before

    told = reverse()
    assert state() == before
    assert (told.reversal.complete, told.reversal.refund_minor, told.owed, told.forgiven) == (True, 1100, 0, 0)
    by_source = Effect.objects.filter(receipt__number="r-1").values_list("what", "minor", "points", "turnover_minor")
    assert Effect.objects.count() > effects
    for what in {row[0] for row in by_source}:
        figures = zip(*[row[1:] for row in by_source if row[0] == what], strict=True)
        assert [sum(column) for column in figures] == [0, 0, 0]


def test_a_receipt_is_reversed_once_and_the_same_request_gets_the_same_answer(lab: Lab) -> None:
    sell(line(1, 1000))
    first = reverse(key="k")
    again = reverse(key="k")

    assert again.repeated
    assert again.reversal == first.reversal
    assert balance("anna") == 640
    with pytest.raises(ReversedAlready):
        reverse(key="other")
    with pytest.raises(KeyUsedOtherwise):
        reverse("r-1", ReverseLine(line=1), key="k")
    assert Reversal.objects.count() == 1


def test_p6_another_companys_receipt_is_not_there(lab: Lab) -> None:
    sell(line(1, 1000))
    for place in (BAR, ("cocktailbar-zuid", "utrecht-centraal")):
        with pytest.raises(ReceiptNotKnown):
            reverse(place=place)


def test_by_line_and_by_piece_the_parts_come_to_exactly_the_receipt(lab: Lab) -> None:
    before = state()
    sell(line(1, 999, quantity=3), line(2, 777, "drinks"), tenders=pay(101))
    refunds = [
        reverse("r-1", ReverseLine(line=1, quantity=1)).reversal,
        reverse("r-1", ReverseLine(line=2, gross_minor=400)).reversal,
        reverse("r-1", ReverseLine(line=1), ReverseLine(line=2, gross_minor=1)).reversal,
        reverse().reversal,
    ]
    receipt = Receipt.objects.get()

    assert state() == before
    assert sum(one.refund_minor for one in refunds) == receipt.paid_minor
    assert sum(one.rounding_minor for one in refunds) == receipt.rounding_minor
    assert [one.complete for one in refunds] == [False, False, False, True]
    assert list(Reversal.objects.order_by("number").values_list("number", flat=True)) == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("part", "error"),
    [
        (ReverseLine(line=9), UnknownLine),
        (ReverseLine(line=1, quantity=4), MoreThanLeft),
        (ReverseLine(line=1, gross_minor=1000), MoreThanLeft),
    ],
)
def test_more_than_was_sold_is_refused(lab: Lab, part: ReverseLine, error: type[Exception]) -> None:
    sell(line(1, 999, quantity=3))
    before = state()
    with pytest.raises(error):
        reverse("r-1", part)
    assert state() == before


def test_spent_points_return_to_their_lots_with_their_old_expiry(lab: Lab) -> None:
    soon = NOW + HOUR
    Lot.objects.filter(pk="opening-anna-0").update(expires_at=soon)
    sell(line(1, 600, "drinks"), tenders=pay())
    assert lots("anna") == {"opening-anna-1": 40}
    reverse()

    assert lots("anna") == {"opening-anna-0": 440, "opening-anna-1": 200}
    assert Lot.objects.get(pk="opening-anna-0").expires_at == soon


def test_points_return_to_a_lot_that_has_run_out_meanwhile_and_run_out_again(lab: Lab) -> None:
    Lot.objects.filter(pk="opening-anna-0").update(expires_at=NOW + HOUR)
    sell(line(1, 300, "drinks"), tenders=pay())
    assert expire_lots(at=NOW + HOUR) == 140
    reverse(at=NOW + 2 * HOUR)
    assert lots("anna")["opening-anna-0"] == 300

    assert expire_lots(at=NOW + 3 * HOUR) == 300
    assert expire_lots(at=NOW + 3 * HOUR) == 0
    assert (balance("anna"), booked(Kind.BREAKAGE, BREAD)) == (200, 440)


def test_clearing_is_taken_back_by_lot_and_rate(lab: Lab) -> None:
    from backend_bridge.central.clearing.models import ClearingLine

    sell(line(1, 600), line(2, 400, "books", vat_rate_bp=2100), tenders=pay(500, NETWORK))
    reverse("r-1", ReverseLine(line=2))
    reverse()

    rows = ClearingLine.objects.order_by("pk").values_list("rate_bp", "points", "value_minor")
    assert list(rows) == [(900, 300, 300), (2100, 200, 200), (2100, -200, -200), (900, -300, -300)]
    assert (balance("anna", NETWORK), lots("anna", NETWORK)) == (1240, {"opening-anna-2": 1240})


def test_limits_come_back_with_the_last_of_what_used_them(lab: Lab) -> None:
    no_campaigns()
    released("part", PercentOff(rate_bp=1000), limits=Limits(budget=1000, uses=3))
    sell(line(1, 1000), line(2, 1000))
    reverse("r-1", ReverseLine(line=1))
    assert (left_in("1-part/budget/"), left_in("1-part/uses/")) == (900, 2)
    reverse()
    assert (left_in("1-part/budget/"), left_in("1-part/uses/")) == (1000, 3)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_parts_in_any_order_leave_the_books_as_they_were(lab: Lab, data: st.DataObject) -> None:
    sequence = Receipt.objects.count()
    number = f"any-{sequence}"
    before = state()
    lines = [
        line(1, data.draw(st.integers(1, 3000)), quantity=data.draw(st.integers(1, 4))),
        line(2, data.draw(st.integers(1, 3000)), "drinks", vat_rate_bp=2100),
    ]
    sell(*lines, receipt=number, tenders=pay(data.draw(st.integers(0, 500))))
    complete = False
    for _step in range(3):
        if complete:
            break
        part = ReverseLine(line=data.draw(st.sampled_from([1, 2])), gross_minor=data.draw(st.integers(1, 1000)))
        try:
            complete = reverse(number, part).reversal.complete
        except (MoreThanLeft, ReversedAlready):
            continue
    if not complete:
        assert reverse(number).reversal.complete
    assert state() == before
    receipt = Receipt.objects.get(number=number)
    assert sum(one.paid_minor for one in receipt.reversals.all()) == -receipt.paid_minor


def test_a_reversed_receipt_of_nobody_books_no_points(lab: Lab) -> None:
    sell(line(1, 1000), who=None)
    told = reverse()
    assert (told.reversal.refund_minor, told.owed) == (1000, 0)
    assert not Transfer.objects.filter(kind="reversed").exists()


def test_two_reversals_are_numbered_and_keep_who_and_why(lab: Lab) -> None:
    sell(line(1, 1000, quantity=2))
    for _time in range(2):
        reverse("r-1", ReverseLine(line=1, quantity=1))
    rows = Reversal.objects.order_by("number").values_list("number", "by", "gross_minor", "complete", "policy")
    assert list(rows) == [(1, "staff:test", -500, False, "absorb"), (2, "staff:test", -500, True, "absorb")]
    assert member("anna") == Receipt.objects.get().customer_id


def test_a_key_and_a_reason_that_could_not_be_kept_are_refused(lab: Lab) -> None:
    sell(line(1, 1000))
    for key in ("", "k" * 65):
        with pytest.raises(BadSale):
            reverse(key=key)
    long = ReverseRequest(receipt="r-1", reason="x" * 201)
    with pytest.raises(CaseError) as caught:
        reverse_sale(company="de-molen", branch="utrecht-centraal", request=long, key="k", by="x", at=NOW)
    assert caught.value.field == "reason"
