"""A company's statement of a month, out of the lines that it is part of; and the months that there are."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import msgspec
from django.db.models import F, Q, QuerySet, Sum

from backend_bridge.central.clearing.calendar import last_closed
from backend_bridge.central.clearing.errors import ClearingRefused
from backend_bridge.central.clearing.models import ClearingLine
from backend_bridge.central.organisation.models import Company
from loyalty.clearing.errors import ClearingError
from loyalty.clearing.months import check_month
from loyalty.clearing.statement import Statement, Traced, statement


class MonthTotal(msgspec.Struct, frozen=True, kw_only=True):
    """What a company owes others, and is owed, for one month and currency."""

    month: str
    company: str
    currency: str
    owes_minor: int
    owed_minor: int

    @property
    def net_minor(self) -> int:
        """What it gets; below zero: what it pays."""
        return self.owed_minor - self.owes_minor


def of_company(company: str) -> Q:
    """The condition on lines by which one is `company`'s: it has issued the points, or taken them."""
    return Q(issuer=company) | Q(taker=company)


def statement_of(company: str, month: str) -> Statement:
    """The statement of `company`; empty where it had nothing to clear. Raises `ClearingRefused` for an unknown
    company and for what is no month."""
    try:
        check_month(month)
    except ClearingError as error:
        raise ClearingRefused(error.field, error.message) from error
    known = Company.objects.filter(pk=company).first()
    if known is None:
        raise ClearingRefused("company", f"there is no company {company!r}")
    last = last_closed(known.programme_id)
    lines = between_companies().filter(of_company(company), month=month).order_by("pk")
    return statement(company, month, map(_traced, lines), closed=last is not None and month <= last)


def between_companies() -> QuerySet[ClearingLine]:
    """The lines that are a debt: the points were taken by another company than their issuer."""
    return ClearingLine.objects.exclude(issuer=F("taker"))


def totals(company: str | None) -> list[MonthTotal]:
    """Per month, company and currency, the newest first; of all companies, or of one."""
    lines = between_companies() if company is None else between_companies().filter(of_company(company))
    owes: dict[tuple[str, str, str], int] = {}
    owed: dict[tuple[str, str, str], int] = {}
    groups = lines.values_list("month", "issuer_id", "taker_id", "currency").order_by("month")
    for month, issuer, taker, currency, value in groups.annotate(Sum("value_minor")):
        for sums, one in ((owes, issuer), (owed, taker)):
            if company is None or one == company:
                key = (month, one, currency)
                sums[key] = sums.get(key, 0) + value
    keys = sorted(owes.keys() | owed.keys(), key=lambda key: (key[1], key[2]))
    return [
        MonthTotal(
            month=key[0], company=key[1], currency=key[2], owes_minor=owes.get(key, 0), owed_minor=owed.get(key, 0)
        )
        for key in sorted(keys, key=lambda key: key[0], reverse=True)
    ]


def _traced(line: ClearingLine) -> Traced:
    return Traced(
        entry=line.entry(),
        reference=line.reference,
        receipt=line.receipt,
        happened_at=line.happened_at.astimezone(ZoneInfo(line.timezone)),
    )
