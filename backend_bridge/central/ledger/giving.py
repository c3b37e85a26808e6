"""Points given by hand or by a rule."""

from __future__ import annotations

import msgspec

from backend_bridge.central.customers.knowing import meet
from backend_bridge.central.errors import BooksError
from backend_bridge.central.instants import from_ms
from backend_bridge.central.ledger import points
from backend_bridge.central.ledger.models import Transfer
from backend_bridge.central.ledger.posting import Posting
from loyalty.acts.points import PointsGiven, PointsOpened


class PointsAre(msgspec.Struct, frozen=True):
    """The new lot."""

    lot: str
    points: int


def post_given(act: PointsGiven, posting: Posting) -> PointsAre:
    """Post a gift into the member's main account; raises `BooksError`."""
    if act.issuer != posting.company:
        raise BooksError("a company gives its own points only")
    if act.origin not in ("earned", "goodwill"):
        raise BooksError("points that are given are earned or goodwill")
    gift = points.Gift(
        lot=posting.id("lot"),
        member=act.member,
        pool=act.pool,
        points=act.points,
        issuer=act.issuer,
        origin=act.origin,
        expires_at=None if act.expires_ms is None else from_ms(act.expires_ms),
    )
    lot = points.give(posting, gift, kind=Transfer.Kind.GIVEN)
    meet(customer=act.member, company=act.issuer, at=posting.at)
    return PointsAre(lot.id, act.points)


def post_opened(act: PointsOpened, posting: Posting) -> PointsAre:
    """Post what a customer had before; raises `BooksError`."""
    if act.issuer != posting.company:
        raise BooksError("a company opens balances of its own points only")
    gift = points.Gift(
        lot=act.lot,
        member=act.member,
        pool=act.pool,
        points=act.points,
        issuer=act.issuer,
        origin=act.origin,
        expires_at=None if act.expires_ms is None else from_ms(act.expires_ms),
        created_at=None if act.created_ms is None else from_ms(act.created_ms),
    )
    lot = points.give(posting, gift, kind=Transfer.Kind.OPENING)
    meet(customer=act.member, company=act.issuer, at=posting.at)
    return PointsAre(lot.id, act.points)
