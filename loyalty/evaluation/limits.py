"""Limits of campaigns: what is left of them decides. A budget gives all or nothing, so that an award is
always exactly what its formula says."""

from __future__ import annotations

from loyalty.campaigns.campaign import Stock
from loyalty.evaluation.result import NotApplied, Reason
from loyalty.evaluation.rules import ReadyCampaign


def uses_refusal(ready: ReadyCampaign, stock: Stock | None, *, known_customer: bool) -> NotApplied | None:
    """Why the campaign cannot be used once more, or None. Without a stock nothing is left."""
    if not ready.limited:
        return None
    limits, terms = ready.campaign.limits, ready.terms
    if limits.uses is not None and not (stock and stock.uses):
        return terms.no(Reason.USES_SPENT)
    if limits.uses_per_customer is not None:
        if not known_customer:
            return terms.no(Reason.CUSTOMER_NEEDED)
        if not (stock and stock.customer_uses):
            return terms.no(Reason.CUSTOMER_USES_SPENT)
    if limits.uses_per_day is not None and not (stock and stock.day_uses):
        return terms.no(Reason.DAY_USES_SPENT)
    return None


def budget_left(ready: ReadyCampaign, stock: Stock | None) -> int | None:
    """What the campaign may still give; None: there is no limit."""
    if ready.campaign.limits.budget is None:
        return None
    return stock.budget if stock else 0
