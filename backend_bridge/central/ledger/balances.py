"""What a member has, where it is, and which of it can still be spent. Reads only."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable

import msgspec
from django.db.models import OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce

from backend_bridge.central.instants import ms_or_none, to_ms
from backend_bridge.central.ledger.models import Account, Debt, Holding, Lot
from loyalty.rights import LotRight


class Escrowed(msgspec.Struct, frozen=True):
    """What one terminal and epoch holds of a member's points."""

    terminal: str
    epoch: int
    points: int


def totals(*, member: str, pools: Iterable[str], at: dt.datetime) -> dict[str, int]:
    """Main and all escrows together, by pool, without what has expired at `at`, and less what is owed
    after a reversal: only that makes a balance negative."""
    rows = _live(member, at).filter(lot__unit__in=list(pools)).values("lot__unit").annotate(total=Sum("amount"))
    found = Counter({row["lot__unit"]: row["total"] for row in rows})
    for debt in Debt.objects.filter(member=member, unit__in=list(pools), amount__gt=0):
        found[debt.unit] -= debt.amount
    return dict(found)


def total(*, member: str, pool: str, at: dt.datetime) -> int:
    """The same for one pool."""
    return totals(member=member, pools=[pool], at=at).get(pool, 0)


def held(*, member: str, terminal: str, epoch: int, at: dt.datetime) -> dict[str, int]:
    """What this terminal and epoch has in escrow for `member`, by pool, without what has expired."""
    here = Q(account__kind=Account.Kind.MEMBER_ESCROW, account__terminal=terminal, account__epoch=epoch)
    rows = _live(member, at).filter(here).values("lot__unit").annotate(total=Sum("amount"))
    return {row["lot__unit"]: row["total"] for row in rows}


def escrows(*, member: str, pool: str, at: dt.datetime) -> list[Escrowed]:
    """Who holds how much of `member`'s points in `pool`, without what has expired."""
    rows = (
        _live(member, at)
        .filter(lot__unit=pool, account__kind=Account.Kind.MEMBER_ESCROW)
        .values("account__terminal", "account__epoch")
        .annotate(total=Sum("amount"))
        .order_by("account__terminal", "account__epoch")
    )
    return [Escrowed(str(row["account__terminal"]), int(row["account__epoch"] or 0), row["total"]) for row in rows]


def main_rights(*, member: str, pool: str, at: dt.datetime) -> list[LotRight]:
    """The lots in the main account that have not expired, as the rights that they could become."""
    rows = _live(member, at).filter(lot__unit=pool, account__kind=Account.Kind.MEMBER_MAIN).select_related("lot")
    return [right_of(row.lot, points=row.amount) for row in rows]


def right_of(lot: Lot, *, points: int) -> LotRight:
    """`points` of `lot`, as messages name them."""
    return LotRight(
        lot=lot.pk,
        member=lot.member_id or "",
        pool=lot.unit,
        points=points,
        issuer=lot.issuer_id,
        origin=lot.origin,
        expires_ms=ms_or_none(lot.expires_at),
        created_ms=to_ms(lot.created_at),
    )


def held_in_account() -> Combinable:
    """What is held in an account, as an expression over accounts. It is found by the lots that can be there: those of
    the account's member, or of the vouchers of its company; an account that holds nothing has 0."""
    here = Holding.objects.filter(account=OuterRef("pk"), lot__unit=OuterRef("unit")).order_by().values("account")
    of_member = here.filter(lot__member=OuterRef("member"))
    of_company = here.filter(lot__issuer=OuterRef("company"), lot__member=None)
    sums = [Subquery(rows.annotate(sum=Sum("amount")).values("sum")) for rows in (of_member, of_company)]
    return Coalesce(sums[0], 0) + Coalesce(sums[1], 0)


def _live(member: str, at: dt.datetime) -> QuerySet[Holding]:
    unexpired = Q(lot__expires_at=None) | Q(lot__expires_at__gt=at)
    in_account = Q(account__kind__in=[Account.Kind.MEMBER_MAIN, Account.Kind.MEMBER_ESCROW])
    return Holding.objects.filter(unexpired, in_account, lot__member=member, amount__gt=0)
