"""How much a terminal keeps for a member, so that a regular can spend where they usually come, also offline.

The policy goes by the visits and redemptions of the last 90 days (ADR 0018):

- A regular of a branch has redeemed there, or came at least twice. Of anybody else nothing is kept: whoever
  tries their card everywhere locks nothing. Only on the very first visit, when no habit is known yet, what came
  into a terminal's hands stays there, up to the cap: most people come back to where they were.
- Kept is what they redeem there: the largest of their redemptions, twice that from the third on (they may come
  twice before the next connection), and for a regular who never redeemed the cheapest reward.
- All terminals of a company together keep at most its cap for one member, the terminals where they come most
  often first. A part that pays no reward is not kept: two terminals that hold a half each serve nobody.
- What is missing is topped up while the customer is there, out of the main account alone: nothing is recalled for
  it, and as much stays there as they spend elsewhere at a time. The main account goes on serving; what it
  lacks for more than that is recalled, since these rights come back whenever they are asked for.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

import msgspec
from django.db.models import F, Min, Sum

from backend_bridge.central.customers.models import Card
from backend_bridge.central.desk.granting import MOST_LOTS
from backend_bridge.central.desk.rules import trust_rules
from backend_bridge.central.desk.turn import Turn
from backend_bridge.central.fleet.models import TerminalVisit
from backend_bridge.central.ledger import balances
from backend_bridge.central.ledger.models import Redemption
from backend_bridge.central.organisation.models import Pool, Reward
from loyalty.rights import LotRight, choose_lots, held_points

#: Habits are what was done in this time.
HABIT = dt.timedelta(days=90)
#: A card that is laid on again within this time is the same visit.
_SAME_VISIT = dt.timedelta(minutes=10)
#: So many visits without a redemption make a regular.
_REGULAR_VISITS = 2
#: From so many redemptions on, two of them are kept for.
_OFTEN = 3


class Habits(msgspec.Struct, frozen=True):
    """What a member did in the last 90 days: `visits` by (terminal, branch) of one company, and the points
    of their redemptions by (pool, branch) wherever it was."""

    visits: dict[tuple[str, str], int]
    redeemed: dict[tuple[str, str], list[int]]

    @property
    def first_visit(self) -> bool:
        """Whether nothing is known but that they are here."""
        return sum(self.visits.values()) == 1 and not self.redeemed

    def redeemed_at(self, branch: str, *, pool: str) -> list[int]:
        """The redemptions out of `pool` at `branch`."""
        return self.redeemed.get((pool, branch), [])

    def largest_elsewhere(self, *, pool: str) -> int:
        """The largest redemption out of `pool` at a branch where none of these visits was."""
        here = {branch for _terminal, branch in self.visits}
        found = (max(points) for (of, branch), points in self.redeemed.items() if of == pool and branch not in here)
        return max(found, default=0)


def note_visit(member: str, turn: Turn) -> None:
    """The member's card lies on this terminal."""
    day = turn.at.date()
    today = TerminalVisit.objects.filter(member=member, terminal=turn.terminal, day=day)
    if today.filter(last_at__lte=turn.at - _SAME_VISIT).update(visits=F("visits") + 1, last_at=turn.at):
        return
    if not today.exists():
        TerminalVisit.objects.filter(member=member, day__lt=day - HABIT).delete()
        row = TerminalVisit(member_id=member, terminal=turn.terminal, day=day, last_at=turn.at)
        TerminalVisit.objects.bulk_create([row], ignore_conflicts=True)


def habits(member: str, turn: Turn) -> Habits:
    """What `member` did at the terminals of this company, and what they redeemed."""
    visits = TerminalVisit.objects.filter(
        member=member, terminal__branch__company=turn.company, day__gte=turn.at.date() - HABIT
    )
    counted = visits.values("terminal", "terminal__branch").annotate(times=Sum("visits"))
    redeemed: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    rows = Redemption.objects.filter(member=member, at__gte=turn.at - HABIT)
    for pool, branch, points in rows.values_list("pool", "branch", "points"):
        redeemed[pool, branch].append(points)
    return Habits({(row["terminal"], row["terminal__branch"]): row["times"] for row in counted}, dict(redeemed))


