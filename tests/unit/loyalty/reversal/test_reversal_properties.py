"""What holds for every receipt and every way of reversing it: all parts together are exactly the whole."""

from __future__ import annotations

import contextlib
import random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loyalty.evaluation.case import Case
from loyalty.reversal.errors import MoreThanLeft, ReversedAlready
from loyalty.reversal.record import SoldReceipt
from loyalty.reversal.request import ReversalRequest, ReverseLine
from loyalty.reversal.result import Reversal
from loyalty.reversal.reverse import reverse
from tests.unit.loyalty.evaluation.strategies import CASES
from tests.unit.loyalty.reversal.till import WHOLE, figures_back, figures_sold, record, reversed_by

DICE = st.randoms(use_true_random=False)


def in_parts(sale: SoldReceipt, dice: random.Random) -> tuple[Reversal, ...]:
    """Some parts in any order, and then the rest."""
    done: tuple[Reversal, ...] = ()
    for _ in range(dice.randrange(6)):
        numbers = dice.sample([line.line for line in sale.lines], dice.randint(1, len(sale.lines)))
        gross = {line.line: line.gross_minor for line in sale.lines}
        wanted = tuple(_some_of(number, gross[number], dice) for number in numbers)
        with contextlib.suppress(MoreThanLeft, ReversedAlready):
            done = (*done, reverse(sale, done, ReversalRequest(lines=wanted)))
    return done if any(one.complete for one in done) else (*done, reverse(sale, done, WHOLE))


def _some_of(number: int, gross: int, dice: random.Random) -> ReverseLine:
    choice = dice.randrange(3)
    if choice == 0:
        return ReverseLine(line=number)
    if choice == 1:
        return ReverseLine(line=number, quantity=dice.randint(1, 2))
    return ReverseLine(line=number, gross_minor=dice.randint(1, max(1, gross // 2)))


@given(CASES)
def test_a_whole_reversal_returns_every_figure_of_the_receipt(case: Case) -> None:
    sale = record(case)
    (reversal,) = reversed_by(sale, WHOLE)
    assert figures_back((reversal,)) == +figures_sold(sale)
    assert reversal.complete
    assert reversal.rounding_minor == sale.evaluation.rounding_minor


@given(CASES, DICE)
@settings(max_examples=300)
def test_parts_in_any_order_add_up_exactly_to_the_whole(case: Case, dice: random.Random) -> None:
    sale = record(case)
    done = in_parts(sale, dice)
    assert figures_back(done) == +figures_sold(sale)
    assert sum(one.rounding_minor for one in done) == sale.evaluation.rounding_minor
    assert [one.complete for one in done] == [False] * (len(done) - 1) + [True]


@given(CASES, DICE)
def test_nothing_that_comes_back_is_below_zero_and_each_reversal_adds_up(case: Case, dice: random.Random) -> None:
    for reversal in in_parts(record(case), dice):
        _nothing_below_zero(msgspec.to_builtins(reversal))
        for line in reversal.lines:
            parts = line.discount_minor + line.voucher_minor + line.points_minor + line.paid_minor
            assert line.gross_minor == parts
        for vat in reversal.vat:
            taken_off = vat.discount_minor + vat.reduction_minor + vat.prepaid_minor
            assert vat.gross_minor == taken_off + vat.net_minor + vat.tax_minor
        money = sum(line.paid_minor for line in reversal.lines)
        assert money == reversal.open_minor + reversal.refund_minor - reversal.rounding_minor
        for points in reversal.points:
            assert sum(cell.value_minor for cell in points.cells) == points.minor
            assert sum(points.by_lot().values()) == points.points


def _nothing_below_zero(value: object, name: str = "") -> None:
    if isinstance(value, dict):
        for key, inner in value.items():
            _nothing_below_zero(inner, key)
    elif isinstance(value, list | tuple):
        for inner in value:
            _nothing_below_zero(inner, name)
    elif isinstance(value, int) and name != "rounding_minor":  # cash is rounded both ways
        assert value >= 0, name


@given(CASES, DICE)
def test_every_voucher_gets_its_use_back_exactly_once(case: Case, dice: random.Random) -> None:
    sale = record(case)
    done = in_parts(sale, dice)
    back = [(one.kind, one.id) for reversal in done for one in reversal.discounts if one.use_back]
    assert sorted(back) == sorted((one.kind, one.id) for one in sale.evaluation.discounts)
    vouchers = [one.voucher for reversal in done for one in reversal.vouchers if one.use_back]
    assert sorted(vouchers) == sorted(one.id for one in sale.evaluation.paid if one.type == "voucher")
    for given_by in (
        [one.campaign for reversal in done for one in reversal.awards if one.finished],
        [one.campaign for reversal in done for one in reversal.rebates if one.finished],
    ):
        assert len(given_by) == len(set(given_by))


@given(CASES, DICE)
def test_a_second_whole_reversal_is_refused_however_the_first_was_made(case: Case, dice: random.Random) -> None:
    sale = record(case)
    done = in_parts(sale, dice)
    for request in (WHOLE, ReversalRequest(lines=(ReverseLine(line=sale.lines[0].line),))):
        with pytest.raises(ReversedAlready, match="lines"):
            reverse(sale, done, request)


@given(CASES, DICE)
def test_a_record_and_its_reversals_survive_being_stored_as_json(case: Case, dice: random.Random) -> None:
    sale = record(case)
    kept = msgspec.json.decode(msgspec.json.encode(sale), type=SoldReceipt)
    for reversal in in_parts(kept, dice):
        assert msgspec.json.decode(msgspec.json.encode(reversal), type=Reversal) == reversal
    assert kept == sale
