"""A campaign, its limits, and what is left of them."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from loyalty.benefits import CampaignBenefit
from loyalty.bounds import Id, Minor, Uses
from loyalty.conditions import Conditions


class Limits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a campaign may give in all; None is no limit. `budget` is in minor units for discounts and
    rebates, in points for awards."""

    budget: Minor | None = None
    uses: Uses | None = None
    uses_per_customer: Uses | None = None
    uses_per_day: Uses | None = None


class Campaign(Conditions, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is given under which conditions. Of the campaigns with one `exclusive_group` the one that
    gives most counts (ties: the lower id); those without a group add up."""

    campaign: Id
    benefit: CampaignBenefit
    exclusive_group: Annotated[str, Meta(max_length=64)] = ""
    limits: Limits = Limits()


class Stock(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is left here of the limits of one campaign, for this customer and this day. A limit whose
    stock is not named is used up: what was not granted cannot be spent."""

    campaign: Id
    budget: Minor = 0
    uses: Uses = 0
    customer_uses: Uses = 0
    day_uses: Uses = 0
