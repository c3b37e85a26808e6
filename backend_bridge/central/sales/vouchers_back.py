"""What a reversal means for vouchers: uses given back, rebates cancelled, registered coupons made anew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from backend_bridge.central.ledger.posting import Posting
from backend_bridge.central.sales.errors import NotReturnable
from backend_bridge.central.sales.outlived import in_its_place, in_place_of
from backend_bridge.central.vouchers import records
from backend_bridge.central.vouchers.models import Voucher as Row
from backend_bridge.central.vouchers.posting.taking import homeless, locked
from backend_bridge.central.vouchers.services.once import new_ids
from loyalty.acts.sales import Reissued, SaleMade, SaleReversed
from loyalty.acts.vouchers import NewVoucher, VoucherCancelled, VouchersIssued, VoucherUseReturned
from loyalty.benefits import PastOff, PointsValue
from loyalty.conditions import Conditions
from loyalty.evaluation.result import Kind
from loyalty.reversal.result import Reversal, ReversalRebate
from loyalty.reversal.taking_back import SpentPolicy
from loyalty.vouchers.voucher import VoucherForm

#: An expired one could be revived, and would outlive its receipt.
_MAY_BE_USED = (Row.State.ISSUED, Row.State.REGISTERED, Row.State.EXPIRED)


class RebatesBack(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of the vouchers for later that a receipt gave; `used` are the campaigns of those that are used."""

    cancelled: list[VoucherCancelled]
    reissued: list[Reissued]
    used: set[str]


def uses_back(reversal: Reversal, sale: SaleMade, posting: Posting) -> tuple[VoucherUseReturned, ...]:
    """The uses that vouchers get back. One that was cancelled since has no use for it."""
    used = {one.voucher: one for one in sale.used}
    back: dict[str, int] = {}
    for discount in reversal.discounts:
        if discount.kind is Kind.VOUCHER and discount.use_back:
            back[discount.id] = used[discount.id].minor
    for payment in reversal.vouchers:
        if payment.restores and payment.minor:
            back[payment.voucher] = payment.minor
        elif not payment.restores and payment.use_back:
            back[payment.voucher] = used[payment.voucher].minor
    found = []
    for voucher, minor in sorted(back.items()):
        cancelled = locked(voucher, company=posting.company).state == Row.State.CANCELLED
        if minor or not cancelled:
            found.append(
                VoucherUseReturned(
                    voucher=voucher,
                    number=used[voucher].number,
                    minor=minor,
                    channel=sale.channel.value,
                    receipt=sale.receipt,
                )
            )
    return tuple(found)


def rebates_back(
    policy: SpentPolicy,
    reversal: Reversal,
    sale: SaleMade,
    earlier: Sequence[SaleReversed],
    posting: Posting,
) -> RebatesBack:
    """The vouchers for later that end, and what stands in their place where a part of them stays.

    One that is used already is forgiven, or refused by that policy with `NotReturnable`; should its use come back,
    it ends then (`sales.outlived`).
    """
    cancelled, reissued, used = [], [], set()
    for number, rebate in enumerate(sale.sold.evaluation.rebates):
        back = next((one for one in reversal.rebates if one.campaign == rebate.campaign), None)
        if back is None:
            continue
        issued = in_its_place(_current(sale.rebates[number], rebate.campaign, earlier))
        row = homeless(locked(issued.vouchers[0], company=posting.company))
        if row.state == Row.State.REDEEMED:
            if policy is SpentPolicy.REFUSE:
                raise NotReturnable("receipt", "used", "the voucher that the receipt gave is used already")
            used.add(rebate.campaign)
        if row.state not in _MAY_BE_USED:
            continue
        rest = _rest(issued, back)
        if rest is not None and rest == issued.like.value:
            continue
        cancelled.append(VoucherCancelled(voucher=row.pk, minor=0, reason="reversed"))
        if rest is not None:
            reissued.append(Reissued(by=rebate.campaign, issued=in_place_of(row, issued, value=rest)))
    return RebatesBack(cancelled=cancelled, reissued=reissued, used=used)


def registrations_back(
    reversal: Reversal, sale: SaleMade, forgiven: Mapping[str, int], posting: Posting
) -> list[Reissued]:
    """Registered point coupons whose points are taken back: new ones like them, on the customer's card. Points
    that are `forgiven`, by lot, stay with the customer: a new coupon does not give them again."""
    found = []
    lots = {one.by: one.lot for one in sale.registered}
    for one in reversal.registered:
        points = one.points - forgiven.get(lots[one.voucher], 0)
        if not points:
            continue
        row = locked(one.voucher, company=posting.company)
        conditions = records.conditions_of(row)
        like = NewVoucher(
            value=PointsValue(pool=one.pool, points=points),
            form=VoucherForm.ACCOUNT,
            owner=sale.member,
            owner_bound=row.owner_bound,
            funded_by=row.funded_by_id,
            **{name: getattr(conditions, name) for name in Conditions.__struct_fields__},
        )
        issued = VouchersIssued(vouchers=new_ids(), like=like, channel=sale.channel.value, receipt=sale.receipt)
        found.append(Reissued(by=one.voucher, issued=issued))
    return found


def _current(issued: VouchersIssued, campaign: str, earlier: Sequence[SaleReversed]) -> VouchersIssued:
    """The voucher that a campaign gave, or the one that stands in its place since."""
    for act in earlier:
        issued = next((one.issued for one in act.reissued if one.by == campaign), issued)
    return issued


def _rest(issued: VouchersIssued, back: ReversalRebate) -> PastOff | None:
    """What a voucher for later is still worth; None: nothing."""
    value = issued.like.value
    if back.finished or not isinstance(value, PastOff):
        return None
    rest = msgspec.structs.replace(value, turnover_minor=value.turnover_minor - back.turnover_minor)
    return rest if rest.value_minor else None
