"""The endpoints, by what they are about. A new section gets one line here."""

from __future__ import annotations

from backend_bridge.central.api.endpoint import Section
from backend_bridge.central.api.sections import (
    campaigns,
    clearing,
    conflicts,
    customers,
    organisation,
    pins,
    points,
    rebates,
    receipts,
    vouchers,
    waiting,
    webhooks,
)

SECTIONS: list[Section] = [
    organisation.section,
    customers.section,
    pins.section,
    points.section,
    receipts.section,
    waiting.section,
    vouchers.section,
    rebates.section,
    campaigns.section,
    clearing.section,
    conflicts.section,
    webhooks.section,
]
