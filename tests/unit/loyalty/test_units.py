"""Money and points: whole numbers that keep to their unit."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from loyalty.errors import UnitMismatch
from loyalty.units import Money, Points


def test_amounts_of_one_unit_add_and_subtract() -> None:
    assert Money(150, "EUR") + Money(-50, "EUR") == Money(100, "EUR")
    assert Points(10, "town") - Points(12, "town") == Points(-2, "town")


@pytest.mark.parametrize(
    "mixing",
    [
        lambda: Money(1, "EUR") + Money(1, "CZK"),
        lambda: Money(1, "EUR") - Money(1, "DKK"),
        lambda: Points(1, "town") + Points(1, "bakery"),
        lambda: Points(1, "town") - Points(1, "bakery"),
    ],
)
def test_mixing_units_raises(mixing: Callable[[], object]) -> None:
    with pytest.raises(UnitMismatch):
        mixing()


def test_cents_are_never_added_to_points() -> None:
    with pytest.raises((UnitMismatch, AttributeError, TypeError)):
        Money(1, "EUR") + Points(1, "EUR")  # type: ignore[operator]


def test_equal_numbers_of_different_units_are_not_equal() -> None:
    assert Points(5, "town") != Points(5, "bakery")
    assert Money(5, "EUR") != Money(5, "CZK")


def test_points_are_worth_what_the_pool_says() -> None:
    assert Points(250, "town").value(point_value_minor=2, currency="CZK") == Money(500, "CZK")


def test_a_currency_that_is_not_known_has_no_exponent() -> None:
    assert Money(1, "EUR").exponent == 2
    with pytest.raises(UnitMismatch):
        _ = Money(1, "XXX").exponent
