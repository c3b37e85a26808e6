"""The acts of receipts and of their reversals, as the ledger keeps them, or as terminals signed them."""

from __future__ import annotations

import msgspec

from backend_bridge.central.ledger.models import Cause
from backend_bridge.central.sales import at_terminals
from backend_bridge.central.sales.models import Receipt, Reversal
from loyalty.acts.sales import SaleMade, SaleReversed


def sale_of(receipt: Receipt) -> SaleMade:
    """The act of a receipt."""
    payload = _payload(receipt.cause_id)
    return msgspec.json.decode(payload, type=SaleMade) if payload else at_terminals.kept_sale(receipt.cause_id)


def reversals_of(receipt: Receipt) -> tuple[SaleReversed, ...]:
    """The acts of a receipt's reversals, in their order."""
    causes = Reversal.objects.filter(receipt=receipt).order_by("number").values_list("cause", flat=True)
    return tuple(reversal_of(cause) for cause in causes)


def reversal_of(cause: str) -> SaleReversed:
    """The act of the reversal with this cause."""
    payload = _payload(cause)
    return msgspec.json.decode(payload, type=SaleReversed) if payload else at_terminals.kept_reversal(cause)


def _payload(cause: str) -> str:
    return Cause.objects.values_list("payload", flat=True).get(key=cause)
