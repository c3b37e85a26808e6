"""A statement as JSON (minor units) and as CSV (decimals), for people's spreadsheets and for programs.

The CSV is one table (RFC 4180) whose column `section` says what a row is: pair, rate or redemption.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import msgspec

from loyalty.clearing.split import Rate
from loyalty.clearing.statement import Statement
from loyalty.units import Money

COLUMNS = (
    "section",
    "month",
    "company",
    "other",
    "currency",
    "vat_rate_percent",
    "owes",
    "owed",
    "net",
    "reference",
    "receipt",
    "happened_at",
    "pool",
    "points",
)
#: With these a spreadsheet takes a text for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def as_json(statement: Statement) -> bytes:
    """The statement as JSON, with amounts in minor units."""
    return msgspec.json.format(msgspec.json.encode(statement), indent=2) + b"\n"


def as_csv(statement: Statement) -> str:
    """The statement as CSV, with amounts as decimals of their currency. Raises `UnitMismatch` for a currency
    whose decimals are not known."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, restval="", lineterminator="\r\n")
    writer.writeheader()
    for row in _rows(statement):
        writer.writerow({"month": statement.month, "company": _text(statement.company), **row})
    return text.getvalue()


def _rows(statement: Statement) -> Iterator[dict[str, object]]:
    for pair in statement.pairs:
        yield {"section": "pair", **_sums(pair.other, pair.currency, pair.owes_minor, pair.owed_minor)}
    for rate in statement.rates:
        sums = _sums(rate.other, rate.currency, rate.owes_minor, rate.owed_minor)
        yield {"section": "rate", "vat_rate_percent": _percent(rate.rate_bp), **sums}
    for one in statement.redemptions:
        owes, owed = (0, one.value_minor) if one.gets else (one.value_minor, 0)
        yield {
            "section": "redemption",
            **_sums(one.other, one.currency, owes, owed),
            "vat_rate_percent": _percent(one.rate_bp),
            "reference": _text(one.reference),
            "receipt": _text(one.receipt),
            "happened_at": one.happened_at.isoformat(),
            "pool": _text(one.pool),
            "points": one.points,
        }


def _sums(other: str, currency: str, owes: int, owed: int) -> dict[str, object]:
    amounts = {"owes": owes, "owed": owed, "net": owed - owes}
    told = {name: decimal(Money(minor, currency)) for name, minor in amounts.items()}
    return {"other": _text(other), "currency": currency, **told}


def decimal(money: Money) -> str:
    """An amount as a decimal with a point, such as -0.05; raises `UnitMismatch` for an unknown currency."""
    whole, rest = divmod(abs(money.minor), 10**money.exponent)
    sign = "-" if money.minor < 0 else ""
    return f"{sign}{whole}.{rest:0{money.exponent}}" if money.exponent else f"{sign}{whole}"


def _percent(rate: Rate) -> str:
    return "" if rate is None else f"{rate // 100}.{rate % 100:02}"


def _text(value: str) -> str:
    """A text that no spreadsheet runs as a formula."""
    return "'" + value if value.startswith(_FORMULA) else value
