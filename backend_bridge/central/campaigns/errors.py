"""What can be wrong with a campaign or its limits."""

from __future__ import annotations

from backend_bridge.central.errors import CentralError, LostRace


class CampaignError(CentralError, ValueError):
    """A campaign cannot be as it was described; `field` is the path of what is wrong."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field
        self.message = message


class LimitSpent(LostRace):
    """More was to be taken of a campaign's limits than is left: others were faster since it was judged."""
