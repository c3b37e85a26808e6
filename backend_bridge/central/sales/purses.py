"""Where a receipt's points come from and go to: the customer's main account, or what a terminal holds of theirs."""

from __future__ import annotations

from collections.abc import Callable

from backend_bridge.central.ledger import accounts
from backend_bridge.central.ledger.accounts import AccountRef

#: The account of a member in a pool.
Purse = Callable[[str, str], AccountRef]


def in_main(member: str, pool: str) -> AccountRef:
    """The main account."""
    return accounts.main(member=member, pool=pool)
