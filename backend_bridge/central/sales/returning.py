"""Reversing receipts: as a whole or by line, at once or in parts, each reversal once."""

from __future__ import annotations

import datetime as dt

import msgspec

from backend_bridge.central.acting import judge
from backend_bridge.central.errors import KeyUsedOtherwise
from backend_bridge.central.ledger.posting import Posting
from backend_bridge.central.sales import recalling
from backend_bridge.central.sales.errors import BadSale, ReceiptNotKnown
from backend_bridge.central.sales.kept import reversals_of, sale_of
from backend_bridge.central.sales.models import Receipt
from backend_bridge.central.sales.request import ReverseRequest, digest
from backend_bridge.central.sales.reversing import sale_reversed
from backend_bridge.central.sales.terms import settled_policy
from loyalty.acts.sales import SaleReversed
from loyalty.evaluation.checks import check_form
from loyalty.reversal import result

_LONGEST_KEY = 64


class ReversalTold(msgspec.Struct, frozen=True, kw_only=True):
    """What a reversal did. `forgiven` are points that were to be taken back and are not, `owed` points that the
    customer owes by it; `reissued` are vouchers in the place of others."""

    receipt: str
    number: int
    reversal: result.Reversal
    forgiven: int
    owed: int
    reissued: tuple[str, ...] = ()
    repeated: bool = False


def reverse_sale(
    *, company: str, branch: str, request: ReverseRequest, key: str, by: str, at: dt.datetime
) -> ReversalTold:
    """Reverse what `request` says, once for `key`; the same request again gets the same answer.

    Raises `ReceiptNotKnown`, `BadSale`, `CaseError` naming a field, `loyalty.reversal.errors.ReversalError`,
    `ReceiptAtTerminal`, `NotReturnable`, `VoucherError`, and `KeyUsedOtherwise` for another request under the key;
    nothing is booked then.
    """

    def decide(posting: Posting) -> SaleReversed:
        receipt = _receipt(request.receipt, branch=branch, company=company)
        recalling.check_not_at_terminal(receipt)
        sale, earlier = sale_of(receipt), reversals_of(receipt)
        policy = settled_policy(request.policy, company=company)
        return sale_reversed(request, policy, receipt=receipt, sale=sale, earlier=earlier, posting=posting)

    check_form(request)
    if not 0 < len(key) <= _LONGEST_KEY:
        raise BadSale("key", "length", f"a key has 1 to {_LONGEST_KEY} characters")
    if not Receipt.objects.filter(company=company, branch=branch, number=request.receipt).exists():
        raise ReceiptNotKnown
    done = judge(decide, key=f"reversal/{branch}/{key}", company=company, by=by, at=at)
    act: SaleReversed = done.act
    if done.repeated and act.request != digest(request):
        raise KeyUsedOtherwise(f"the key {key} was used for something else before")
    return ReversalTold(
        receipt=act.receipt,
        number=act.number,
        reversal=act.reversal,
        forgiven=sum(gift.forgiven for gift in act.gifts),
        owed=sum(gift.debt for gift in act.gifts),
        reissued=done.result.reissued,
        repeated=done.repeated,
    )


def _receipt(number: str, *, branch: str, company: str) -> Receipt:
    """Two reversals of one receipt at the same moment want the same number: the slower one is decided again."""
    rows = Receipt.objects.select_related("branch").filter(company=company, branch=branch, number=number)
    row: Receipt | None = rows.first()
    if row is None:
        raise ReceiptNotKnown
    return row
