"""What was paid with points and is to be handed out: found by the code that a customer shows.

A read model of the journal: it can be filled in from there. Whether something was handed out is
staff's word, given once.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence

from backend_bridge.central.fleet.models import JournalEntry, Terminal
from backend_bridge.central.ledger import rows
from backend_bridge.central.ledger.models import Redemption
from loyalty.entries import PointsSpent, read_payload

Row = tuple[object, ...]
_LONGEST_CODE, _LONGEST_REWARD = 16, 64
TABLE = rows.Table(
    "ledger_redemption",
    (
        ("entry", "text"),
        ("member_id", "text"),
        ("pool_id", "text"),
        ("reward", "text"),
        ("points", "bigint"),
        ("code", "text"),
        ("branch_id", "text"),
        ("at", "timestamptz"),
    ),
)
_TIDY = re.compile(rf"[0-9A-HJKMNP-Z]{{0,{_LONGEST_CODE}}}")
#: A code has no I, L, O and U: who types one of the first three has read a digit.
_MISREAD = str.maketrans("ILO", "110")


def tidy_code(typed: str) -> str:
    """A hand-in code as it is kept: capitals and digits, without spaces and hyphens."""
    if _TIDY.fullmatch(typed):
        return typed
    plain = "".join(letter for letter in typed.upper() if letter.isascii() and letter.isalnum())
    return plain.translate(_MISREAD)[:_LONGEST_CODE]


def row_of(spent: PointsSpent, *, entry: str, branch: str, at: object) -> Row:
    """What the entry of this key (terminal/epoch/seq) spent, as a row of `TABLE`.

    `at` is an instant as the database keeps it (`rows.instant`). `reward` and `code` are the terminal's words: they
    are cut to what a page can show.
    """
    reward = spent.reward
    if not reward.isprintable():
        reward = "".join(letter for letter in reward if letter.isprintable())
    count = sum([lot.points for lot in spent.lots])
    told = (reward[:_LONGEST_REWARD], count, tidy_code(spent.code))
    return (entry, spent.member, spent.pool, *told, branch, at)


def record(redeemed: Sequence[Row]) -> None:
    """Write these down with one statement. Raises `IntegrityError` where one was written before."""
    rows.insert(TABLE, redeemed)


def hand_out(redemption: int, *, at: dt.datetime, by: int | None) -> bool:
    """Tick one off; False where that was done before."""
    waiting = Redemption.objects.filter(pk=redemption, handed_out_at=None)
    return waiting.update(handed_out_at=at, handed_out_by=by) > 0


def fill_in() -> int:
    """Record what the journal has from before redemptions were written down; how many were missing.

    Their time is when they were applied, their branch where the terminal stands now.
    """
    posted = JournalEntry.objects.filter(kind="points_spent", outcome=JournalEntry.Outcome.POSTED)
    if posted.count() == Redemption.objects.count():
        return 0
    known = set(Redemption.objects.values_list("entry", flat=True))
    missing = [row for row in posted.order_by("pk").iterator() if str(row) not in known]
    branches = dict(Terminal.objects.values_list("pk", "branch"))
    for row in missing:
        body = read_payload(bytes(row.payload)).body
        if isinstance(body, PointsSpent):
            record([row_of(body, entry=str(row), branch=branches[row.terminal_id], at=rows.instant(row.applied_at))])
    return len(missing)
