"""The endpoints, by what they are about. A new section gets one line here."""

from __future__ import annotations

from backend_bridge.central.api.endpoint import Section
from backend_bridge.central.api.sections import organisation, points, webhooks

SECTIONS: list[Section] = [
    organisation.section,
    points.section,
    webhooks.section,
]
