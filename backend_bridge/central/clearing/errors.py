"""Why a month or a statement cannot be had."""

from __future__ import annotations

from backend_bridge.central.errors import CentralError


class ClearingRefused(CentralError, ValueError):
    """What was asked of clearing cannot be done; `field` names what stands in the way."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field
        self.message = message


class MonthRefused(ClearingRefused):
    """A month cannot be closed: it has not ended, is closed already, or an earlier one is still open."""
