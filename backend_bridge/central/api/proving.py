"""PINs at the payment with points (D2): a proof that is given is judged, and one that the company wants must be given.

Staff stand at the counter, so by default the API takes points without a PIN. A company that lets nobody pay with a
number alone (`Company.pin_at_api`) wants the proof wherever the customer is known by nothing but a card's number.
"""

from __future__ import annotations

from backend_bridge.central.api.calling import Call
from backend_bridge.central.api.problems import broken, conflict
from backend_bridge.central.customers.models import Card
from backend_bridge.central.customers.services.judging_pins import is_proved
from backend_bridge.central.sales.request import Who

_FIELD = "body.who.proof"


def check_proof(call: Call, card: str, proof: str) -> None:
    """Raises `ProblemError` for a proof that is not of this card's own PIN, at this company, a moment ago."""
    if not is_proved(card, proof, call.at, company=call.company):
        raise broken(_FIELD, "proof", "This proves no PIN of this card, or not any more: judge it again.")


def check_proved(call: Call, who: Who | None, proof: str | None) -> None:
    """For a payment with points. Raises `ProblemError` where the company wants a PIN with a card that is only a number,
    and there is no proof of it; one that is there was judged before."""
    if who is None or who.card is None or proof is not None or not call.caller.company.pin_at_api:
        return
    if not Card.objects.filter(pk=who.card).exclude(trust=Card.Trust.UID).exists():
        raise conflict("This company takes points with a card only after its PIN.", reason="pin_wanted")
