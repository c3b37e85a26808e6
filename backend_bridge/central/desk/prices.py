"""Whether a reward was paid as the rules say by which the terminal judged it.

What is said by an authentic entry has happened: it is posted either way. A spend that does not fit its reward's
price is raised, since the terminal's program, its rules or its keeper is not what it should be.
"""

from __future__ import annotations

from functools import lru_cache

from backend_bridge.central.desk.turn import Turn
from backend_bridge.central.fleet import incidents
from backend_bridge.central.fleet.models import Incident, PublishedRules
from loyalty.entries import Entry, PointsSpent
from loyalty.errors import WireError
from loyalty.rules import decode


def check(entry: Entry, spent: PointsSpent, turn: Turn) -> None:
    """Raise a spend that is not its reward's price in the rules that `entry` names. Of rules that were not
    published to this company nothing is known, and nothing is said."""
    prices = _prices(turn.company.pk, entry.rules)
    if prices is None:
        return
    paid = sum(lot.points for lot in spent.lots)
    price = prices.get((spent.reward, spent.pool))
    if paid == price:
        return
    key = f"{entry.terminal}/{entry.epoch}/{entry.seq}"
    wanted = "is no reward of" if price is None else f"costs {price} points by"
    detail = f"{key}: {paid} points were spent on {spent.reward[:64]!r}, which {wanted} the rules {entry.rules[:40]!r}"
    incidents.notice(Incident.Kind.PRICE, key=key, terminal=entry.terminal, detail=detail, at=turn.at)


@lru_cache(maxsize=64)
def _prices(company: str, version: str) -> dict[tuple[str, str], int] | None:
    """The points of each (reward, pool) in a bundle, which never changes once it is published; None: it was not,
    so that no terminal has it from here."""
    # A number that no database takes is no version either.
    published = PublishedRules.objects.filter(branch__company=company, version=version.replace("\0", "")).first()
    if published is None:
        return None
    try:
        rules = decode(bytes(published.data), sha256=published.sha256)
    except WireError:
        return None
    return {(reward.reward, reward.pool): reward.points for reward in rules.rewards}
