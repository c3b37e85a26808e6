"""Which day it is for a company: its branches' wall clocks decide."""

from __future__ import annotations

import datetime as dt

from backend_bridge.central.instants import to_ms
from backend_bridge.central.organisation.clock import books_zone
from backend_bridge.central.organisation.models import Branch
from loyalty.calendar import local_date


def company_zone(company: str) -> str:
    """The IANA time zone of a company's books, or the one that an act is dated in while it is posted."""
    return books_zone(company)


def company_day(company: str, at: dt.datetime) -> dt.date:
    """The date of a company's books at an instant."""
    return local_date(to_ms(at), company_zone(company))


def day_at(company: str, at: dt.datetime, *, branch: str = "") -> dt.date:
    """The date on the wall clock of one of the company's branches, or of its books."""
    zone = Branch.objects.filter(pk=branch, company=company).values_list("timezone", flat=True).first()
    return company_day(company, at) if zone is None else local_date(to_ms(at), zone)


def last_begun_day(company: str, at: dt.datetime) -> dt.date:
    """The date at the branch that is the furthest behind: days before it are over everywhere."""
    zones = set(Branch.objects.filter(company=company).values_list("timezone", flat=True)) or {"UTC"}
    return min(local_date(to_ms(at), zone) for zone in zones)
