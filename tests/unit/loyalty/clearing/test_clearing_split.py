"""Who paid which VAT rate, and what a reversal undoes: exact by lot, by rate and in all."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.clearing.entries import ClearingEntry, ClearingPool, IssuedLot, entries, mirrored, redeemed, returned
from loyalty.clearing.errors import ClearingError
from loyalty.clearing.split import Cell, Rate, split, take

RATES = st.sampled_from([None, 0, 900, 2100])
EUR = ClearingPool(pool="network", currency="EUR")


@st.composite
def payments(draw: st.DrawFn) -> tuple[dict[str, int], dict[Rate, int], int]:
    """Lots, the amounts by rate that they paid exactly, and what a point is worth."""
    lots = draw(st.dictionaries(st.sampled_from(["a", "b", "c", "d"]), st.integers(1, 5000), min_size=1))
    worth = draw(st.sampled_from([1, 1, 7, 100]))
    left, amounts = sum(lots.values()) * worth, dict[Rate, int]()
    for rate in draw(st.lists(RATES, unique=True, min_size=1)):
        amounts[rate] = draw(st.integers(0, left))
        left -= amounts[rate]
    amounts[rate] += left
    return lots, amounts, worth


@given(payments())
def test_x8_the_split_adds_up_by_lot_and_by_rate_to_the_cent(
    payment: tuple[dict[str, int], dict[Rate, int], int],
) -> None:
    lots, amounts, worth = payment
    cells = split(lots, amounts, point_value_minor=worth)
    by_rate: Counter[Rate] = Counter()
    by_lot: Counter[str] = Counter()
    points: Counter[str] = Counter()
    for cell in cells:
        by_rate[cell.rate_bp] += cell.value_minor
        by_lot[cell.lot] += cell.value_minor
        points[cell.lot] += cell.points
        assert cell.value_minor > 0
        exact = lots[cell.lot] * amounts[cell.rate_bp] / sum(lots.values())
        assert abs(cell.value_minor - exact) < len(lots) + 1
    assert by_rate == +Counter(amounts)
    assert points == Counter(lots)
    assert by_lot == Counter({lot: count * worth for lot, count in lots.items()})
    assert cells == split(dict(reversed(lots.items())), dict(reversed(amounts.items())), point_value_minor=worth)


@given(payments(), st.data())
def test_x8_reversals_in_any_parts_mirror_the_split_exactly(
    payment: tuple[dict[str, int], dict[Rate, int], int], data: st.DataObject
) -> None:
    lots, amounts, worth = payment
    cells = split(lots, amounts, point_value_minor=worth)
    issuers = {lot: f"issuer-{lot}" for lot in lots}
    left, before = dict(amounts), dict[tuple[str, Rate], int]()
    total: list[ClearingEntry] = list(entries(cells, issuers, taker="kiosk", pool=EUR))
    for last in (False, False, True):
        wanted = left if last else {rate: data.draw(st.integers(0, minor)) for rate, minor in left.items()}
        part = take(cells, before, wanted)
        assert all(cell.value_minor > 0 and cell.points >= 0 for cell in part)
        for cell in part:
            before[cell.lot, cell.rate_bp] = before.get((cell.lot, cell.rate_bp), 0) + cell.value_minor
        left = {rate: left[rate] - wanted[rate] for rate in left}
        total += returned(part, issuers, taker="kiosk", pool=EUR)
    rest: Counter[tuple[str, Rate]] = Counter()
    for entry in total:
        rest[entry.lot, entry.rate_bp] += entry.value_minor * 10**9 + entry.points
    assert not any(rest.values())


def test_equal_remainders_go_to_the_lower_rate_and_the_lower_lot() -> None:
    cells = split({"b": 1, "a": 1}, {2100: 1, 900: 1}, point_value_minor=1)
    assert cells == (
        Cell(lot="a", rate_bp=900, points=1, value_minor=1),
        Cell(lot="b", rate_bp=2100, points=1, value_minor=1),
    )


def test_p4_a_reward_is_owed_by_the_issuer_of_each_lot() -> None:
    lots = [IssuedLot(lot="a", issuer="bakery", points=30), IssuedLot(lot="b", issuer="florist", points=70)]
    owed = redeemed(lots, {None: 100}, taker="cinema", pool=EUR)
    assert [(one.issuer, one.taker, one.points, one.value_minor, one.rate_bp) for one in owed] == [
        ("bakery", "cinema", 30, 30, None),
        ("florist", "cinema", 70, 70, None),
    ]
    assert [mirrored(one).value_minor for one in owed] == [-30, -70]


@pytest.mark.parametrize(
    ("lots", "amounts", "field"),
    [
        ({"a": 5}, {900: 6}, "minor_by_rate"),
        ({"a": 5}, {900: 6, 2100: -1}, "minor_by_rate"),
        ({"a": 0}, {}, "points_by_lot"),
    ],
)
def test_points_that_do_not_pay_exactly_are_refused(lots: dict[str, int], amounts: dict[Rate, int], field: str) -> None:
    with pytest.raises(ClearingError) as refused:
        split(lots, amounts, point_value_minor=1)
    assert refused.value.field == field


def test_more_than_is_left_of_a_rate_is_refused() -> None:
    cells = split({"a": 5}, {900: 5}, point_value_minor=1)
    for wanted, before in (({900: 6}, 0), ({900: 3}, 3), ({2100: 1}, 0)):
        with pytest.raises(ClearingError, match="minor_by_rate"):
            take(cells, {("a", 900): before}, dict(wanted.items()))


def test_a_lot_twice_or_without_an_issuer_is_refused() -> None:
    lot = IssuedLot(lot="a", issuer="bakery", points=1)
    with pytest.raises(ClearingError, match="lots"):
        redeemed([lot, lot], {None: 2}, taker="cinema", pool=EUR)
    with pytest.raises(ClearingError, match="issuers"):
        returned([Cell(lot="a", rate_bp=None, points=1, value_minor=1)], {}, taker="cinema", pool=EUR)