class Placed(msgspec.Struct, frozen=True):
    """What a terminal `keep`s for a member, by pool, and the `lots` that are missing there."""

    keep: dict[str, int]
    lots: tuple[LotRight, ...]


def plan(
    card: Card, pools: Iterable[Pool], turn: Turn, *, totals: Mapping[str, int], held: Mapping[str, int]
) -> Placed | None:
    """What this terminal keeps for the bearer of `card`, who has `totals` in the `pools` accepted here, `held` of it
    by this terminal. None where the company keeps nothing."""
    cap = turn.company.keep_points
    if cap == 0:
        return None
    member = card.customer_id
    told, cheapest = habits(member, turn), _cheapest_rewards(turn)
    keep: dict[str, int] = {}
    lots: list[LotRight] = []
    for pool in pools:
        # Where nothing can be redeemed, nothing is kept.
        least = cheapest.get(pool.pk, cap + 1)
        keep[pool.pk] = shared_out(told, pool=pool.pk, least=least, cap=cap).get(turn.terminal.pk, 0)
        if told.first_visit:
            # What is here stays; nothing is added to it.
            keep[pool.pk] = cap
            continue
        here, total = held.get(pool.pk, 0), totals.get(pool.pk, 0)
        if keep[pool.pk] > here and total >= pool.minimum_balance and _spends_offline(card, turn):
            spare = total - told.largest_elsewhere(pool=pool.pk)
            room = min(keep[pool.pk], _room(member, pool, turn)) - here
            lots += _out_of_main(member, pool, turn, wanted=room, spare=spare, least=least - here)
    return Placed(keep, tuple(lots[:MOST_LOTS]))


def _cheapest_rewards(turn: Turn) -> dict[str, int]:
    """The points of the company's cheapest reward, by pool."""
    rows = Reward.objects.filter(company=turn.company, active=True).values("pool").annotate(least=Min("points"))
    return {row["pool"]: row["least"] for row in rows}


def _spends_offline(card: Card, turn: Turn) -> bool:
    rule = trust_rules(turn.company).get(card.trust)
    return rule is not None and rule.spend_offline


def _out_of_main(member: str, pool: Pool, turn: Turn, *, wanted: int, spare: int, least: int) -> list[LotRight]:
    """Up to `wanted` points of the main account, but not what is not to `spare`; none where that is below `least`."""
    rights = balances.main_rights(member=member, pool=pool.pk, at=turn.at)
    main = held_points(rights, member=member, pool=pool.pk, at_ms=turn.now_ms)
    points = min(wanted, main, spare)
    if points < max(least, 1):
        return []
    chosen = choose_lots(rights, member=member, pool=pool.pk, points=points, at_ms=turn.now_ms)
    by_lot = {right.lot: right for right in rights}
    return [msgspec.structs.replace(by_lot[spend.lot], points=spend.points) for spend in chosen]


def _room(member: str, pool: Pool, turn: Turn) -> int:
    """What the company's cap leaves to this terminal: less what its others hold, whatever they should."""
    own = set(turn.company.branch_set.values_list("terminal", flat=True)) - {turn.terminal.pk, None}
    held = balances.escrows(member=member, pool=pool.pk, at=turn.at)
    return turn.company.keep_points - sum(one.points for one in held if one.terminal in own)


def shared_out(told: Habits, *, pool: str, least: int, cap: int) -> dict[str, int]:
    """What each terminal of the company keeps, the most visited first, until the cap is reached."""
    at_branch: Counter[str] = Counter()
    for (_terminal, branch), times in told.visits.items():
        at_branch[branch] += times
    left, shares = cap, {}
    for (terminal, branch), _times in sorted(told.visits.items(), key=lambda one: (-one[1], one[0])):
        share = min(_wanted(told.redeemed_at(branch, pool=pool), visits=at_branch[branch], least=least), left)
        if share >= least:
            shares[terminal] = share
            left -= share
    return shares


def _wanted(redeemed: list[int], *, visits: int, least: int) -> int:
    if redeemed:
        return max(redeemed) * (2 if len(redeemed) >= _OFTEN else 1)
    return least if visits >= _REGULAR_VISITS else 0
