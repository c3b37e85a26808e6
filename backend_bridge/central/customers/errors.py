"""What cannot be done with customers, each naming the field and the rule that was broken.

No message carries what was typed: messages end on screens of others and in logs.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.exceptions import ValidationError

from backend_bridge.central.errors import CentralError


class CustomerError(CentralError, ValueError):
    """A request about a customer was refused; `field` and `rule` say which value and why, for programs."""

    def __init__(self, field: str, rule: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.rule = rule


class BadValue(CustomerError):
    """A value cannot be."""


class Taken(CustomerError):
    """Somebody has this username, card or number already."""


class NotKnown(CustomerError):
    """There is no such customer, card or group, or not for this company: the two read the same (P6)."""


class AlreadyDone(CustomerError):
    """It was settled before, in another way."""


@contextmanager
def named(field: str, *, rule: str = "format") -> Iterator[None]:
    """Turns Django's `ValidationError` into `BadValue` of this field."""
    try:
        yield
    except ValidationError as error:
        raise BadValue(field, rule, " ".join(error.messages)) from None
