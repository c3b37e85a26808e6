"""Amounts with their unit: money in minor units of a currency, points in a pool.

Integers only. Adding or comparing two different units raises, so that cents are never added to
points, nor the points of one company to those of another.
"""

from __future__ import annotations

from typing import TypeVar

import msgspec

from loyalty.errors import UnitMismatch

AnyAmount = TypeVar("AnyAmount")

#: How many decimals a currency has (ISO 4217), for the currencies that branches use so far.
EXPONENTS = {"EUR": 2, "CZK": 2, "DKK": 2, "GBP": 2}


class Money(msgspec.Struct, frozen=True):
    """An amount of `minor` units (cents, haléře, øre) of an ISO 4217 `currency`."""

    minor: int
    currency: str

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + _same(other, self.currency, other.currency).minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - _same(other, self.currency, other.currency).minor, self.currency)

    @property
    def exponent(self) -> int:
        """The number of decimals of the currency; raises `UnitMismatch` for an unknown one."""
        try:
            return EXPONENTS[self.currency]
        except KeyError:
            raise UnitMismatch(f"currency {self.currency!r} is not known here") from None


class Points(msgspec.Struct, frozen=True):
    """A whole number of points of one `pool`."""

    count: int
    pool: str

    def __add__(self, other: Points) -> Points:
        return Points(self.count + _same(other, self.pool, other.pool).count, self.pool)

    def __sub__(self, other: Points) -> Points:
        return Points(self.count - _same(other, self.pool, other.pool).count, self.pool)

    def value(self, *, point_value_minor: int, currency: str) -> Money:
        """What these points are worth, at `point_value_minor` minor units for one point (P7)."""
        return Money(self.count * point_value_minor, currency)


def _same(other: AnyAmount, unit: str, other_unit: str) -> AnyAmount:
    if unit != other_unit:
        raise UnitMismatch(f"{other_unit} cannot be combined with {unit}")
    return other
