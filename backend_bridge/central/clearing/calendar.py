"""Which months are closed, and keeping it so while something is posted."""

from __future__ import annotations

import datetime as dt

from django.db import connection
from django.db.models import Max

from backend_bridge.central.clearing.models import ClearingMonth
from backend_bridge.central.instants import to_ms
from backend_bridge.central.organisation.clock import NO_BRANCH, books_zone
from backend_bridge.central.organisation.models import Branch, Programme
from loyalty.clearing.months import counts_in, has_ended, month_of


def last_closed(programme: str) -> str | None:
    """The last month that is closed; all before it are closed too."""
    found: str | None = ClearingMonth.objects.filter(programme=programme).aggregate(last=Max("month"))["last"]
    return found


def open_month(programme: str, happened_at: dt.datetime, *, timezone: str) -> str:
    """The month in which something that happened then is to count; it stays open until this transaction ends.

    Who posts holds a shared lock on the programme, who closes a month an exclusive one. SQLite needs
    neither: who writes there is alone.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT id FROM organisation_programme WHERE id = %s FOR SHARE", [programme])
    return counts_in(month_of(to_ms(happened_at), timezone=timezone), last_closed=last_closed(programme))


def lock_months(programme: str) -> None:
    """Let nobody post into any month of `programme` until this transaction ends."""
    Programme.objects.select_for_update().get(pk=programme)


def zone_of(company: str) -> str:
    """The wall clock of what happens at no branch in particular: that of the company's books, or the one that an act
    is dated in while it is posted."""
    return books_zone(company)


def ended_everywhere(programme: str, month: str, *, at: dt.datetime) -> bool:
    """Whether `month` is over at all branches; raises `ClearingError` for what is no month."""
    zones = set(Branch.objects.filter(company__programme=programme).values_list("timezone", flat=True))
    return has_ended(month, at_ms=to_ms(at), timezones=zones or {NO_BRANCH})
