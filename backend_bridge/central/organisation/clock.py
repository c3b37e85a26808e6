"""By which wall clock the books of a company are dated.

What is set up later changes nothing of what has happened: an act says the zone that it was dated in
(`loyalty.acts.clocked`), and while it is posted, at once or in a replay, that one counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from backend_bridge.central.organisation.models import Branch

#: Of a company without any branch.
NO_BRANCH = "UTC"
_told: ContextVar[str] = ContextVar("zone", default="")


def zone_now(company: str) -> str:
    """The IANA time zone of the company's books as it is set up now: that of its first branch by id."""
    zones = Branch.objects.filter(company=company).order_by("pk").values_list("timezone", flat=True)
    return zones.first() or NO_BRANCH


def books_zone(company: str) -> str:
    """The zone that what is posted now is dated in; where nothing is posted, as it is set up now."""
    return _told.get() or zone_now(company)


@contextmanager
def by_clock(zone: str) -> Iterator[None]:
    """What is posted here is dated in `zone`; empty: nobody said."""
    token = _told.set(zone)
    try:
        yield
    finally:
        _told.reset(token)
