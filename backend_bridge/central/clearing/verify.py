"""The check that closed months still are what was paid for them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from backend_bridge.central.clearing.closing import entries_of
from backend_bridge.central.clearing.models import ClearingMonth
from backend_bridge.central.ledger.models import Transfer
from loyalty.clearing.netting import net, positions


def verify_clearing() -> list[str]:
    """What is wrong with closed months, one sentence each: what their lines come to, and what was transferred
    when they were closed, is compared for each company. Reads every line of every closed month."""
    return [told for row in ClearingMonth.objects.order_by("pk") for told in _wrong(row)]


def _wrong(row: ClearingMonth) -> Iterable[str]:
    by_lines = positions(net(entries_of(row.programme_id, row.month)))
    paid: Counter[tuple[str, str]] = Counter()
    transfers = Transfer.objects.filter(cause__key=row.cause).select_related("debit", "credit")
    for transfer in transfers:
        paid[str(transfer.debit.company_id), transfer.unit] -= transfer.amount
        paid[str(transfer.credit.company_id), transfer.unit] += transfer.amount
    for company, currency in sorted(by_lines.keys() | paid.keys()):
        told, moved = by_lines.get((company, currency), 0), paid[company, currency]
        if told != moved:
            yield f"clearing of {row.month}: {company} has {told} {currency} by its lines, {moved} was transferred"
