"""Posting, and the check that the books are right. Nothing else writes transfers and holdings.

Every movement is one row with a debit and a credit account of the same pool, so books balance by
construction; what is checked on top is that no account goes below zero in any lot, that a lot stays
with its member and pool, and that the running holdings are the sums of the transfers.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable

import msgspec
from django.db import IntegrityError, transaction
from django.db.models import F, Q, Sum

from backend_bridge.central.errors import BooksError, Overdrawn
from backend_bridge.central.ledger.models import Account, Holding, Lot, Transfer

#: More than any pool will ever hold; a larger number is a mistake or an attack.
MAX_POINTS = 10**12
_COMPANY_KINDS = (Account.Kind.COMPANY_FUNDING, Account.Kind.COMPANY_REDEEMED)


class Movement(msgspec.Struct, frozen=True, kw_only=True):
    """`points` of `lot` from `debit` to `credit`, because of `key`, at the company `company`."""

    key: str
    kind: Transfer.Kind
    debit: Account
    credit: Account
    lot: Lot
    points: int
    company: str


def post(movements: Iterable[Movement], *, at: dt.datetime, new_id: Callable[[], str]) -> list[Transfer]:
    """Write `movements`, all of them or none; returns their transfers.

    Raises `Overdrawn` when a lot would go below zero in an account, and `BooksError` for mixed
    units, a lot in another member's account, or a key that was used before.
    """
    wanted = list(movements)
    changes: Counter[tuple[str, str]] = Counter()
    for movement in wanted:
        _check(movement)
        if movement.debit.kind != Account.Kind.COMPANY_FUNDING:
            changes[movement.debit.pk, movement.lot.pk] -= movement.points
        if movement.credit.kind != Account.Kind.COMPANY_FUNDING:
            changes[movement.credit.pk, movement.lot.pk] += movement.points
    transfers = [_transfer(movement, at=at, transfer_id=new_id()) for movement in wanted]
    # Without a savepoint of its own: whoever catches an error in a transaction has one, or ends it.
    with transaction.atomic(savepoint=False):
        # One order for everybody, so that two postings never wait for each other.
        for (account, lot), change in sorted(changes.items()):
            _change_holding(account, lot, change)
        try:
            Transfer.objects.bulk_create(transfers)
        except IntegrityError as error:
            raise BooksError(f"a transfer was refused by the database: {error}") from error
    return transfers


def _check(movement: Movement) -> None:
    if not 0 < movement.points <= MAX_POINTS:
        raise BooksError(f"a transfer moves 1 to {MAX_POINTS} points, not {movement.points}")
    if movement.debit.pk == movement.credit.pk:
        raise BooksError("a transfer needs two accounts")
    for account in (movement.debit, movement.credit):
        if account.pool_id != movement.lot.pool_id:
            raise BooksError(f"lot {movement.lot.pk} is of pool {movement.lot.pool_id}, not {account.pool_id}")
        if account.kind not in _COMPANY_KINDS and account.member_id != movement.lot.member_id:
            raise BooksError(f"lot {movement.lot.pk} belongs to another member")


def _transfer(movement: Movement, *, at: dt.datetime, transfer_id: str) -> Transfer:
    return Transfer(
        id=transfer_id,
        key=movement.key,
        kind=movement.kind,
        debit=movement.debit,
        credit=movement.credit,
        points=movement.points,
        pool_id=movement.lot.pool_id,
        lot=movement.lot,
        company_id=movement.company,
        at=at,
    )


def _change_holding(account: str, lot: str, change: int) -> None:
    """Add `change` to a holding in the database itself, so that no reader's old number is written back."""
    if not change:
        return
    holding = Holding.objects.filter(account_id=account, lot_id=lot)
    if change > 0:
        if not holding.update(points=F("points") + change):
            Holding.objects.create(account_id=account, lot_id=lot, points=change)
    elif not holding.filter(points__gte=-change).update(points=F("points") + change):
        raise Overdrawn(f"{-change} points of lot {lot} are not there")


def verify_books() -> list[str]:
    """What is wrong with the books, one sentence each; empty when they are right.

    Reads every transfer: the running holdings are compared with sums made anew.
    """
    return [*_wrong_units(), *_wrong_owners(), *_wrong_holdings(), *_wrong_totals()]


def _wrong_units() -> Iterable[str]:
    mixed = ~Q(debit__pool=F("pool")) | ~Q(credit__pool=F("pool")) | ~Q(lot__pool=F("pool"))
    for transfer in Transfer.objects.filter(mixed):
        yield f"transfer {transfer.key} mixes units"


def _wrong_owners() -> Iterable[str]:
    foreign = Q(account__member__isnull=False) & ~Q(account__member=F("lot__member"))
    for holding in Holding.objects.filter(foreign):
        yield f"lot {holding.lot_id} is in another member's account"


def _wrong_holdings() -> Iterable[str]:
    sums = _sums()
    held = {(row.account_id, row.lot_id): row.points for row in Holding.objects.iterator()}
    funding = set(Account.objects.filter(kind=Account.Kind.COMPANY_FUNDING).values_list("pk", flat=True))
    for (account, lot), points in sums.items():
        if account in funding:
            if points > 0 or (account, lot) in held:
                yield f"funding account {account} holds lot {lot}"
        elif held.get((account, lot), 0) != points:
            yield f"account {account} holds {held.get((account, lot), 0)} of lot {lot}, its transfers say {points}"
        elif points < 0:
            yield f"account {account} is below zero in lot {lot}"
    for account, lot in held.keys() - sums.keys():
        if held[account, lot]:
            yield f"account {account} holds lot {lot} without a transfer"


def _wrong_totals() -> Iterable[str]:
    """Per unit: what was given is where it is held."""
    given: Counter[str] = Counter()
    for kind, sign in (("debit", 1), ("credit", -1)):
        rows = Transfer.objects.filter(**{f"{kind}__kind": Account.Kind.COMPANY_FUNDING})
        for row in rows.values("pool").annotate(total=Sum("points")):
            given[row["pool"]] += sign * row["total"]
    held = {row["lot__pool"]: row["total"] for row in Holding.objects.values("lot__pool").annotate(total=Sum("points"))}
    for pool in given.keys() | held.keys():
        if given[pool] != held.get(pool, 0):
            yield f"pool {pool}: {given[pool]} points were given, {held.get(pool, 0)} are held"


def _sums() -> Counter[tuple[str, str]]:
    sums: Counter[tuple[str, str]] = Counter()
    for kind, sign in (("debit", -1), ("credit", 1)):
        for row in Transfer.objects.values(kind, "lot").annotate(total=Sum("points")):
            sums[row[kind], row["lot"]] += sign * row["total"]
    return sums
