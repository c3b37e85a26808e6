"""What is said about a row: a level, a column, a rule, and the value that broke it."""

from __future__ import annotations

import msgspec

OK, WARNING, ERROR = "ok", "warning", "error"
_ORDER = (OK, WARNING, ERROR)
_LONGEST = 80


class Finding(msgspec.Struct, frozen=True):
    """A warning says what is left out or done otherwise; with an error the row is not imported."""

    level: str
    column: str
    rule: str
    value: str = ""
    text: str = ""


def warning(column: str, rule: str, value: str, text: str) -> Finding:
    """The row is imported, not quite as it stands there."""
    return Finding(WARNING, column, rule, value[:_LONGEST], text)


def error(column: str, rule: str, value: str, text: str) -> Finding:
    """The row is not imported."""
    return Finding(ERROR, column, rule, value[:_LONGEST], text)


def worst(findings: list[Finding]) -> str:
    """The level of a row with these findings."""
    return max((one.level for one in findings), key=_ORDER.index, default=OK)
