"""Taking points back that may be spent already: from which lots, what becomes debt, what is forgiven.

First the lot of the award itself, then the customer's other lots in spending order. Purchased points are
never taken for an award: they were paid for. What lies at a terminal cannot be taken from here; it is
taken as a debt, which is filled when it comes back.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

import msgspec

from loyalty.reversal.errors import MalformedReversal, PointsSpent
from loyalty.rights import LotRight, LotSpend, choose_lots, held_points

PURCHASED = "purchased"


class SpentPolicy(StrEnum):
    """What a company does about points that are spent already (design, "Reversal")."""

    ABSORB = "absorb"  # the balance goes below zero, and later awards fill it: the default
    WITHIN_BALANCE = "within_balance"  # takes what there is, and forgives the rest
    REFUSE = "refuse"  # does not reverse

    def spares(self, other: SpentPolicy) -> bool:
        """Whether it leaves a customer more than `other` does: more than a company has chosen is nobody's to give."""
        return _FROM_MILD.index(self) < _FROM_MILD.index(other)


_FROM_MILD = (SpentPolicy.WITHIN_BALANCE, SpentPolicy.ABSORB, SpentPolicy.REFUSE)


class CustomerPoints(msgspec.Struct, frozen=True, kw_only=True):
    """A customer's points of one pool, as the central ledger has them. `main` can be taken from; `escrow` is
    at terminals; `debt` is what earlier reversals took below zero. `expired` is what of the award's own lots
    ran out unspent and is booked as breakage: the customer has not had it, so does not owe it."""

    main: tuple[LotRight, ...] = ()
    escrow: tuple[LotRight, ...] = ()
    debt: int = 0
    expired: int = 0


class TakenBack(msgspec.Struct, frozen=True, kw_only=True):
    """points = expired + taken + debt + forgiven. `expired` comes out of breakage, `taken` out of lots of
    the main account; `debt` is new debt."""

    taken: tuple[LotSpend, ...]
    expired: int
    debt: int
    forgiven: int


def take_back(
    points: int, *, own_lots: Iterable[str], customer: CustomerPoints, policy: SpentPolicy, at_ms: int
) -> TakenBack:
    """How `points` of an award are taken back; `own_lots` are the lots that it was given as.

    Other lots that have expired at `at_ms` are left alone. Raises `PointsSpent` by the policy `refuse`, and
    `MalformedReversal` for less than no points or lots of several customers or pools.
    """
    if points < 0 or customer.debt < 0 or customer.expired < 0:
        raise MalformedReversal("points", "no number of points is below zero")
    own = frozenset(own_lots)
    _check_one_account((*customer.main, *customer.escrow))
    expired = min(points, customer.expired)
    wanted = points - expired
    allowed = _allowed(wanted, _balance(customer, own, at_ms), policy)
    taken = _taken(allowed, own, customer.main, at_ms)
    debt = allowed - sum(spend.points for spend in taken)
    return TakenBack(taken=taken, expired=expired, debt=debt, forgiven=wanted - allowed)


def _allowed(wanted: int, balance: int, policy: SpentPolicy) -> int:
    """How many points the policy lets be taken from a balance, now or as debt."""
    if policy is SpentPolicy.ABSORB or wanted <= max(balance, 0):
        return wanted
    if policy is SpentPolicy.REFUSE:
        raise PointsSpent("points", f"{wanted} points are to be taken back, the balance is {balance}")
    return max(balance, 0)


def _balance(customer: CustomerPoints, own: frozenset[str], at_ms: int) -> int:
    """The whole balance that can be taken back from: main + escrow - debt."""
    held = [*customer.main, *customer.escrow]
    return sum(lot.points for lot in held if lot.lot in own) + _held(_others(held, own), at_ms) - customer.debt


def _taken(points: int, own: frozenset[str], main: tuple[LotRight, ...], at_ms: int) -> tuple[LotSpend, ...]:
    taken = []
    for lot in sorted((lot for lot in main if lot.lot in own), key=lambda lot: lot.lot):
        part = min(points, lot.points)
        if part:
            taken.append(LotSpend(lot.lot, part))
            points -= part
    others = _others(main, own)
    rest = min(points, _held(others, at_ms))
    if rest:
        account = others[0]
        taken += choose_lots(others, member=account.member, pool=account.pool, points=rest, at_ms=at_ms)
    return tuple(taken)


def _others(lots: Iterable[LotRight], own: frozenset[str]) -> list[LotRight]:
    return [lot for lot in lots if lot.lot not in own and lot.origin != PURCHASED]


def _held(lots: list[LotRight], at_ms: int) -> int:
    return held_points(lots, member=lots[0].member, pool=lots[0].pool, at_ms=at_ms) if lots else 0


def _check_one_account(lots: tuple[LotRight, ...]) -> None:
    if len({(lot.member, lot.pool) for lot in lots}) > 1:
        raise MalformedReversal("customer", "the lots belong to several customers or pools")
