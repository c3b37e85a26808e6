"""What is wrong with a case. Everything else that can be said has a result."""

from __future__ import annotations

from loyalty.errors import LoyaltyError


class CaseError(LoyaltyError, ValueError):
    """A field of a case is missing, malformed, too large or contradicts another; `field` is its path."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field
        self.message = message
