"""Vouchers for a discount on the turnover of a period (V5)."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import msgspec
from msgspec import Meta

from backend_bridge.central.api.belonging import branch_in, customer_at
from backend_bridge.central.api.calling import Call
from backend_bridge.central.api.endpoint import Section
from backend_bridge.central.api.fields import PathHex
from backend_bridge.central.api.sections.receipt_bodies import BranchId
from backend_bridge.central.sales import turnover
from backend_bridge.central.sales.turnover import Period, RebateIssued, Turnover
from loyalty.bounds import Id

Names = Annotated[tuple[Id, ...], Meta(max_length=100)]
Rule = Annotated[str, Meta(pattern="^[a-z0-9-]{1,30}$")]

section = Section("rebates", "Discounts on what a customer bought in a period, as vouchers for later.")


class PeriodWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """From `first` to `last`, both whole by the branches' own dates, 366 days at most. Without `branches` all count;
    without `articles` and `article_groups` all goods and services, otherwise those that are in either."""

    first: dt.date
    last: dt.date
    branches: Annotated[tuple[BranchId, ...], Meta(max_length=100)] = ()
    articles: Names = ()
    article_groups: Names = ()


class RebateWanted(PeriodWanted, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A voucher over `rate_bp` (hundredths of a percent) of what was paid in a period that is over. `rule` is the
    company's own name for why: by one rule a day counts once for a customer."""

    rule: Rule
    rate_bp: Annotated[int, Meta(ge=1, le=10_000)]


@section.ask("/customers/{customer}/turnover-rebates/preview", scope="vouchers:issue")
def tell_turnover(call: Call, customer: PathHex, wanted: PeriodWanted) -> Turnover:
    """What a customer really paid in a period: net of discounts, vouchers, points and what came back. Nothing is
    issued."""
    member = customer_at(call, customer)
    return turnover.turnover_of(company=call.company, member=member, period=_period(call, wanted))


@section.post("/customers/{customer}/turnover-rebates", scope="vouchers:issue")
def issue_turnover_rebate(call: Call, customer: PathHex, wanted: RebateWanted) -> RebateIssued:
    """Give a customer a voucher over a share of what they paid in a period. It is used on a later receipt; those of
    the period stay as they are, and what comes back of them later leaves the voucher as it is."""
    member = customer_at(call, customer)
    return turnover.issue_turnover_rebate(
        company=call.company,
        member=member,
        period=_period(call, wanted),
        rule=wanted.rule,
        rate_bp=wanted.rate_bp,
        by=call.caller.by,
        at=call.at,
        branch=call.caller.branch or "",
        channel=call.caller.channel,
    )


def _period(call: Call, wanted: PeriodWanted) -> Period:
    for branch in wanted.branches:
        branch_in(call, branch, field="body.branches")
    return Period(
        first=wanted.first,
        last=wanted.last,
        branches=wanted.branches,
        articles=wanted.articles,
        article_groups=wanted.article_groups,
    )
