"""What is written down of each redemption of network points, and of its reversal."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import DatabaseError, connection, transaction

from backend_bridge.central.clearing import lines
from backend_bridge.central.clearing.closing import close_month
from backend_bridge.central.clearing.models import ClearingLine, ClearingMonth
from backend_bridge.central.clearing.statements import statement_of
from backend_bridge.central.errors import AppendOnly, BooksError
from backend_bridge.central.ledger.models import Cause
from backend_bridge.central.organisation.models import Pool
from loyalty.benefits import PointsPerTurnover
from loyalty.campaigns.campaign import Campaign
from loyalty.clearing.rendering import as_csv, as_json
from loyalty.clearing.split import Cell
from loyalty.evaluation.case import Balance, Case, PointsTender, PoolTerms, SpendableLot
from loyalty.evaluation.evaluate import evaluate
from loyalty.receipts.receipt import Branch, Customer, Line, Receipt
from loyalty.reversal.points import cells_of
from loyalty.reversal.record import SoldReceipt, sold_receipt
from loyalty.reversal.request import ReversalRequest, ReverseLine
from loyalty.reversal.reverse import reverse
from tests.unit.central.clearing_house import (
    AMSTERDAM,
    APRIL_2,
    GIVEN_BY,
    MARCH,
    MOLEN,
    ZUID,
    give_back,
    network,
    posted,
    spend,
)
from tests.unit.central.lab import BREAD, NETWORK, Lab

ANNAS = GIVEN_BY[ZUID][1]
#: On PostgreSQL the application's role may not even try.
REFUSED_BY_DATABASE = "append-only|permission denied"


def at(text: str) -> dt.datetime:
    """An instant."""
    return dt.datetime.fromisoformat(text)


def told() -> list[tuple[str, str, str, int | None, int]]:
    """The lines, short."""
    rows = ClearingLine.objects.order_by("pk")
    return [(one.month, one.issuer_id, one.taker_id, one.rate_bp, one.value_minor) for one in rows]


def spend_and_fail(key: str) -> None:
    """A cause that notes a spend, and then raises."""
    with posted(key, company=MOLEN, at=MARCH) as posting:
        assert lines.record(posting, pool=network(), cells=lines.reward_cells(network(), [(ANNAS, 1)])) == 1
        raise RuntimeError


def sold_for_points() -> SoldReceipt:
    """Anna pays a receipt with two VAT rates with 300 network points that the bar had given."""
    case = Case(
        at=MARCH,
        branch=Branch(branch="utrecht-centraal", company=MOLEN, currency="EUR", timezone=AMSTERDAM, country="NL"),
        customer=Customer(customer="anna"),
        pools=(PoolTerms(pool=NETWORK, currency="EUR"),),
        balances=(Balance(pool=NETWORK, points=1240, lots=(SpendableLot(lot=ANNAS, points=300, issuer=ZUID),)),),
        tenders=(PointsTender(pool=NETWORK, points=300),),
        campaigns=(Campaign(campaign="c", company=MOLEN, benefit=PointsPerTurnover(pool=NETWORK, rate=100)),),
        receipt=Receipt(
            receipt="bon-7",
            lines=(
                Line(line=1, article="bread", gross_minor=400, vat_rate_bp=900),
                Line(line=2, article="mug", gross_minor=800, vat_rate_bp=2100),
            ),
        ),
    )
    return sold_receipt(case, case.rules(), evaluate(case))


def test_p4_x8_network_points_of_a_sale_are_cleared_by_vat_rate(lab: Lab) -> None:
    sale = sold_for_points()
    spend("sale-1", issuer=ZUID, taker=MOLEN, count=300, cells=cells_of(sale, 0))

    assert told() == [("2026-03", ZUID, MOLEN, 900, 100), ("2026-03", ZUID, MOLEN, 2100, 200)]
    [first, *_] = ClearingLine.objects.order_by("pk")
    assert (first.reference, first.receipt, first.lot_id) == ("sale-1", "bon-sale-1", ANNAS)


def test_x8_a_reversal_by_line_clears_that_lines_rate_back_and_the_rest_all(lab: Lab) -> None:
    sale = sold_for_points()
    spend("sale-1", issuer=ZUID, taker=MOLEN, count=300, cells=cells_of(sale, 0))
    first = reverse(sale, (), ReversalRequest(lines=(ReverseLine(line=2),)))
    second = reverse(sale, (first,), ReversalRequest())
    for number, reversal in enumerate((first, second)):
        cells = reversal.points[0].cells
        give_back(f"back-{number}", reference="sale-1", issuer=ZUID, taker=MOLEN, cells=cells, at=MARCH)

    assert told()[2:] == [("2026-03", ZUID, MOLEN, 2100, -200), ("2026-03", ZUID, MOLEN, 900, -100)]
    assert [pair.net_minor for pair in statement_of(MOLEN, "2026-03").pairs] == [0]


def test_p4_points_taken_by_their_own_issuer_are_traced_and_are_no_debt(lab: Lab) -> None:
    spend("own", issuer=ZUID, taker=ZUID, count=50)

    assert told() == [("2026-03", ZUID, ZUID, None, 50)]
    assert statement_of(ZUID, "2026-03").redemptions == ()
    assert close_month("2026-03", programme="tapbon", by="test", at=APRIL_2).netted == ()


def test_p3_a_companys_own_points_are_never_cleared(lab: Lab) -> None:
    bread = Pool.objects.get(pk=BREAD)
    with posted("bread", company=MOLEN, at=MARCH) as posting:
        cells = lines.reward_cells(bread, [("opening-vera-0", 10)])
        assert lines.record(posting, pool=bread, cells=cells) == 0

    assert told() == []


def test_p5_the_month_is_that_of_the_branchs_wall_clock(lab: Lab) -> None:
    spend("late", issuer=ZUID, taker=MOLEN, count=1, at=at("2026-04-01T00:10:00+02:00"))
    spend("early", issuer=ZUID, taker=MOLEN, count=1, at=at("2026-03-31T23:50:00+02:00"))

    assert [month for month, *_ in told()] == ["2026-04", "2026-03"]
    assert ClearingLine.objects.get(reference="late").happened_at.astimezone(dt.UTC).day == 31


def test_x8_what_arrives_late_counts_in_the_first_open_month_and_keeps_its_own_time(lab: Lab) -> None:
    spend("first", issuer=ZUID, taker=MOLEN, count=10)
    close_month("2026-03", programme="tapbon", by="test", at=APRIL_2)
    spend("late", issuer=ZUID, taker=MOLEN, count=5, at=APRIL_2, happened_at=MARCH)

    late = ClearingLine.objects.get(reference="late")
    assert (late.month, late.happened_at) == ("2026-04", MARCH)


def test_x8_reversing_what_is_cleared_already_goes_into_the_open_month(lab: Lab) -> None:
    spend("sale-1", issuer=ZUID, taker=MOLEN, count=100)
    close_month("2026-03", programme="tapbon", by="test", at=APRIL_2)
    closed = [(as_csv(statement_of(one, "2026-03")), as_json(statement_of(one, "2026-03"))) for one in (MOLEN, ZUID)]
    cell = Cell(lot=ANNAS, rate_bp=None, points=40, value_minor=40)
    give_back("back", reference="sale-1", issuer=ZUID, taker=MOLEN, cells=[cell], at=APRIL_2)

    assert told() == [("2026-03", ZUID, MOLEN, None, 100), ("2026-04", ZUID, MOLEN, None, -40)]
    assert [(as_csv(statement_of(one, "2026-03")), as_json(statement_of(one, "2026-03"))) for one in (MOLEN, ZUID)] == (
        closed
    )


def test_a_redemption_that_is_undone_is_cleared_back_as_a_whole_and_once(lab: Lab) -> None:
    spend("reward", issuer=ZUID, taker=MOLEN, count=100)
    cell = Cell(lot=ANNAS, rate_bp=None, points=40, value_minor=40)
    give_back("back", reference="reward", issuer=ZUID, taker=MOLEN, cells=[cell], at=MARCH)
    for key, made in (("undo", 1), ("again", 0)):
        with posted(key, company=MOLEN, at=MARCH) as posting:
            assert lines.record_undone(posting, reference="reward", timezone=AMSTERDAM) == made

    assert [row[-1] for row in told()] == [100, -40, -60]


def test_no_more_is_cleared_back_than_was_cleared(lab: Lab) -> None:
    spend("reward", issuer=ZUID, taker=MOLEN, count=100)
    for cell in (
        Cell(lot=ANNAS, rate_bp=None, points=101, value_minor=101),
        Cell(lot=ANNAS, rate_bp=900, points=1, value_minor=1),
        Cell(lot=GIVEN_BY[MOLEN][1], rate_bp=None, points=1, value_minor=1),
    ):
        with pytest.raises(BooksError, match="more is returned"), posted("back", company=MOLEN, at=MARCH) as posting:
            lines.record_returned(posting, pool=network(), cells=[cell], reference="reward")
    with pytest.raises(BooksError, match="not cleared"), posted("back", company=MOLEN, at=MARCH) as posting:
        lines.record_returned(posting, pool=network(), cells=[], reference="nothing")

    assert len(told()) == 1


def test_p5_a_debt_that_is_filled_is_a_spend_at_the_company_it_is_owed_to(lab: Lab) -> None:
    with posted("filled", company=ZUID, at=MARCH) as posting:
        cells = lines.reward_cells(network(), [(ANNAS, 30), (ANNAS, 5)])
        lines.record(posting, pool=network(), cells=cells, taker=MOLEN)

    assert told() == [("2026-03", ZUID, MOLEN, None, 35)]


def test_a_spend_that_fails_leaves_no_line(lab: Lab) -> None:
    with pytest.raises(BooksError):
        spend("too-much", issuer=ZUID, taker=MOLEN, count=5000)
    with pytest.raises(RuntimeError):
        spend_and_fail("broken")

    assert told() == []
    assert not Cause.objects.filter(key__in=["too-much", "broken"]).exists()


def test_lines_and_closed_months_are_append_only_also_for_the_database(lab: Lab) -> None:
    spend("reward", issuer=ZUID, taker=MOLEN, count=100)
    close_month("2026-03", programme="tapbon", by="test", at=APRIL_2)
    for model in (ClearingLine, ClearingMonth):
        row = model.objects.get()
        for attempt in (row.save, row.delete, model.objects.all().delete):
            with pytest.raises(AppendOnly):
                attempt()
        table = model._meta.db_table
        for statement in (f"UPDATE {table} SET month = '2026-09'", f"DELETE FROM {table}"):  # noqa: S608  (of this test)
            with pytest.raises(DatabaseError, match=REFUSED_BY_DATABASE), connection.cursor() as cursor:
                cursor.execute(statement)


def test_not_even_sql_puts_a_line_into_a_closed_month(lab: Lab) -> None:
    spend("reward", issuer=ZUID, taker=MOLEN, count=100)
    row = ClearingLine.objects.get()
    close_month("2026-03", programme="tapbon", by="test", at=APRIL_2)
    for month, refused in (("2026-03", True), ("2025-12", True), ("2026-04", False)):
        copy = ClearingLine(**{field.attname: getattr(row, field.attname) for field in row._meta.fields})
        copy.pk, copy.month = None, month
        with transaction.atomic():
            if not refused:
                copy.save()
                continue
            with pytest.raises(DatabaseError, match="this month is closed"), transaction.atomic():
                copy.save()

    assert [month for month, *_ in told()] == ["2026-03", "2026-04"]
