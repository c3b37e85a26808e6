"""Dividing an amount among lines: the largest remainder, ties to the lower line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.allocation import allocate, half_up

WEIGHTS = st.lists(st.integers(0, 10**6), min_size=1, max_size=30)


def test_ties_go_to_the_lower_line() -> None:
    assert allocate(1, [5, 5, 5]) == [1, 0, 0]
    assert allocate(2, [5, 5, 5]) == [1, 1, 0]
    assert allocate(100, [1, 1, 1]) == [34, 33, 33]


def test_the_largest_remainder_comes_before_the_lower_line() -> None:
    assert allocate(10, [14, 33, 53]) == [2, 3, 5]
    assert allocate(1, [1, 2]) == [0, 1]


@given(WEIGHTS, st.data())
def test_parts_add_up_and_none_is_above_its_weight(weights: list[int], data: st.DataObject) -> None:
    total = data.draw(st.integers(0, sum(weights)))
    parts = allocate(total, weights)
    assert sum(parts) == total
    assert all(0 <= part <= weight for part, weight in zip(parts, weights, strict=True))


@given(WEIGHTS.filter(any), st.data())
def test_no_part_is_a_whole_unit_away_from_its_exact_share(weights: list[int], data: st.DataObject) -> None:
    total = data.draw(st.integers(0, sum(weights)))
    parts = allocate(total, weights)
    assert all(
        abs(part * sum(weights) - total * weight) < sum(weights) for part, weight in zip(parts, weights, strict=True)
    )


@pytest.mark.parametrize(("total", "weights"), [(1, []), (1, [0, 0]), (-1, [5])])
def test_what_nothing_can_carry_raises(total: int, weights: list[int]) -> None:
    with pytest.raises(ValueError, match="cannot be divided"):
        allocate(total, weights)


def test_halves_are_rounded_up() -> None:
    assert [half_up(one, 2) for one in range(5)] == [0, 1, 1, 2, 2]
