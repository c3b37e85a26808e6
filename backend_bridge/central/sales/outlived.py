"""Vouchers for later that outlive the receipt that gave them: used first, given back a use after it was reversed.

While such a voucher is used nothing can be taken off it, and its receipt is reversed without. When its use comes
back it is made as small as it would be by then, or ends.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from backend_bridge.central.ledger.posting import Posting
from backend_bridge.central.sales.kept import reversal_of, reversals_of, sale_of
from backend_bridge.central.sales.models import Receipt, Reversal
from backend_bridge.central.vouchers import records
from backend_bridge.central.vouchers.models import Voucher as Row
from backend_bridge.central.vouchers.models import VoucherEvent
from backend_bridge.central.vouchers.posting.taking import locked
from backend_bridge.central.vouchers.services.once import new_ids
from loyalty.acts.sales import Reissued
from loyalty.acts.vouchers import VoucherCancelled, VouchersIssued, VoucherUseReturned
from loyalty.benefits import PastOff
from loyalty.conditions import Conditions

What = VoucherEvent.What


def outlived_rebates(
    returned: Iterable[VoucherUseReturned], posting: Posting
) -> tuple[list[VoucherCancelled], list[Reissued]]:
    """Of the vouchers that get a use back: those that end at once, and what stands in their place."""
    cancelled, reissued = [], []
    for use in returned:
        # Locked before the receipt's reversals are read: whoever reverses it now waits, or was waited for.
        row = locked(use.voucher, company=posting.company)
        if row.kind != Row.Kind.PAST:
            continue
        issued = _as_issued(row.pk)
        rest = None if issued is None else _rest(row.pk)
        if issued is None or rest is None or rest.turnover_minor >= _turnover(issued):
            continue
        cancelled.append(VoucherCancelled(voucher=row.pk, minor=0, reason="reversed"))
        if rest.value_minor:
            reissued.append(Reissued(by=row.pk, issued=in_place_of(row, issued, value=rest)))
    return cancelled, reissued


def has_outlived(voucher: str) -> bool:
    """Whether something of what earned a voucher for later was taken back, so that it is worth less than it says."""
    issued = _as_issued(voucher)
    rest = None if issued is None else _rest(voucher)
    return issued is not None and rest is not None and rest.turnover_minor < _turnover(issued)


def in_place_of(row: Row, issued: VouchersIssued, *, value: PastOff) -> VouchersIssued:
    """A voucher over `value` in the place of `row`, which was `issued`: with the days, terms and owner that it has by
    now, so that one that has run out is not worth anything again."""
    terms = records.conditions_of(row)
    like = msgspec.structs.replace(
        issued.like,
        value=value,
        owner=row.owner_id,
        owner_bound=row.owner_bound,
        **{name: getattr(terms, name) for name in Conditions.__struct_fields__},
    )
    return msgspec.structs.replace(issued, vouchers=new_ids(), like=like)


def in_its_place(issued: VouchersIssued) -> VouchersIssued:
    """What stands in the place of a voucher for later that was made smaller when its use came back."""
    while True:
        [voucher] = issued.vouchers
        ended = VoucherEvent.objects.filter(voucher=voucher, what=What.CANCELLED).first()
        if ended is None or not Reversal.objects.filter(cause_id=ended.cause).exists():
            return issued
        others = (one.issued for one in reversal_of(ended.cause).reissued if one.by == voucher)
        other = next(others, None)
        if other is None:
            return issued
        issued = other


def _rest(voucher: str) -> PastOff | None:
    """What a voucher for later would be now by its receipt; None for one that no receipt gave."""
    found = _origin(voucher)
    if found is None:
        return None
    receipt, campaign = found
    given = next(one.value for one in sale_of(receipt).sold.evaluation.rebates if one.campaign == campaign)
    gone = sum(
        one.turnover_minor for act in reversals_of(receipt) for one in act.reversal.rebates if one.campaign == campaign
    )
    return msgspec.structs.replace(given, turnover_minor=given.turnover_minor - gone)


def _origin(voucher: str) -> tuple[Receipt, str] | None:
    """The receipt and the campaign that gave a voucher, or the one that it stands in the place of."""
    while True:
        cause = _cause_of(voucher)
        receipt = Receipt.objects.filter(cause_id=cause).first()
        if receipt is not None:
            sale = sale_of(receipt)
            pairs = zip(sale.rebates, sale.sold.evaluation.rebates, strict=True)
            return next(((receipt, due.campaign) for issued, due in pairs if voucher in issued.vouchers), None)
        reversal = Reversal.objects.select_related("receipt").filter(cause_id=cause).first()
        if reversal is None:
            return None
        by = next(one.by for one in reversal_of(cause).reissued if voucher in one.issued.vouchers)
        if not Row.objects.filter(pk=by).exists():
            return reversal.receipt, by
        voucher = by


def _as_issued(voucher: str) -> VouchersIssued | None:
    """The act by which a receipt, or the reversal of one, made a voucher."""
    cause = _cause_of(voucher)
    receipt = Receipt.objects.filter(cause_id=cause).first()
    if receipt is not None:
        return next((one for one in sale_of(receipt).rebates if voucher in one.vouchers), None)
    if Reversal.objects.filter(cause_id=cause).exists():
        return next((one.issued for one in reversal_of(cause).reissued if voucher in one.issued.vouchers), None)
    return None


def _cause_of(voucher: str) -> str:
    first: VoucherEvent = VoucherEvent.objects.filter(voucher=voucher).order_by("pk")[0]
    return first.cause


def _turnover(issued: VouchersIssued) -> int:
    return issued.like.value.turnover_minor if isinstance(issued.like.value, PastOff) else 0
