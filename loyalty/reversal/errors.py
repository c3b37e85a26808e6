"""Why something cannot be reversed. Each error names the field of the request, and changes nothing."""

from __future__ import annotations

from loyalty.errors import LoyaltyError


class ReversalError(LoyaltyError, ValueError):
    """A reversal is refused; `field` is the path of what is wrong."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field
        self.message = message


class MalformedReversal(ReversalError):
    """The request contradicts itself."""


class UnknownLine(ReversalError):
    """The receipt has no line of this number."""


class MoreThanLeft(ReversalError):
    """More is to be reversed than was sold and not reversed yet."""


class ReversedAlready(ReversalError):
    """The receipt, or the line, is reversed already."""


class RecordMismatch(ReversalError):
    """What is known of the sale does not fit together: it cannot be reversed by it."""


class PointsSpent(ReversalError):
    """Points that are to be taken back are spent, and the company's policy is to refuse then."""
