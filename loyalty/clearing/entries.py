"""What one redemption, or its reversal, means between companies. Append-only: a reversal adds negatives."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated

import msgspec
from msgspec import Meta

from loyalty.bounds import Currency, Id, PointCount
from loyalty.clearing.errors import ClearingError
from loyalty.clearing.split import Cell, Rate, split


class ClearingPool(msgspec.Struct, frozen=True, kw_only=True):
    """What clearing knows of a pool: its currency, and what a point is worth."""

    pool: Id
    currency: Currency
    point_value_minor: Annotated[int, Meta(ge=1, le=10**6)] = 1


class IssuedLot(msgspec.Struct, frozen=True, kw_only=True):
    """Points of one lot that were spent, and the company that had given them."""

    lot: Id
    issuer: Id
    points: PointCount


class ClearingEntry(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """`issuer` owes `taker` `value_minor` for `points` that paid at one VAT rate; negative for a reversal."""

    issuer: str
    taker: str
    pool: str
    currency: str
    lot: str
    rate_bp: Rate
    points: int
    value_minor: int


def redeemed(
    lots: Iterable[IssuedLot], minor_by_rate: Mapping[Rate, int], *, taker: str, pool: ClearingPool
) -> tuple[ClearingEntry, ...]:
    """The entries of one payment with network points at `taker`.

    `minor_by_rate` is what the points paid for, by VAT rate; `{None: value}` for a reward. Raises
    `ClearingError` for a lot that is there twice, and where points and amounts do not agree.
    """
    lots = tuple(lots)
    issuers = {lot.lot: lot.issuer for lot in lots}
    if len(issuers) != len(lots):
        raise ClearingError("lots", "a lot is there twice")
    cells = split({lot.lot: lot.points for lot in lots}, minor_by_rate, point_value_minor=pool.point_value_minor)
    return entries(cells, issuers, taker=taker, pool=pool)


def returned(
    cells: Iterable[Cell], issuers: Mapping[str, str], *, taker: str, pool: ClearingPool
) -> tuple[ClearingEntry, ...]:
    """The entries of a reversal at `taker`, which are below zero: `cells` as `loyalty.reversal` names them."""
    return tuple(mirrored(entry) for entry in entries(cells, issuers, taker=taker, pool=pool))


def mirrored(entry: ClearingEntry) -> ClearingEntry:
    """The entry that undoes `entry` exactly."""
    return msgspec.structs.replace(entry, points=-entry.points, value_minor=-entry.value_minor)


def entries(
    cells: Iterable[Cell], issuers: Mapping[str, str], *, taker: str, pool: ClearingPool
) -> tuple[ClearingEntry, ...]:
    """The entries of `cells`; raises `ClearingError` for a lot without an issuer."""
    found = []
    for cell in cells:
        if cell.lot not in issuers:
            raise ClearingError("issuers", f"the issuer of lot {cell.lot!r} is missing")
        found.append(
            ClearingEntry(
                issuer=issuers[cell.lot],
                taker=taker,
                pool=pool.pool,
                currency=pool.currency,
                lot=cell.lot,
                rate_bp=cell.rate_bp,
                points=cell.points,
                value_minor=cell.value_minor,
            )
        )
    return tuple(found)
