"""The stocks of limits: what is left, taking from it and giving back, never below zero.

Only taking makes a stock, and lets it follow a limit that was changed; so a stock is what acts made of it, and
sales and a change of the limit cannot miss one another.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping

from django.db.models import BigIntegerField, Case, F, Value, When
from django.db.models.functions import Greatest

from backend_bridge.central.campaigns.errors import LimitSpent
from backend_bridge.central.campaigns.models import LimitStock
from loyalty.campaigns.campaign import Campaign, Stock
from loyalty.campaigns.taking import Limit, Taken, limits_of, stock_name

_FIELDS = {Limit.BUDGET: "budget", Limit.USES: "uses", Limit.CUSTOMER: "customer_uses", Limit.DAY: "day_uses"}


def left_of(
    campaigns: Iterable[Campaign], *, customer: str | None, day: dt.date, lock: bool = False
) -> tuple[Stock, ...]:
    """What is left of the limits of `campaigns` for this customer on this day. With `lock`, inside a
    transaction, what was taken from before stays as it is; who is the first to take may find a `LimitSpent`."""
    wanted = {
        stock_name(campaign.campaign, limit, subject): (campaign.campaign, limit, most)
        for campaign in campaigns
        for limit, (subject, most) in limits_of(campaign, customer=customer, day=day).items()
    }
    if not wanted:
        return ()
    rows = LimitStock.objects.select_for_update() if lock else LimitStock.objects.all()
    known = {row.pk: row for row in rows.filter(pk__in=list(wanted)).order_by("pk")}
    stocks: dict[str, dict[str, int]] = {}
    for name, (campaign_id, limit, most) in wanted.items():
        stocks.setdefault(campaign_id, {})[_FIELDS[limit]] = _left(known.get(name), most)
    return tuple(Stock(campaign=campaign_id, **fields) for campaign_id, fields in stocks.items())


def take(taken: Iterable[Taken]) -> None:
    """Take from the stocks, all or nothing; raises `LimitSpent` where less is left. The caller's
    transaction takes it back with everything else."""
    amounts, most = _sums(taken)
    if not amounts:
        return
    _lock(most)
    enough = LimitStock.objects.filter(pk__in=amounts, left__gte=_amount(amounts))
    if enough.update(left=F("left") - _amount(amounts)) != len(amounts):
        raise LimitSpent("a limit of a campaign is used up")


def give_back(taken: Iterable[Taken]) -> None:
    """What was taken is there again, as far as the limit of today allows."""
    amounts, _most = _sums(taken)
    if not amounts:
        return
    # In one order with everybody else.
    list(LimitStock.objects.select_for_update().filter(pk__in=amounts).order_by("pk").values_list("pk"))
    amount = _amount(amounts)
    LimitStock.objects.filter(pk__in=amounts).update(
        left=F("left") + Greatest(amount - F("over"), Value(0)), over=Greatest(F("over") - amount, Value(0))
    )


def _left(row: LimitStock | None, most: int) -> int:
    if row is None:
        return most
    _follow(row, most)
    return row.left


def _follow(row: LimitStock, most: int) -> None:
    """Let `row` have the limit `most`, with what was taken from it."""
    left = row.left - row.over + most - row.most
    row.most, row.left, row.over = most, max(left, 0), max(-left, 0)


def _lock(most: Mapping[str, tuple[str, int]]) -> None:
    """Lock the stocks of these names, as (campaign, limit), in one order, with the limits of today; make those
    that are missing."""
    LimitStock.objects.bulk_create(
        [
            LimitStock(pk=name, campaign_id=campaign, most=limit, left=limit)
            for name, (campaign, limit) in sorted(most.items())
        ],
        ignore_conflicts=True,
    )
    rows = LimitStock.objects.select_for_update().filter(pk__in=most).order_by("pk")
    changed = [row for row in rows if row.most != most[row.pk][1]]
    for row in changed:
        _follow(row, most[row.pk][1])
    LimitStock.objects.bulk_update(changed, ["most", "left", "over"])


def _sums(taken: Iterable[Taken]) -> tuple[dict[str, int], dict[str, tuple[str, int]]]:
    amounts: dict[str, int] = {}
    most: dict[str, tuple[str, int]] = {}
    for one in taken:
        if one.amount > 0:
            amounts[one.stock] = amounts.get(one.stock, 0) + one.amount
            most[one.stock] = (one.campaign, one.most)
    return amounts, most


def _amount(amounts: Mapping[str, int]) -> Case:
    cases = [When(pk=name, then=Value(amount)) for name, amount in amounts.items()]
    return Case(*cases, output_field=BigIntegerField())
