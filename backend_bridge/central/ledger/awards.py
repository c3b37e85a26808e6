"""New lots: points that a company gives to a member."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import msgspec

from backend_bridge.central.ledger import accounts, books
from backend_bridge.central.ledger.models import Account, Lot, Transfer


class Award(msgspec.Struct, frozen=True, kw_only=True):
    """`points` of `pool` from `issuer` to `member`, as the new lot `lot`."""

    lot: str
    member: str
    pool: str
    points: int
    issuer: str
    company: str
    origin: str = "earned"
    expires_at: dt.datetime | None = None
    created_at: dt.datetime


def give(
    award: Award, *, to: Account, key: str, kind: Transfer.Kind, at: dt.datetime, new_id: Callable[[], str]
) -> Lot:
    """Make the lot and post its points from the issuer's funding account to `to`.

    Raises `BooksError` as `books.post` does; the caller's transaction takes the lot back then.
    """
    lot = Lot.objects.create(
        id=award.lot,
        member_id=award.member,
        pool_id=award.pool,
        issuer_id=award.issuer,
        origin=award.origin,
        expires_at=award.expires_at,
        created_at=award.created_at,
    )
    movement = books.Movement(
        key=key,
        kind=kind,
        debit=accounts.funding(company=award.issuer, pool=award.pool),
        credit=to,
        lot=lot,
        points=award.points,
        company=award.company,
    )
    books.post([movement], at=at, new_id=new_id)
    return lot
