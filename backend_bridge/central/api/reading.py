"""What the books say of a customer, now or as of an earlier instant."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable

import msgspec
from django.db.models import Q, QuerySet, Sum

from backend_bridge.central.ledger.models import Account, Debt, Holding, Lot, Transfer
from backend_bridge.central.organisation.models import Pool

_MAIN, _ESCROW, _DEBT = Account.Kind.MEMBER_MAIN, Account.Kind.MEMBER_ESCROW, Account.Kind.MEMBER_DEBT
#: Between the customer's own accounts: nothing that a customer got or lost.
_INTERNAL = (Transfer.Kind.GRANTED, Transfer.Kind.RETURNED)


class Part(msgspec.Struct, frozen=True):
    """What is in one kind of account of one lot."""

    lot: Lot
    points: int
    at_terminal: bool


class Found(msgspec.Struct, frozen=True):
    """What a customer has in one pool. `parts` are unexpired, in the order in which they are spent."""

    pool: Pool
    parts: list[Part]
    owed: int

    @property
    def points(self) -> int:
        """All of it, less what is owed."""
        return sum(part.points for part in self.parts) - self.owed

    @property
    def free(self) -> int:
        """What no terminal holds."""
        return sum(part.points for part in self.parts if not part.at_terminal)


def found(member: str, pool: Pool, *, at: dt.datetime, past: bool) -> Found:
    """What `member` has in `pool` at `at`; `past` reads the transfers up to then instead of what is there now."""
    amounts = _then(member, pool, at) if past else _now(member, pool)
    lots = Lot.objects.in_bulk([lot for lot, _kind in amounts])
    parts = [
        Part(lots[lot], points, kind == _ESCROW)
        for (lot, kind), points in amounts.items()
        if points > 0 and (lots[lot].expires_at is None or at < _expiry(lots[lot]))
    ]
    owed = _owed_then(member, pool, at) if past else _owed_now(member, pool)
    return Found(pool, sorted(parts, key=_order), owed)


def statement(member: str, pool: Pool, *, company: str) -> QuerySet[Transfer]:
    """The postings of `member` in `pool` that `company` may know: all of its own pool's, and in a network
    pool those of its own acts."""
    own = Q() if pool.company_id == company else Q(cause__company=company)
    accounts = Account.objects.filter(member=member, unit=pool.pk, kind__in=(_MAIN, _ESCROW)).values("pk")
    theirs = Q(debit__in=accounts) | Q(credit__in=accounts)
    rows = Transfer.objects.filter(own, theirs, **_of_lots(member, pool)).exclude(kind__in=_INTERNAL)
    return rows.select_related("cause", "credit", "debit")


def _of_lots(member: str, pool: Pool) -> dict[str, str]:
    """Holdings and transfers are found by their lots; from an account there is no way to them but reading all."""
    return {"lot__member": member, "lot__unit": pool.pk}


def _now(member: str, pool: Pool) -> dict[tuple[str, str], int]:
    rows = Holding.objects.filter(**_of_lots(member, pool), account__kind__in=(_MAIN, _ESCROW), amount__gt=0)
    return _added(rows.values_list("lot", "account__kind", "amount"))


def _then(member: str, pool: Pool, at: dt.datetime) -> dict[tuple[str, str], int]:
    there = Transfer.objects.filter(cause__at__lte=at, **_of_lots(member, pool))
    amounts: Counter[tuple[str, str]] = Counter()
    for side, sign in (("credit", 1), ("debit", -1)):
        mine = there.filter(**{f"{side}__member": member, f"{side}__kind__in": (_MAIN, _ESCROW)})
        rows = mine.values("lot", f"{side}__kind").annotate(total=Sum("amount"))
        for row in rows:
            amounts[row["lot"], row[f"{side}__kind"]] += sign * row["total"]
    return amounts


def _owed_now(member: str, pool: Pool) -> int:
    return Debt.objects.filter(member=member, unit=pool.pk).aggregate(total=Sum("amount"))["total"] or 0


def _owed_then(member: str, pool: Pool, at: dt.datetime) -> int:
    there = Transfer.objects.filter(cause__at__lte=at, **_of_lots(member, pool))
    sums = [
        there.filter(**{f"{side}__member": member, f"{side}__kind": _DEBT}).aggregate(total=Sum("amount"))["total"] or 0
        for side in ("debit", "credit")
    ]
    return int(sums[0] - sums[1])


def _added(rows: Iterable[tuple[str, str, int]]) -> dict[tuple[str, str], int]:
    amounts: Counter[tuple[str, str]] = Counter()
    for lot, kind, amount in rows:
        amounts[lot, kind] += amount
    return amounts


def _expiry(lot: Lot) -> dt.datetime:
    return lot.expires_at or dt.datetime.max.replace(tzinfo=dt.UTC)


def _order(part: Part) -> tuple[dt.datetime, dt.datetime, str, bool]:
    """The earliest expiry first, then the oldest, then the lower id."""
    return (_expiry(part.lot), part.lot.created_at, part.lot.pk, part.at_terminal)
