"""Which lot paid how much of which VAT rate: every lot and every rate add up exactly.

A payment takes points of several lots and pays for lines of several rates; nobody can say which point
bought which line. So each lot pays for each rate in proportion, by largest remainder.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from loyalty.allocation import allocate, half_up
from loyalty.clearing.errors import ClearingError

#: A VAT rate in hundredths of a percent; None where there is no line that has one (a reward, a debt).
Rate = int | None


class Cell(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What the points of one lot paid for at one VAT rate."""

    lot: str
    rate_bp: Rate
    points: int
    value_minor: int


def split(
    points_by_lot: Mapping[str, int], minor_by_rate: Mapping[Rate, int], *, point_value_minor: int
) -> tuple[Cell, ...]:
    """The parts of one payment with points, in the order of lots and rates, without empty ones.

    Per lot they add up to its points and their value, per rate to `minor_by_rate`. Ties go to the lower
    rate, then to the lower lot. Raises `ClearingError` where the points do not pay exactly the amounts.
    """
    _check(points_by_lot, minor_by_rate, point_value_minor)
    rates = sorted(minor_by_rate, key=rate_order)
    left = [minor_by_rate[rate] for rate in rates]
    cells = []
    for lot in sorted(points_by_lot):
        # By what the lots before have left of each rate: never more than that, and the last takes it all.
        values = allocate(points_by_lot[lot] * point_value_minor, left)
        counts = allocate(points_by_lot[lot], values) if any(values) else values
        left = [before - value for before, value in zip(left, values, strict=True)]
        cells += [
            Cell(lot=lot, rate_bp=rate, points=points, value_minor=value)
            for rate, points, value in zip(rates, counts, values, strict=True)
            if value
        ]
    return tuple(cells)


def take(
    cells: tuple[Cell, ...], before: Mapping[tuple[str, Rate], int], minor_by_rate: Mapping[Rate, int]
) -> tuple[Cell, ...]:
    """The part of `cells` that comes back when `minor_by_rate` of what they paid is reversed.

    `before` is the value of each (lot, rate) that came back earlier. By value each rate is exact; the
    points of a cell are rounded half up over all its parts together, so that all parts together are
    exactly the cell. Raises `ClearingError` for more than is left of a rate.
    """
    taken = []
    for rate in sorted(minor_by_rate, key=rate_order):
        column = [cell for cell in cells if cell.rate_bp == rate]
        left = [cell.value_minor - before.get((cell.lot, rate), 0) for cell in column]
        if not 0 <= minor_by_rate[rate] <= sum(left):
            raise ClearingError("minor_by_rate", f"{minor_by_rate[rate]} of {sum(left)} at the rate {rate} is wanted")
        for cell, value in zip(column, allocate(minor_by_rate[rate], left) if column else (), strict=True):
            if value:
                taken.append(_part(cell, before.get((cell.lot, rate), 0), value))
    return tuple(sorted(taken, key=lambda cell: (cell.lot, rate_order(cell.rate_bp))))


def rate_order(rate: Rate) -> int:
    """For sorting: no rate first, then the lower ones."""
    return -1 if rate is None else rate


def _part(cell: Cell, before: int, value: int) -> Cell:
    points = half_up(cell.points * (before + value), cell.value_minor) - half_up(cell.points * before, cell.value_minor)
    return Cell(lot=cell.lot, rate_bp=cell.rate_bp, points=points, value_minor=value)


def _check(points_by_lot: Mapping[str, int], minor_by_rate: Mapping[Rate, int], point_value_minor: int) -> None:
    if point_value_minor < 1:
        raise ClearingError("point_value_minor", f"a point is worth at least 1 minor unit, not {point_value_minor}")
    if any(points < 1 for points in points_by_lot.values()):
        raise ClearingError("points_by_lot", "at least one point of each lot is wanted")
    if any(minor < 0 for minor in minor_by_rate.values()):
        raise ClearingError("minor_by_rate", "no amount is below zero")
    worth, paid = sum(points_by_lot.values()) * point_value_minor, sum(minor_by_rate.values())
    if worth != paid:
        raise ClearingError("minor_by_rate", f"the points are worth {worth}, the lines that they paid {paid}")
