"""From a receipt that is asked for to the act that says what happened: judged once, from locked books."""

from __future__ import annotations

from backend_bridge.central.ledger.posting import Posting
from backend_bridge.central.organisation.models import Branch
from backend_bridge.central.sales import topping
from backend_bridge.central.sales.building import Judged, judged, local_day
from backend_bridge.central.sales.request import SaleRequest, digest
from backend_bridge.central.sales.selling_vouchers import vouchers_sold
from backend_bridge.central.vouchers.services.once import new_ids
from backend_bridge.central.vouchers.services.rebates import rebate_like
from backend_bridge.central.vouchers.services.using import uses_of
from loyalty.acts.sales import LotGiven, SaleMade
from loyalty.acts.vouchers import VouchersIssued
from loyalty.campaigns.taking import taken_by
from loyalty.reversal.record import sold_receipt


def sale_made(request: SaleRequest, *, branch: Branch, member: str | None, posting: Posting) -> SaleMade:
    """The act of `request`; raises what `building.judged` raises, and `BadSale`."""
    at, channel = posting.happened_at, request.receipt.channel.value
    bought = topping.bought(request, branch=branch, member=member, posting=posting)
    found = judged(request, branch=branch, member=member, at=at, now=posting.at, posting=posting)
    topping.check_rounding(request, found)
    day, evaluation = local_day(branch, at), found.evaluation
    campaigns = found.rules.ruleset.campaigns
    taken = taken_by(evaluation, campaigns, customer=member, day=day)
    return SaleMade(
        branch=branch.pk,
        receipt=request.receipt.receipt,
        channel=request.receipt.channel,
        member=member,
        day=day,
        zone=branch.timezone,
        sold=sold_receipt(found.sale, found.rules.ruleset, evaluation),
        rules=found.rules.version,
        versions=_versions(found),
        request=digest(request, member=member),
        awards=tuple(
            LotGiven(
                lot=posting.id("award", number),
                pool=one.pool,
                points=one.points,
                by=one.campaign,
                expires_ms=one.expires_ms,
            )
            for number, one in enumerate(evaluation.awards)
        ),
        taken=taken,
        used=uses_of(evaluation, posting, company=branch.company_id, channel=channel, receipt=request.receipt.receipt),
        registered=tuple(
            LotGiven(lot=posting.id("registered", number), pool=one.pool, points=one.points, by=one.voucher)
            for number, one in enumerate(evaluation.registered)
        ),
        rebates=_rebates(found, request, branch=branch, member=member, posting=posting),
        bought=bought,
        vouchers=vouchers_sold(request, company=branch.company_id, member=member),
    )


def _versions(found: Judged) -> dict[str, int]:
    """The versions of the campaigns that applied."""
    evaluation = found.evaluation
    applied = {one.id for one in evaluation.discounts} | {one.campaign for one in evaluation.awards}
    applied |= {one.campaign for one in evaluation.rebates}
    return {campaign: version for campaign, version in found.rules.versions.items() if campaign in applied}


def _rebates(
    found: Judged, request: SaleRequest, *, branch: Branch, member: str | None, posting: Posting
) -> tuple[VouchersIssued, ...]:
    return tuple(
        VouchersIssued(
            vouchers=new_ids(),
            like=rebate_like(due, company=branch.company_id, at=posting.happened_at, branch=branch.pk, owner=member),
            channel=request.receipt.channel.value,
            receipt=request.receipt.receipt,
        )
        for due in found.evaluation.rebates
    )
