"""What is wrong with something that is to be cleared."""

from __future__ import annotations

from loyalty.errors import LoyaltyError


class ClearingError(LoyaltyError, ValueError):
    """Something cannot be cleared as it is; `field` names what is wrong."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field
        self.message = message


class NotZeroSum(ClearingError):
    """What companies pay and what companies get do not cancel out: an error of ours, never of the data."""
