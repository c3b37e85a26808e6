"""Unix milliseconds, as messages carry them, and the aware datetimes that the database keeps."""

from __future__ import annotations

import datetime as dt

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MILLISECOND = dt.timedelta(milliseconds=1)


def from_ms(unix_ms: int) -> dt.datetime:
    """The instant `unix_ms`, in UTC; raises `OverflowError` for one no calendar has."""
    return _EPOCH + dt.timedelta(milliseconds=unix_ms)


def to_ms(instant: dt.datetime) -> int:
    """Unix milliseconds of an aware `instant`, rounded down."""
    return (instant - _EPOCH) // _MILLISECOND


def ms_or_none(instant: dt.datetime | None) -> int | None:
    """The same where there may be no instant."""
    return None if instant is None else to_ms(instant)
