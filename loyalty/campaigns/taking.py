"""What a receipt takes of the limits of campaigns: stocks that are counted down, and given back by a reversal."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from enum import StrEnum

import msgspec

from loyalty.campaigns.campaign import Campaign
from loyalty.evaluation.result import Evaluation, Kind


class Limit(StrEnum):
    """The four limits of a campaign."""

    BUDGET = "budget"
    USES = "uses"
    CUSTOMER = "customer"
    DAY = "day"


class Taken(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`amount` of one limit of a campaign; `subject` is the customer or the day (ISO) where the limit is
    theirs. `most` is the limit by which it was judged."""

    campaign: str
    limit: Limit
    subject: str = ""
    amount: int
    most: int

    @property
    def stock(self) -> str:
        """The name of the stock that it comes from."""
        return stock_name(self.campaign, self.limit, self.subject)


def stock_name(campaign: str, limit: Limit, subject: str = "") -> str:
    """The name of the stock of one limit, for one customer or day where it is theirs."""
    return f"{campaign}/{limit.value}/{subject}"


def limits_of(campaign: Campaign, *, customer: str | None, day: dt.date) -> dict[Limit, tuple[str, int]]:
    """The limits that the campaign has here, as (subject, limit)."""
    limits = campaign.limits
    found: dict[Limit, tuple[str, int]] = {}
    if limits.budget is not None:
        found[Limit.BUDGET] = ("", limits.budget)
    if limits.uses is not None:
        found[Limit.USES] = ("", limits.uses)
    if limits.uses_per_customer is not None and customer is not None:
        found[Limit.CUSTOMER] = (customer, limits.uses_per_customer)
    if limits.uses_per_day is not None:
        found[Limit.DAY] = (day.isoformat(), limits.uses_per_day)
    return found


def taken_by(
    evaluation: Evaluation, campaigns: Iterable[Campaign], *, customer: str | None, day: dt.date
) -> tuple[Taken, ...]:
    """What the campaigns that were applied take of their limits; `day` is the branch's own."""
    given = _given(evaluation)
    return tuple(
        Taken(
            campaign=campaign.campaign,
            limit=limit,
            subject=subject,
            amount=given[campaign.campaign] if limit is Limit.BUDGET else 1,
            most=most,
        )
        for campaign in campaigns
        if campaign.campaign in given
        for limit, (subject, most) in limits_of(campaign, customer=customer, day=day).items()
    )


def _given(evaluation: Evaluation) -> dict[str, int]:
    """What each campaign gave: minor units for discounts and rebates, points for awards."""
    given = {one.id: one.minor for one in evaluation.discounts if one.kind is Kind.CAMPAIGN}
    given |= {one.campaign: one.points for one in evaluation.awards}
    return given | {one.campaign: one.value_minor for one in evaluation.rebates}
