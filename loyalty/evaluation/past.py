"""A discount on what was bought in a period (V5): its value is computed here, and used on a later receipt.

For one receipt a campaign's rebate does the same at once. Neither alters a receipt.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from zoneinfo import ZoneInfo

import msgspec

from loyalty.benefits import PastOff
from loyalty.bounds import Id, Minor
from loyalty.calendar import is_timezone
from loyalty.evaluation.case import Instant
from loyalty.evaluation.checks import check_form
from loyalty.evaluation.errors import CaseError
from loyalty.windows import wall_clock


class PaidReceipt(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was really paid on one receipt for the lines that count, after what was reversed."""

    receipt: Id
    at: Instant
    paid_minor: Minor


def past_off(
    receipts: Iterable[PaidReceipt], *, rate_bp: int, first_day: dt.date, last_day: dt.date, timezone: str
) -> PastOff:
    """The discount over all of `receipts` from `first_day` to `last_day`, both whole on the wall clock of
    `timezone`. Raises `CaseError` for a time zone that is not known and for what is out of bounds."""
    if not is_timezone(timezone):
        raise CaseError("timezone", f"{timezone!r} is not a time zone that is known here")
    zone = ZoneInfo(timezone)
    counted = [one for one in receipts if first_day <= wall_clock(one.at, zone).date <= last_day]
    value = PastOff(
        rate_bp=rate_bp,
        turnover_minor=sum(one.paid_minor for one in counted),
        receipts=tuple(one.receipt for one in counted),
    )
    check_form(value)
    return value
