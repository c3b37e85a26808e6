"""Taking back points that were given and may be spent already: from what the customer has now."""

from __future__ import annotations

from django.db.models import Sum

from backend_bridge.central.ledger import accounts
from backend_bridge.central.ledger.balances import right_of
from backend_bridge.central.ledger.models import Account, Holding, Transfer
from backend_bridge.central.ledger.posting import Posting
from backend_bridge.central.sales.taking import take_gift
from loyalty.acts.sales import GiftTaken
from loyalty.reversal.taking_back import CustomerPoints, SpentPolicy, TakenBack, take_back
from loyalty.rights import LotRight


def gift_taken(gift: GiftTaken, points: int, *, policy: SpentPolicy, at_ms: int, trial: Posting) -> GiftTaken:
    """How `points` of `gift` are taken back now, with which `trial` goes on. Raises `PointsSpent`."""
    taken = _taken(gift, points, policy=policy, at_ms=at_ms, trial=trial)
    found = GiftTaken(
        lot=gift.lot,
        pool=gift.pool,
        taken=taken.taken,
        expired=taken.expired,
        debt=taken.debt,
        forgiven=taken.forgiven,
    )
    take_gift(found, trial)
    return found


def returnable(gift: GiftTaken, points: int, *, at_ms: int, trial: Posting) -> int:
    """How many of `points` of `gift` the customer can give back now, out of that lot or others; none is taken."""
    return points - _taken(gift, points, policy=SpentPolicy.WITHIN_BALANCE, at_ms=at_ms, trial=trial).forgiven


def _taken(gift: GiftTaken, points: int, *, policy: SpentPolicy, at_ms: int, trial: Posting) -> TakenBack:
    customer = _customer(gift, str(trial.lot(gift.lot).member), trial)
    return take_back(points, own_lots=(gift.lot,), customer=customer, policy=policy, at_ms=at_ms)


def _customer(gift: GiftTaken, member: str, trial: Posting) -> CustomerPoints:
    return CustomerPoints(
        main=tuple(trial.rights_in(accounts.main(member=member, pool=gift.pool))),
        escrow=_at_terminals(member, gift.pool),
        debt=sum(trial.debts(member, gift.pool).values()),
        expired=_in_breakage(gift.lot),
    )


def _at_terminals(member: str, pool: str) -> tuple[LotRight, ...]:
    """What terminals hold; by lot, since several can hold parts of one."""
    rows = Holding.objects.filter(
        account__kind=Account.Kind.MEMBER_ESCROW, lot__member=member, lot__unit=pool, amount__gt=0
    ).select_related("lot")
    return tuple(right_of(row.lot, points=row.amount) for row in rows.order_by("pk"))


def _in_breakage(lot: str) -> int:
    """What of a lot ran out unspent and was booked as breakage, and is still there."""
    moved = Transfer.objects.filter(lot=lot)
    gone = moved.filter(credit__kind=Account.Kind.BREAKAGE).aggregate(sum=Sum("amount"))["sum"] or 0
    back = moved.filter(debit__kind=Account.Kind.BREAKAGE).aggregate(sum=Sum("amount"))["sum"] or 0
    return int(gone - back)
