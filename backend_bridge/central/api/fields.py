"""The types of fields: what is accepted, said once, so that the description says it too.

Nothing is converted in a body: a number is a number, a text is a text. In a query everything is text,
and is read.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated, Any

from ninja import Path, Query
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, WithJsonSchema
from pydantic_core import PydanticCustomError

LARGEST = 10**12

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})")
_NUMBER = re.compile(r"-?[0-9]{1,19}")
#: No control characters, which no database and no printer wants.
PLAIN = r"^[^\u0000-\u001f\u007f-\u009f]*$"
ID = r"^[a-z0-9](?:[a-z0-9-]{0,46}[a-z0-9])?$"


class Wanted(BaseModel):
    """A body that comes in: what it does not know is refused, so that a misspelt field is noticed."""

    model_config = ConfigDict(extra="forbid")


class Shown(BaseModel):
    """A body that goes out. Fields may be added within `/api/v1`."""


def _day(value: Any) -> dt.date:
    """A day as `YYYY-MM-DD`."""
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value
    try:
        if isinstance(value, str) and _DAY.fullmatch(value):
            return dt.date.fromisoformat(value)
    except ValueError:
        pass
    raise PydanticCustomError("day", "A day is written YYYY-MM-DD")


def _instant(value: Any) -> dt.datetime:
    """An instant as RFC 3339 writes it, with its offset, in a year that every calendar has."""
    if isinstance(value, dt.datetime) and value.tzinfo is not None:
        return value
    try:
        if isinstance(value, str) and _INSTANT.fullmatch(value):
            instant = dt.datetime.fromisoformat(value).astimezone(dt.UTC)
            if 1970 <= instant.year < 3000:
                return instant
    except (ValueError, OverflowError):
        pass
    raise PydanticCustomError("instant", "An instant is written as 2026-03-02T10:00:00Z, or with another offset")


def _number(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        return int(value)
    raise PydanticCustomError("int_parsing", "A whole number")


Day = Annotated[dt.date, BeforeValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]
Instant = Annotated[dt.datetime, BeforeValidator(_instant), WithJsonSchema({"type": "string", "format": "date-time"})]

Id = Annotated[str, StringConstraints(pattern=ID)]
Hex = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Text = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=PLAIN)]
Note = Annotated[str, StringConstraints(max_length=200, pattern=PLAIN)]

#: Points, or minor units of a currency; always with what it is counted in.
Amount = Annotated[int, Field(strict=True, ge=1, le=LARGEST)]
AmountOrNone = Annotated[int, Field(strict=True, ge=0, le=LARGEST)]
Whole = Annotated[int, Field(strict=True)]
Yes = Annotated[bool, Field(strict=True)]

#: Of a page.
Limit = Annotated[int, Field(ge=1, le=200), BeforeValidator(_number), Query(50, description="How many, at most.")]
Cursor = Annotated[
    str | None,
    StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,512}$"),
    Query(None, description="Where to go on: `next` of the page before."),
]
PathId = Annotated[str, StringConstraints(pattern=ID), Path(...)]
PathHex = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$"), Path(...)]
