"""All that can be raced for, by name. For processes in which Django is set up."""

from __future__ import annotations

from hw_sim.racing.points import Event, Points
from hw_sim.racing.sales import CampaignLimits
from hw_sim.racing.vouchers import Coupons, Money, Uses

EVENTS: dict[str, Event] = {
    "points": Points(),
    "money": Money(),
    "uses": Uses(),
    "coupons": Coupons(),
    "limits": CampaignLimits(),
}
