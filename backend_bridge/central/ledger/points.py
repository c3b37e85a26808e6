"""Points given, spent, returned and expired: the same few moves for every act (ADR 0013)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

import msgspec

from backend_bridge.central.instants import to_ms
from backend_bridge.central.ledger import accounts
from backend_bridge.central.ledger.accounts import AccountRef
from backend_bridge.central.ledger.models import Transfer
from backend_bridge.central.ledger.posting import LotFacts, Posting
from backend_bridge.central.organisation.models import Pool
from loyalty.rights import choose_lots

PURCHASED = "purchased"


class Gift(msgspec.Struct, frozen=True, kw_only=True):
    """`points` of `pool` from `issuer` to `member`, as the new lot `lot`."""

    lot: str
    member: str
    pool: str
    points: int
    issuer: str
    origin: str = "earned"
    expires_at: dt.datetime | None = None
    created_at: dt.datetime | None = None


def give(posting: Posting, gift: Gift, *, kind: Transfer.Kind, to: AccountRef | None = None) -> LotFacts:
    """Make the lot and post its points to `to`, or else to the member's main account, where they fill what
    the member owes. Raises `BooksError`."""
    lot = posting.new_lot(
        gift.lot,
        unit=gift.pool,
        member=gift.member,
        issuer=gift.issuer,
        origin=gift.origin,
        expires_at=gift.expires_at,
        created_at=gift.created_at,
    )
    source = accounts.purchased if gift.origin == PURCHASED else accounts.funding
    credit = to or accounts.main(member=gift.member, pool=gift.pool)
    posting.move(kind, source(company=gift.issuer, pool=gift.pool), credit, gift.points, lot=lot.id)
    if credit.kind == accounts.Kind.MEMBER_MAIN:
        fill_debts(posting, member=gift.member, pool=gift.pool)
    return lot


def spend(posting: Posting, *, pool: Pool, lots: Iterable[tuple[str, int]], debit: AccountRef) -> None:
    """Spend lots out of `debit` at the posting's company; purchased ones are paid out of what is owed for them.

    Raises `Overdrawn` or `BooksError`.
    """
    credit = accounts.redeemed(company=posting.company, pool=pool.pk)
    for lot, points in lots:
        posting.move(Transfer.Kind.SPENT, debit, credit, points, lot=lot)
        facts = posting.lot(lot)
        if facts.origin == PURCHASED:
            owed = accounts.purchased_liability(company=facts.issuer, currency=pool.currency)
            sales = accounts.sales(company=facts.issuer, currency=pool.currency)
            posting.move(Transfer.Kind.SPENT, owed, sales, points * pool.point_value_minor)


def unspend(posting: Posting, *, pool: Pool, lots: Iterable[tuple[str, int]], credit: AccountRef) -> None:
    """The opposite of `spend` under the same lots, which keep their expiry; fills what the member owes."""
    debit = accounts.redeemed(company=posting.company, pool=pool.pk)
    for lot, points in lots:
        posting.move(Transfer.Kind.REVERSED, debit, credit, points, lot=lot)
        facts = posting.lot(lot)
        if facts.origin == PURCHASED:
            owed = accounts.purchased_liability(company=facts.issuer, currency=pool.currency)
            sales = accounts.sales(company=facts.issuer, currency=pool.currency)
            posting.move(Transfer.Kind.REVERSED, sales, owed, points * pool.point_value_minor)
    if credit.kind == accounts.Kind.MEMBER_MAIN and credit.member is not None:
        fill_debts(posting, member=credit.member, pool=pool.pk)


def money_at_risk(
    posting: Posting, *, pool: Pool, lot: LotFacts, count: int, bearer: str | None, credit: AccountRef
) -> None:
    """The money behind `count` purchased points that `bearer` (None: the operator) pays; others have none."""
    if lot.origin == PURCHASED:
        risk = accounts.risk(company=bearer, unit=pool.currency)
        posting.move(Transfer.Kind.AT_RISK, risk, credit, count * pool.point_value_minor)


def money_back(posting: Posting, *, pool: Pool, lot: LotFacts, count: int, bearer: str) -> None:
    """The opposite, for points that are not owed to the member a second time any more."""
    if lot.origin == PURCHASED:
        risk = accounts.risk(company=bearer, unit=pool.currency)
        owed = accounts.purchased_liability(company=lot.issuer, currency=pool.currency)
        posting.move(Transfer.Kind.AT_RISK, owed, risk, count * pool.point_value_minor)


def fill_debts(posting: Posting, *, member: str, pool: str) -> None:
    """Pay what `member` owes in `pool` out of what is in the main account, as far as that goes.

    Purchased points are never taken for it: they are owed to the member in money.
    """
    owed = posting.debts(member, pool)
    if not owed:
        return
    main = accounts.main(member=member, pool=pool)
    for company, amount in owed.items():
        rights = [right for right in posting.rights_in(main) if right.origin != PURCHASED]
        at_ms = to_ms(posting.at)
        there = sum(right.points for right in rights if right.expires_ms is None or at_ms < right.expires_ms)
        points = min(amount, there)
        if points <= 0:
            return
        creditor = accounts.debt(member=member, pool=pool, company=company)
        parts = choose_lots(rights, member=member, pool=pool, points=points, at_ms=at_ms)
        for part in parts:
            posting.move(Transfer.Kind.FILLED, main, creditor, part.points, lot=part.lot)
        _clear(posting, pool, [(part.lot, part.points) for part in parts], taker=company)


def expire(posting: Posting, *, pool: Pool, lot: str, debit: AccountRef) -> int:
    """Book what is left of an expired lot in `debit` as breakage of its issuer; how many points that were."""
    left = posting.held(debit, lot)
    if left <= 0:
        return 0
    facts = posting.lot(lot)
    posting.move(Transfer.Kind.EXPIRED, debit, accounts.breakage(company=facts.issuer, unit=pool.pk), left, lot=lot)
    if facts.origin == PURCHASED:
        owed = accounts.purchased_liability(company=facts.issuer, currency=pool.currency)
        gain = accounts.breakage(company=facts.issuer, unit=pool.currency)
        posting.move(Transfer.Kind.EXPIRED, owed, gain, left * pool.point_value_minor)
    return left


def _clear(posting: Posting, pool: str, parts: list[tuple[str, int]], *, taker: str) -> None:
    """A debt that another company's network points fill is a spend at the company that it was owed to."""
    # Found when it is wanted: clearing is built on postings.
    from backend_bridge.central.clearing import lines

    row = Pool.objects.get(pk=pool)
    lines.record(posting, pool=row, cells=lines.reward_cells(row, parts), taker=taker)
