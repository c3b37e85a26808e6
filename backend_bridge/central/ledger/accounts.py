"""Accounts by what they stand for. An account's id is made from its identity: nobody has to look it up,
and two who open the same account at once open one."""

from __future__ import annotations

import hashlib
from functools import lru_cache

import msgspec

from backend_bridge.central.ledger.models import Account

Kind = Account.Kind
#: Accounts that must never go below zero in any lot: each has a running balance (`Holding`).
HELD = frozenset(
    {
        Kind.MEMBER_MAIN,
        Kind.MEMBER_ESCROW,
        Kind.MEMBER_WAITING,
        Kind.VOUCHER_SINGLE,
        Kind.VOUCHER_MULTI,
        Kind.VOUCHER_GIVEN,
    }
)
#: Held accounts whose lots are their member's.
OF_MEMBER = frozenset({Kind.MEMBER_MAIN, Kind.MEMBER_ESCROW, Kind.MEMBER_WAITING})
#: The money vouchers' accounts, by VAT class.
VOUCHERS = frozenset({Kind.VOUCHER_SINGLE, Kind.VOUCHER_MULTI, Kind.VOUCHER_GIVEN})


class AccountRef(msgspec.Struct, frozen=True, kw_only=True):
    """An account: its id and what the id is made from. `unit` is a pool's id or a currency."""

    id: str
    kind: Account.Kind
    unit: str
    member: str | None = None
    company: str | None = None
    terminal: str | None = None
    epoch: int | None = None

    @property
    def held(self) -> bool:
        """Whether it must never go below zero."""
        return self.kind in HELD


def main(*, member: str, pool: str) -> AccountRef:
    """The account of what `member` has in `pool` and no terminal holds."""
    return _ref(Kind.MEMBER_MAIN, pool, member=member)


def escrow(*, member: str, pool: str, terminal: str, epoch: int) -> AccountRef:
    """The account of what one terminal and epoch holds for `member` in `pool`."""
    return _ref(Kind.MEMBER_ESCROW, pool, member=member, terminal=terminal, epoch=epoch)


def waiting(*, member: str, pool: str, company: str) -> AccountRef:
    """The account of points that `company` gave to an invited customer, until they accept."""
    return _ref(Kind.MEMBER_WAITING, pool, member=member, company=company)


def debt(*, member: str, pool: str, company: str) -> AccountRef:
    """The account of what `member` owes `company`; its balance is never above zero."""
    return _ref(Kind.MEMBER_DEBT, pool, member=member, company=company)


def funding(*, company: str, pool: str) -> AccountRef:
    """The account that points given by `company` come from; its balance is never above zero."""
    return _of_company(Kind.COMPANY_FUNDING, pool, company)


def purchased(*, company: str, pool: str) -> AccountRef:
    """The account that points sold by `company` come from; its balance is never above zero."""
    return _of_company(Kind.COMPANY_PURCHASED, pool, company)


def redeemed(*, company: str, pool: str) -> AccountRef:
    """The account of the points that were spent at `company`."""
    return _of_company(Kind.COMPANY_REDEEMED, pool, company)


def breakage(*, company: str, unit: str) -> AccountRef:
    """The account of what `company` issued and nobody used in time, in points or in money."""
    return _of_company(Kind.BREAKAGE, unit, company)


def vouchers(kind: Account.Kind, *, company: str, currency: str) -> AccountRef:
    """The account of the money vouchers of one VAT class; raises `ValueError` for another kind."""
    if kind not in VOUCHERS:
        raise ValueError(f"{kind} is no voucher account")
    return _of_company(kind, currency, company)


def till(*, company: str, currency: str) -> AccountRef:
    """What customers paid `company` for points and vouchers; its balance is never above zero."""
    return _of_company(Kind.TILL, currency, company)


def sales(*, company: str, currency: str) -> AccountRef:
    """What vouchers and purchased points paid for at `company`."""
    return _of_company(Kind.SALES, currency, company)


def purchased_liability(*, company: str, currency: str) -> AccountRef:
    """What `company` owes for points that it sold, in money."""
    return _of_company(Kind.PURCHASED_LIABILITY, currency, company)


def voucher_funding(*, company: str, currency: str) -> AccountRef:
    """The account that money vouchers given away by `company` come from."""
    return _of_company(Kind.VOUCHER_FUNDING, currency, company)


def clearing(*, company: str, currency: str) -> AccountRef:
    """What `company` owes (below zero) or is owed for network points."""
    return _of_company(Kind.CLEARING, currency, company)


def risk(*, company: str | None, unit: str) -> AccountRef:
    """What went wrong at `company`'s risk, or (None) at the operator's; below zero as far as it was paid for."""
    return _ref(Kind.RISK, unit, company=company)


@lru_cache(maxsize=4096)
def _of_company(kind: Account.Kind, unit: str, company: str) -> AccountRef:
    return _ref(kind, unit, company=company)


def _ref(
    kind: Account.Kind,
    unit: str,
    *,
    member: str | None = None,
    company: str | None = None,
    terminal: str | None = None,
    epoch: int | None = None,
) -> AccountRef:
    identity = "\0".join([kind.value, unit, member or "", company or "", terminal or "", str(epoch)])
    return AccountRef(
        id=hashlib.blake2b(identity.encode(), digest_size=16).hexdigest(),
        kind=kind,
        unit=unit,
        member=member,
        company=company,
        terminal=terminal,
        epoch=epoch,
    )
