"""Posts opening balances, many at once, and their taking back (`loyalty.acts.imports`)."""

from __future__ import annotations

from backend_bridge.central.acting.handler import Nothing
from backend_bridge.central.errors import BooksError
from backend_bridge.central.instants import from_ms
from backend_bridge.central.ledger import accounts, points
from backend_bridge.central.ledger.models import Transfer
from backend_bridge.central.ledger.posting import Posting
from loyalty.acts.imports import BalancesOpened, BalancesWithdrawn


def post_opened(act: BalancesOpened, posting: Posting) -> Nothing:
    """Post each lot into its member's main account; raises `BooksError`."""
    if act.issuer != posting.company:
        raise BooksError("a company opens balances of its own points only")
    places = [(accounts.main(member=lot.member, pool=lot.pool).id, lot.lot) for lot in act.lots]
    posting.book.prefetch(
        lots=[lot.lot for lot in act.lots], places=places, debtors=[(lot.member, lot.pool) for lot in act.lots]
    )
    for lot in act.lots:
        if lot.origin not in ("earned", "goodwill"):
            raise BooksError("opening balances are earned or goodwill")
        gift = points.Gift(
            lot=lot.lot,
            member=lot.member,
            pool=lot.pool,
            points=lot.points,
            issuer=act.issuer,
            origin=lot.origin,
            expires_at=None if lot.expires_ms is None else from_ms(lot.expires_ms),
            created_at=None if lot.created_ms is None else from_ms(lot.created_ms),
        )
        points.give(posting, gift, kind=Transfer.Kind.OPENING)
    return Nothing()


def post_withdrawn(act: BalancesWithdrawn, posting: Posting) -> Nothing:
    """Post each lot back to the company that gave it; raises `BooksError`."""
    if act.issuer != posting.company:
        raise BooksError("a company takes back its own points only")
    mains = [(lot, accounts.main(member=lot.member, pool=lot.pool)) for lot in act.lots]
    posting.book.prefetch(places=[(main.id, lot.lot) for lot, main in mains])
    for lot, main in mains:
        if posting.lot(lot.lot).issuer != act.issuer:
            raise BooksError(f"lot {lot.lot} was given by another company")
        funding = accounts.funding(company=act.issuer, pool=lot.pool)
        posting.move(Transfer.Kind.REVERSED, main, funding, lot.points, lot=lot.lot)
    return Nothing()
