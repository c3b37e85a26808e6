"""Accounts by what they stand for. An account's id is made from its identity, so that two who open
the same account at once open one."""

from __future__ import annotations

import hashlib

from backend_bridge.central.ledger.models import Account


def main(*, member: str, pool: str) -> Account:
    """The account of what `member` has in `pool` and no terminal holds."""
    return _open(Account.Kind.MEMBER_MAIN, pool=pool, member=member)


def escrow(*, member: str, pool: str, terminal: str, epoch: int) -> Account:
    """The account of what one terminal and epoch holds for `member` in `pool`."""
    return _open(Account.Kind.MEMBER_ESCROW, pool=pool, member=member, terminal=terminal, epoch=epoch)


def funding(*, company: str, pool: str) -> Account:
    """The account that points given by `company` come from; its balance is never above zero."""
    return _open(Account.Kind.COMPANY_FUNDING, pool=pool, company=company)


def redeemed(*, company: str, pool: str) -> Account:
    """The account of the points that were spent at `company`."""
    return _open(Account.Kind.COMPANY_REDEEMED, pool=pool, company=company)


def _open(
    kind: Account.Kind,
    *,
    pool: str,
    member: str | None = None,
    company: str | None = None,
    terminal: str | None = None,
    epoch: int | None = None,
) -> Account:
    identity = "\0".join([kind.value, pool, member or "", company or "", terminal or "", str(epoch)])
    account, _made = Account.objects.get_or_create(
        id=hashlib.blake2b(identity.encode(), digest_size=16).hexdigest(),
        defaults={
            "kind": kind,
            "pool_id": pool,
            "member_id": member,
            "company_id": company,
            "terminal_id": terminal,
            "epoch": epoch,
        },
    )
    return account
