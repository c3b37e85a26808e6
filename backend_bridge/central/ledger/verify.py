"""The check that the books are right: everything that runs is compared with sums made anew."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from django.db.models import F, Q, Sum

from backend_bridge.central.ledger.accounts import HELD, OF_MEMBER
from backend_bridge.central.ledger.models import Account, Debt, Holding, Transfer

Kind = Account.Kind
#: Accounts that others are paid out of: their sum is never above zero.
_SOURCES = frozenset({Kind.COMPANY_FUNDING, Kind.COMPANY_PURCHASED, Kind.MEMBER_DEBT})


def verify_books() -> list[str]:
    """What is wrong with the books, one sentence each; empty when they are right. Reads every transfer."""
    return [*_wrong_units(), *_wrong_owners(), *_wrong_balances(), *_wrong_debts(), *_wrong_sums()]


def _wrong_units() -> Iterable[str]:
    mixed = ~Q(debit__unit=F("unit")) | ~Q(credit__unit=F("unit")) | (Q(lot__isnull=False) & ~Q(lot__unit=F("unit")))
    for transfer in Transfer.objects.filter(mixed).select_related("cause"):
        yield f"transfer {transfer} mixes units"


def _wrong_owners() -> Iterable[str]:
    foreign = Q(account__kind__in=OF_MEMBER) & (Q(lot__member=None) | ~Q(account__member=F("lot__member")))
    for holding in Holding.objects.filter(foreign):
        yield f"lot {holding.lot_id} is in another member's account"


def _wrong_balances() -> Iterable[str]:
    """Per account and lot: what it holds is the sum of its transfers, and not below zero."""
    sums: Counter[tuple[str, str | None]] = Counter()
    for side, sign in (("debit", -1), ("credit", 1)):
        rows = Transfer.objects.filter(**{f"{side}__kind__in": HELD}).values(side, "lot").annotate(total=Sum("amount"))
        for row in rows:
            sums[row[side], row["lot"]] += sign * row["total"]
    held = {(row.account_id, row.lot_id): row.amount for row in Holding.objects.iterator()}
    for (account, lot), amount in sums.items():
        told = held.pop((account, str(lot)), 0)
        if told != amount:
            yield f"account {account} holds {told} of lot {lot}, its transfers say {amount}"
        elif amount < 0:
            yield f"account {account} is below zero in lot {lot}"
    for (account, held_lot), amount in held.items():
        if amount:
            yield f"account {account} holds lot {held_lot} without a transfer"


def _wrong_debts() -> Iterable[str]:
    sums = {account: -amount for account, amount in _of_kinds({Kind.MEMBER_DEBT}).items()}
    owed = {(row.member_id, row.unit, row.company_id): row.amount for row in Debt.objects.iterator()}
    for account in Account.objects.filter(kind=Kind.MEMBER_DEBT):
        told = owed.pop((str(account.member_id), account.unit, str(account.company_id)), 0)
        if told != sums.get(account.pk, 0):
            yield f"a debt of {told} is kept for account {account.pk}, its transfers say {sums.get(account.pk, 0)}"
    for amount in owed.values():
        if amount:
            yield f"a debt of {amount} has no transfer"


def _wrong_sums() -> Iterable[str]:
    """Sources are never above zero, and all clearing together is nothing."""
    for account, amount in _of_kinds(_SOURCES).items():
        if amount > 0:
            yield f"account {account} is above zero"
    cleared: Counter[str] = Counter()
    units = dict(Account.objects.filter(kind=Kind.CLEARING).values_list("pk", "unit"))
    for account, amount in _of_kinds({Kind.CLEARING}).items():
        cleared[units[account]] += amount
    for unit, amount in cleared.items():
        if amount:
            yield f"clearing in {unit} adds up to {amount}"


def _of_kinds(kinds: Iterable[Account.Kind]) -> Counter[str]:
    sums: Counter[str] = Counter()
    for side, sign in (("debit", -1), ("credit", 1)):
        rows = Transfer.objects.filter(**{f"{side}__kind__in": list(kinds)}).values(side)
        for row in rows.annotate(total=Sum("amount")):
            sums[row[side]] += sign * row["total"]
    return sums
