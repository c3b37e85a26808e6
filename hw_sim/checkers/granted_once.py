"""No grant is taken twice, by whichever terminal or epoch; what is granted left the member's main account once."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable

from loyalty.entries import Entry, GrantTaken


def check_taken(entries: Iterable[Entry]) -> list[str]:
    """Grants that are in journals more than once, or under another terminal or epoch than they were given to."""
    taken: Counter[str] = Counter()
    for entry in entries:
        if isinstance(entry.body, GrantTaken):
            taken[entry.body.grant] += 1
    return [f"grant {grant} was taken {count} times" for grant, count in taken.items() if count > 1]


def check_booked(central: sqlite3.Connection) -> list[str]:
    """Grants whose points did not move exactly once, and requests that were granted twice."""
    wrong = [
        f"request {request} of {terminal}/{epoch} was granted {count} times"
        for terminal, epoch, request, count in central.execute(
            "SELECT terminal_id, epoch, request, count(*) FROM fleet_grant GROUP BY 1, 2, 3 HAVING count(*) > 1"
        )
    ]
    moved = dict(
        central.execute(
            "SELECT c.key, sum(t.amount) FROM ledger_cause c JOIN ledger_transfer t ON t.cause_id = c.id"
            " AND t.kind = 'granted' GROUP BY c.key"
        )
    )
    rows = central.execute(
        "SELECT g.id, (SELECT coalesce(sum(value), 0) FROM json_each(g.lots)) FROM fleet_grant g"
        " WHERE NOT g.from_journal"
    ).fetchall()
    for grant, points in rows:
        if moved.get(f"grant/{grant}", 0) != points:
            wrong.append(f"grant {grant} gives {points} points, {moved.get(f'grant/{grant}', 0)} were moved")
    return wrong
