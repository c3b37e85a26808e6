"""The acts of receipts and of their reversals, as the ledger keeps them."""

from __future__ import annotations

import msgspec

from backend_bridge.central.ledger.models import Cause
from backend_bridge.central.sales.models import Receipt, Reversal
from loyalty.acts.sales import SaleMade, SaleReversed


def sale_of(receipt: Receipt) -> SaleMade:
    """The act of a receipt."""
    return msgspec.json.decode(_payload(receipt.cause_id), type=SaleMade)


def reversals_of(receipt: Receipt) -> tuple[SaleReversed, ...]:
    """The acts of a receipt's reversals, in their order."""
    causes = Reversal.objects.filter(receipt=receipt).order_by("number").values_list("cause", flat=True)
    return tuple(reversal_of(cause) for cause in causes)


def reversal_of(cause: str) -> SaleReversed:
    """The act of the reversal with this cause."""
    return msgspec.json.decode(_payload(cause), type=SaleReversed)


def _payload(cause: str) -> str:
    return Cause.objects.values_list("payload", flat=True).get(key=cause)
