"""Moves of a reversal, used twice: to try what is there while it is decided, and to post it."""

from __future__ import annotations

from collections.abc import Iterable

from backend_bridge.central.ledger import accounts, points
from backend_bridge.central.ledger.models import Transfer
from backend_bridge.central.ledger.posting import Posting
from backend_bridge.central.organisation.models import Pool
from backend_bridge.central.sales.purses import Purse, in_main
from loyalty.acts.sales import BoughtBack, GiftTaken
from loyalty.reversal.result import ReversalPoints

_REVERSED = Transfer.Kind.REVERSED


def return_points(
    paid: Iterable[ReversalPoints], posting: Posting, pools: dict[str, Pool], *, purse: Purse = in_main
) -> None:
    """Spent points go back to their lots, with their old expiry; in the main account they fill what is owed."""
    for one in paid:
        for lot, count in one.by_lot().items():
            member = str(posting.lot(lot).member)
            credit = purse(member, one.pool)
            points.unspend(posting, pool=pools[one.pool], lots=[(lot, count)], credit=credit)


def take_gift(gift: GiftTaken, posting: Posting, *, purse: Purse = in_main) -> None:
    """Points that were given go back to where they came from; what is missing is owed."""
    member = str(posting.lot(gift.lot).member)
    source = accounts.funding(company=posting.company, pool=gift.pool)
    debit = purse(member, gift.pool)
    for part in gift.taken:
        posting.move(_REVERSED, debit, source, part.points, lot=part.lot)
    if gift.expired:
        gone = accounts.breakage(company=posting.company, unit=gift.pool)
        posting.move(_REVERSED, gone, source, gift.expired, lot=gift.lot)
    if gift.debt:
        owed = accounts.debt(member=member, pool=gift.pool, company=posting.company)
        posting.move(_REVERSED, owed, source, gift.debt, lot=gift.lot)


def take_bought(back: BoughtBack, posting: Posting, pools: dict[str, Pool]) -> None:
    """Purchased points that are unspent go back, and their money to the customer."""
    member, currency = str(posting.lot(back.lot).member), pools[back.pool].currency
    main = accounts.main(member=member, pool=back.pool)
    source = accounts.purchased(company=posting.company, pool=back.pool)
    posting.move(_REVERSED, main, source, back.points, lot=back.lot)
    owed = accounts.purchased_liability(company=posting.company, currency=currency)
    till = accounts.till(company=posting.company, currency=currency)
    posting.move(_REVERSED, owed, till, back.minor)
