"""Campaigns of the company: read, and tried with a receipt that nobody bought."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

import msgspec
from django.utils import timezone
from ninja import Path
from pydantic import Field, StringConstraints

from backend_bridge.central.api.belonging import branch_in, customer_in
from backend_bridge.central.api.calling import Call
from backend_bridge.central.api.endpoint import Section
from backend_bridge.central.api.fields import Cursor, Limit, Shown
from backend_bridge.central.api.paging import page
from backend_bridge.central.api.problems import conflict, not_found
from backend_bridge.central.campaigns.models import Campaign
from backend_bridge.central.campaigns.trying import trial
from backend_bridge.central.customers.services.groups import groups_of
from loyalty.evaluation.result import Evaluation
from loyalty.receipts.receipt import Customer
from loyalty.receipts.receipt import Receipt as TrialReceipt

section = Section("campaigns", "What the company's campaigns give, and what they would give.")

CampaignPath = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,5}-[a-z0-9-]{1,48}$"), Path(...)]


class CampaignShown(Shown):
    """A campaign in its current version."""

    campaign: str
    code: str
    names: dict[str, str] = Field(description="By language.")
    stage: str = Field(description="`draft`, `released`, `paused` or `ended`.")
    state: str = Field(description="What it is today: the stage, or `scheduled`, `running`.")
    version: int | None
    valid_from: dt.date | None
    valid_until: dt.date | None
    rule: dict[str, Any] | None = Field(description="Conditions and benefit, as the rules keep them.")


class Campaigns(Shown):
    """A page of campaigns."""

    items: list[CampaignShown]
    next: str | None = Field(description="The cursor of the next page.")


class TrialWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A receipt to try a campaign with, alone or `with_others`; without `at` as of now, without `branch` at the
    branch of the API key. Limits count as untouched."""

    receipt: TrialReceipt
    branch: Annotated[str, msgspec.Meta(pattern="^[a-z0-9-]{1,48}$")] | None = None
    customer: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{32}$")] | None = None
    at: Annotated[dt.datetime, msgspec.Meta(tz=True)] | None = None
    with_others: bool = False


@section.get("/campaigns", scope="campaigns:read")
def list_campaigns(call: Call, *, cursor: Cursor, limit: Limit) -> Campaigns:
    """The company's campaigns, by id."""
    rows = Campaign.objects.filter(company=call.company).select_related("current")
    found = page(call, rows, name="campaigns", order="id", cursor=cursor, limit=limit)
    return Campaigns(items=[_shown(row) for row in found.rows], next=found.next)


@section.get("/campaigns/{campaign}", scope="campaigns:read")
def read_campaign(call: Call, campaign: CampaignPath) -> CampaignShown:
    """One campaign of the company."""
    return _shown(_of(call, campaign))


@section.ask("/campaigns/{campaign}/trial", scope="campaigns:read")
def try_campaign(call: Call, campaign: CampaignPath, wanted: TrialWanted) -> Evaluation:
    """What a campaign would do for a receipt; nothing is booked."""
    row, branch = _of(call, campaign), branch_in(call, wanted.branch)
    if row.current is None:
        raise conflict("This campaign has no version yet.", reason="no-version")
    customer = None
    if wanted.customer is not None:
        member = customer_in(call, wanted.customer)
        customer = Customer(customer=member, groups=groups_of(company=call.company, member=member))
    told = trial(
        row,
        branch=branch,
        at=wanted.at or call.at,
        receipt=wanted.receipt,
        customer=customer,
        with_others=wanted.with_others,
    )
    return told.evaluation


def _of(call: Call, campaign: str) -> Campaign:
    row = Campaign.objects.filter(pk=campaign, company=call.company).select_related("current").first()
    if row is None:
        raise not_found("campaign")
    return row


def _shown(row: Campaign) -> CampaignShown:
    current = row.current
    return CampaignShown(
        campaign=row.pk,
        code=row.code,
        names={} if current is None else current.names,
        stage=row.stage,
        state=row.state_on(timezone.localdate()),
        version=None if current is None else current.number,
        valid_from=None if current is None else current.valid_from,
        valid_until=None if current is None else current.valid_until,
        rule=None if current is None else current.rule,
    )
