"""When a receipt was bought: a till that was cut off sends it later, and it is judged by that moment (P9)."""

from __future__ import annotations

import datetime as dt

from backend_bridge.central.sales.errors import BadSale

#: How far a till's clock may be ahead of ours.
AHEAD = dt.timedelta(minutes=10)
#: How late a receipt may come: longer than any till is expected to be cut off.
LATEST = dt.timedelta(days=35)


def check_moment(happened_at: dt.datetime | None, *, at: dt.datetime) -> None:
    """Raises `BadSale` for a receipt of the future, or one that comes too late to be recorded at `at`."""
    if happened_at is None:
        return
    if happened_at > at + AHEAD:
        raise BadSale("happened_at", "future", "a receipt cannot have been sold in the future")
    if happened_at < at - LATEST:
        raise BadSale("happened_at", "too_old", f"a receipt is recorded {LATEST.days} days after it was sold at most")
