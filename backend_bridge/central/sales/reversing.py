"""From a reversal that is asked for to the act that says what happened, decided from locked books.

Points that paid come back first, then what was given is taken back: a customer does not owe what the same
receipt gives them back. It is tried on a posting that is never written, so that each step sees the one before.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from backend_bridge.central.instants import to_ms
from backend_bridge.central.ledger.posting import Posting
from backend_bridge.central.organisation.models import Pool
from backend_bridge.central.sales import unselling
from backend_bridge.central.sales.building import local_day
from backend_bridge.central.sales.gifts import gift_taken
from backend_bridge.central.sales.models import Receipt
from backend_bridge.central.sales.outlived import outlived_rebates
from backend_bridge.central.sales.request import ReverseRequest, digest
from backend_bridge.central.sales.taking import return_points, take_bought
from backend_bridge.central.sales.vouchers_back import rebates_back, registrations_back, uses_back
from loyalty.acts.sales import GiftTaken, SaleMade, SaleReversed
from loyalty.campaigns.taking import Limit, Taken
from loyalty.evaluation.result import Kind
from loyalty.reversal.result import Reversal
from loyalty.reversal.reverse import reverse
from loyalty.reversal.taking_back import SpentPolicy


def sale_reversed(
    request: ReverseRequest,
    policy: SpentPolicy,
    *,
    receipt: Receipt,
    sale: SaleMade,
    earlier: Sequence[SaleReversed],
    posting: Posting,
) -> SaleReversed:
    """The act of `request` by `policy`, after the `earlier` reversals of the same receipt.

    Raises `loyalty.reversal.errors.ReversalError`, `NotReturnable`, and what the vouchers refuse.
    """
    if sale.member is not None:
        # Asked first, and the debtor locked by it: what somebody gives them now is there when it is looked at.
        posting.book.prefetch(debtors=[(sale.member, pool) for pool in sorted(pools_of(sale))])
    trial, at_ms = Posting(posting.book, posting.facts), to_ms(posting.at)
    what = unselling.affordable(request.what, policy, sale, earlier, trial)
    reversal = reverse(sale.sold, tuple(one.reversal for one in earlier), what)
    pools = Pool.objects.in_bulk(pools_of(sale))
    return_points(reversal.points, trial, pools)
    bought = unselling.bought_back(reversal, sale, earlier, trial, pools)
    for one in bought:
        take_bought(one, trial, pools)
    bonuses = unselling.bonuses_taken(bought, sale, at_ms=at_ms, trial=trial)
    wanted = _gifts(reversal, sale)
    gifts = (
        *bonuses,
        *(gift_taken(gift, points, policy=policy, at_ms=at_ms, trial=trial) for gift, points in wanted),
    )
    forgiven = {gift.lot: gift.forgiven for gift in gifts}
    rebates = rebates_back(policy, reversal, sale, earlier, posting)
    returned = uses_back(reversal, sale, posting)
    outlived, smaller = outlived_rebates(returned, posting)
    return SaleReversed(
        branch=receipt.branch_id,
        receipt=receipt.number,
        sale=receipt.cause_id,
        number=len(earlier) + 1,
        member=sale.member,
        day=local_day(receipt.branch, posting.happened_at),
        zone=receipt.branch.timezone,
        policy=policy,
        reversal=reversal,
        request=digest(request),
        gifts=gifts,
        bought=bought,
        limits=_limits(reversal, sale, earlier=earlier, forgiven=forgiven, used=rebates.used),
        returned=returned,
        cancelled=(*rebates.cancelled, *outlived, *unselling.vouchers_back(reversal, sale, earlier, posting)),
        reissued=(*rebates.reissued, *smaller, *registrations_back(reversal, sale, forgiven, posting)),
        reason=request.reason,
    )


def pools_of(sale: SaleMade) -> set[str]:
    """The pools that a receipt moved points of."""
    given = {one.pool for one in (*sale.awards, *sale.registered)} | {one.pool for one in sale.bought}
    return given | {one.id for one in sale.sold.evaluation.paid if one.type == "points"}


def _gifts(reversal: Reversal, sale: SaleMade) -> list[tuple[GiftTaken, int]]:
    """What campaigns and coupons gave and is to be taken back, as (the lot that it was given as, points)."""
    awards = {one.by: one for one in sale.awards}
    registered = {one.by: one for one in sale.registered}
    found = [(awards[one.campaign], one.points) for one in reversal.awards]
    found += [(registered[one.voucher], one.points) for one in reversal.registered]
    return [(GiftTaken(lot=given.lot, pool=given.pool), points) for given, points in found if points]


def _limits(
    reversal: Reversal,
    sale: SaleMade,
    *,
    earlier: Iterable[SaleReversed],
    forgiven: Mapping[str, int],
    used: Collection[str],
) -> tuple[Taken, ...]:
    """What campaigns get back: of a budget what was taken back, a use with the last of it.

    What the customer keeps, because it is `forgiven` (by lot) or a rebate that is `used` (by campaign), was given.
    """
    lots = {one.by: one.lot for one in sale.awards}
    before = {gift.lot for act in earlier for gift in act.gifts if gift.forgiven}
    back: dict[str, tuple[int, bool]] = {
        one.id: (one.minor, one.use_back) for one in reversal.discounts if one.kind is Kind.CAMPAIGN
    }
    for award in reversal.awards:
        lot = lots[award.campaign]
        kept = forgiven.get(lot, 0)
        back[award.campaign] = (award.points - kept, award.finished and not kept and lot not in before)
    for rebate in reversal.rebates:
        if rebate.campaign not in used:
            back[rebate.campaign] = (rebate.value_minor, rebate.finished)
    found = []
    for one in sale.taken:
        amount, whole = back.get(one.campaign, (0, False))
        amount = amount if one.limit is Limit.BUDGET else int(whole)
        if amount:
            found.append(
                Taken(campaign=one.campaign, limit=one.limit, subject=one.subject, amount=amount, most=one.most)
            )
    return tuple(found)
