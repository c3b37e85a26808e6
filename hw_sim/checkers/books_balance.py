"""The books balance: every holding is the sum of its transfers, and no customer's is below zero.

What a customer owes after a reversal is the one account that is below zero by design.
"""

from __future__ import annotations

import sqlite3

_SUMS = """
SELECT account, lot_id, sum(amount) FROM (
    SELECT credit_id AS account, lot_id, amount FROM ledger_transfer
    UNION ALL
    SELECT debit_id, lot_id, -amount FROM ledger_transfer
) GROUP BY account, lot_id
"""


def check(central: sqlite3.Connection) -> list[str]:
    """What does not add up."""
    kinds = dict(central.execute("SELECT id, kind FROM ledger_account"))
    sums = {(account, lot): points for account, lot, points in central.execute(_SUMS)}
    wrong = [
        f"{kinds[account]} account {account} holds {points} of lot {lot}"
        for (account, lot), points in sums.items()
        if points < 0 and kinds[account].startswith("member") and kinds[account] != "member_debt"
    ]
    if sum(sums.values()):
        wrong.append(f"all accounts together hold {sum(sums.values())}, not 0")
    for account, lot, points in central.execute("SELECT account_id, lot_id, amount FROM ledger_holding"):
        if sums.get((account, lot), 0) != points:
            wrong.append(
                f"the running balance of {account} in lot {lot} is {points}, its sum {sums.get((account, lot))}"
            )
    return wrong
