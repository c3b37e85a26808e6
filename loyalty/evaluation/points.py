"""Paying with points: the minimum balance, how many can be used, and which lots they come from.

Earned points and goodwill lower the price; purchased points are a means of payment. They are never
mixed: points of each origin are a payment of their own.
"""

from __future__ import annotations

from loyalty.evaluation.awards import minimum_balance
from loyalty.evaluation.case import Balance, PointsTender
from loyalty.evaluation.result import Kind, LotUse, NotApplied, Paid, Reason
from loyalty.evaluation.work import Work
from loyalty.rights import ORIGINS, LotRight, LotSpend, choose_lots, held_points

PURCHASED = "purchased"


def pay_with_points(work: Work, tender: PointsTender) -> list[Paid]:
    """The payments that `tender` makes, one per origin; none, and a reason, where it cannot pay."""
    refusal = _refusal(work, tender)
    if refusal is not None:
        work.not_applied.append(refusal)
        return []
    balance = _balance(work, tender.pool)
    if balance is None:
        raise AssertionError("points without a balance")
    available = _available(work, balance)
    worth = work.rules.pools[tender.pool].point_value_minor
    points = min(_usable(work, worth), available if tender.points is None else tender.points)
    if balance.lots is None:
        return [_paid(work, tender.pool, "earned", (), points=points, worth=worth)]
    rights = _rights(balance)
    spends = choose_lots(rights, member=_MEMBER, pool=tender.pool, points=points, at_ms=_at_ms(work))
    origins = {right.lot: right.origin for right in rights}
    paid = []
    for origin in ORIGINS:
        lots = tuple(spend for spend in spends if origins[spend.lot] == origin)
        if lots:
            total = sum(spend.points for spend in lots)
            paid.append(_paid(work, tender.pool, origin, lots, points=total, worth=worth))
    return paid


#: All lots of a balance belong to one customer, so that any name serves for choosing among them.
_MEMBER = "customer"


def _refusal(work: Work, tender: PointsTender) -> NotApplied | None:
    reason: Reason | None = None
    if tender.pool not in work.rules.pools:
        reason = Reason.POOL_NOT_ACCEPTED
    elif work.sale.customer is None:
        reason = Reason.CUSTOMER_NEEDED
    elif tender.points == 0:
        reason = Reason.NOT_ASKED
    elif not _usable(work, work.rules.pools[tender.pool].point_value_minor):
        reason = Reason.NOTHING_DUE
    if reason is not None:
        return NotApplied(kind=Kind.TENDER, id=tender.pool, reason=reason)
    return _shortage(work, tender)


def _shortage(work: Work, tender: PointsTender) -> NotApplied | None:
    balance = _balance(work, tender.pool)
    have, needed = (balance.points if balance else 0), minimum_balance(work, tender.pool)
    reason = Reason.BELOW_MINIMUM
    if not needed or have >= needed or (balance and balance.unlocked):
        wanted = min(tender.points or 1, _usable(work, work.rules.pools[tender.pool].point_value_minor))
        have, needed = (_available(work, balance) if balance else 0), wanted
        reason = Reason.NOT_ENOUGH_POINTS
    if have >= needed:
        return None
    return NotApplied(kind=Kind.TENDER, id=tender.pool, reason=reason, needed=needed, have=have)


def _balance(work: Work, pool: str) -> Balance | None:
    return next((one for one in work.sale.balances if one.pool == pool), None)


def _available(work: Work, balance: Balance) -> int:
    """What can be spent here now: of the lots that have not expired, never more than the balance."""
    whole = max(balance.points, 0)
    if balance.lots is None:
        return whole
    return min(whole, held_points(_rights(balance), member=_MEMBER, pool=balance.pool, at_ms=_at_ms(work)))


def _usable(work: Work, worth: int) -> int:
    """How many whole points the open merchandise takes."""
    basket = work.basket
    return basket.open_on(basket.positions(basket.goods | basket.services)) // worth


def _rights(balance: Balance) -> list[LotRight]:
    return [
        LotRight(
            lot=lot.lot,
            member=_MEMBER,
            pool=balance.pool,
            points=lot.points,
            issuer=lot.issuer,
            origin=lot.origin,
            expires_ms=lot.expires_ms,
            created_ms=lot.created_ms,
        )
        for lot in balance.lots or ()
        if lot.points
    ]


def _paid(work: Work, pool: str, origin: str, lots: tuple[LotSpend, ...], *, points: int, worth: int) -> Paid:
    basket = work.basket
    kinds = [basket.points] if origin == PURCHASED else [basket.points, basket.reduction]
    shares = basket.lower(points * worth, basket.positions(basket.goods | basket.services), *kinds)
    uses = tuple(LotUse(spend.lot, spend.points) for spend in lots)
    return Paid(type="points", id=pool, minor=points * worth, points=points, origin=origin, lots=uses, shares=shares)


def _at_ms(work: Work) -> int:
    return int(work.sale.at.timestamp() * 1000)
