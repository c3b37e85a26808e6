"""Daily figures of vouchers (V23): sums of their history, made anew whenever they are asked for."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import msgspec
from django.db.models import Count, QuerySet, Sum

from backend_bridge.central.vouchers.errors import BadVoucher
from backend_bridge.central.vouchers.models import VoucherEvent

What = VoucherEvent.What
MOST_DAYS = 366
Group = tuple[str, str]


class DailyFigures(msgspec.Struct, frozen=True, kw_only=True):
    """One day of a company's vouchers of one kind and VAT class (`purpose`; empty: given away). `issued` counts
    what was given away, `sold` what was sold. `redeemed` counts uses, with what they were worth on receipts, and
    `returned` those that were given back. `open` can be used at the end of the day; `open_minor` is on it."""

    day: dt.date
    kind: str
    purpose: str
    issued: int = 0
    issued_minor: int = 0
    sold: int = 0
    sold_minor: int = 0
    registered: int = 0
    redeemed: int = 0
    redeemed_minor: int = 0
    worth_minor: int = 0
    returned: int = 0
    returned_minor: int = 0
    revived: int = 0
    expired: int = 0
    expired_minor: int = 0
    cancelled: int = 0
    cancelled_minor: int = 0
    open: int = 0
    open_minor: int = 0


#: Which fields an event counts in: how many, and the money by which sign.
_FIELDS = {
    What.ISSUED: ("issued", 1),
    What.SOLD: ("sold", 1),
    What.REGISTERED: ("registered", 0),
    What.USED: ("redeemed", -1),
    What.RETURNED: ("returned", 1),
    What.REVIVED: ("revived", 0),
    What.EXPIRED: ("expired", -1),
    What.CANCELLED: ("cancelled", -1),
}


def daily_figures(*, company: str, first: dt.date, last: dt.date) -> tuple[DailyFigures, ...]:
    """The figures of each day from `first` to `last`, by day, kind and VAT class; raises `BadVoucher` for more
    than a year. A group is told on every day from the first on which it has had anything."""
    if not 0 <= (last - first).days < MOST_DAYS:
        raise BadVoucher("last", "range", f"1 to {MOST_DAYS} days, the last not before the first")
    events = VoucherEvent.objects.filter(company=company)
    stock = _stock(events.filter(day__lt=first))
    by_day: dict[dt.date, dict[Group, dict[str, int]]] = defaultdict(lambda: defaultdict(lambda: defaultdict(int)))
    for row in _sums(events.filter(day__range=(first, last)), "day", "what"):
        _count(by_day[row["day"]][row["kind"], row["purpose"]], row)
    told: list[DailyFigures] = []
    for offset in range((last - first).days + 1):
        day = first + dt.timedelta(days=offset)
        told += _of_day(day, by_day[day], stock)
    return tuple(told)


def _of_day(
    day: dt.date, figures: dict[Group, dict[str, int]], stock: dict[Group, tuple[int, int]]
) -> Iterable[DailyFigures]:
    for group in sorted({*stock, *figures}):
        counted = dict(figures.get(group, {}))
        open_before, minor_before = stock.get(group, (0, 0))
        now = (open_before + counted.pop("open", 0), minor_before + counted.pop("open_minor", 0))
        stock[group] = now
        yield DailyFigures(day=day, kind=group[0], purpose=group[1], open=now[0], open_minor=now[1], **counted)


def _sums(events: QuerySet[VoucherEvent], *by: str) -> list[dict[str, Any]]:
    sums = {
        "count": Count("pk"),
        "minor": Sum("minor"),
        "worth": Sum("worth_minor"),
        "opened": Sum("open_change"),
    }
    return list(events.values("kind", "purpose", *by).annotate(**sums).order_by())


def _stock(events: QuerySet[VoucherEvent]) -> dict[Group, tuple[int, int]]:
    """What was open before, by group."""
    return {(row["kind"], row["purpose"]): (row["opened"], row["minor"]) for row in _sums(events)}


def _count(figures: dict[str, int], row: dict[str, Any]) -> None:
    figures["open"] += row["opened"]
    figures["open_minor"] += row["minor"]
    found = _FIELDS.get(What(row["what"]))
    if found is None:
        return
    name, sign = found
    figures[name] += row["count"]
    if sign:
        figures[f"{name}_minor"] += sign * row["minor"]
    if row["what"] == What.USED:
        figures["worth_minor"] += row["worth"]
