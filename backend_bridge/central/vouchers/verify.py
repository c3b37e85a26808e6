"""The check that vouchers are right: each row is compared with its history, and with what the books hold."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import Count, Q, Sum

from backend_bridge.central.ledger.accounts import VOUCHERS
from backend_bridge.central.ledger.models import Holding
from backend_bridge.central.vouchers.history import What, is_open
from backend_bridge.central.vouchers.models import Voucher, VoucherEvent
from backend_bridge.central.vouchers.records import account_of, lot_of

_SUMS = {
    "minor": Sum("minor"),
    "opened": Sum("open_change"),
    "used": Count("pk", filter=Q(what=What.USED)),
    "returned": Count("pk", filter=Q(what=What.RETURNED)),
}
_NOTHING = {"minor": 0, "opened": 0, "used": 0, "returned": 0}
_AT_ONCE = 500


def verify_vouchers() -> list[str]:
    """What is wrong with vouchers, one sentence each; empty when they are right. Reads every event."""
    wrong: list[str] = []
    rows: list[Voucher] = []
    for row in Voucher.objects.order_by("pk").iterator(chunk_size=_AT_ONCE):
        rows.append(row)
        if len(rows) == _AT_ONCE:
            wrong += _wrong(rows)
            rows = []
    return [*wrong, *_wrong(rows)]


def _wrong(rows: list[Voucher]) -> Iterator[str]:
    found = VoucherEvent.objects.filter(voucher__in=rows).values("voucher").annotate(**_SUMS).order_by()
    sums = {row["voucher"]: row for row in found}
    lots = {lot_of(row.pk): row.pk for row in rows}
    holdings = Holding.objects.filter(lot__in=lots, account__kind__in=VOUCHERS, amount__gt=0)
    held = {(lots[lot], account): amount for lot, account, amount in holdings.values_list("lot", "account", "amount")}
    for row in rows:
        on_it = held.pop((row.pk, account_of(row).id), 0)
        yield from _wrong_row(row, sums.get(row.pk, _NOTHING), on_it)
    for (voucher, _account), amount in held.items():
        yield f"voucher {voucher} holds {amount} in an account that is not its own"


def _wrong_row(row: Voucher, sums: dict[str, Any], on_it: int) -> Iterator[str]:
    if sums["minor"] != on_it:
        yield f"voucher {row.pk} holds {on_it}, its history says {sums['minor']}"
    if sums["opened"] != is_open(row):
        yield f"voucher {row.pk} is {row.state}, its history says otherwise"
    if sums["used"] != row.uses_made:
        yield f"voucher {row.pk} was used {row.uses_made} times, its history says {sums['used']}"
    ended = row.state == Voucher.State.CANCELLED or row.kind in (Voucher.Kind.MONEY, Voucher.Kind.POINTS)
    left = row.uses_total - sums["used"] + sums["returned"] - row.lapsed_uses
    if not ended and left != row.uses_left:
        yield f"voucher {row.pk} has {row.uses_left} uses left, its history says {left}"
