"""What the page of months is drawn from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from itertools import groupby
from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from backend_bridge.central.clearing.calendar import last_closed
from backend_bridge.central.clearing.closing import closable
from backend_bridge.central.clearing.models import ClearingMonth
from backend_bridge.central.clearing.statements import MonthTotal, totals
from backend_bridge.central.office.pages import amount_text, moment
from backend_bridge.central.office.scope import Scope
from backend_bridge.central.organisation.models import Company, Programme

#: More than three years are found by the command.
MOST_MONTHS = 36
_DOWNLOAD = '<a class="font-medium text-primary-600 dark:text-primary-500" href="{}" download>{}</a>'


def months_context(scope: Scope, *, at: dt.datetime) -> dict[str, Any]:
    """The months that `scope` sees, the newest first, each with a row per company."""
    company = None if scope.everything else scope.company
    found = [] if company is None and not scope.everything else totals(company)
    programme = Programme.objects.order_by("pk").first()
    closed = {row.month: row for row in ClearingMonth.objects.filter(programme=programme)}
    last = None if programme is None else last_closed(programme.pk)
    names = dict(Company.objects.values_list("pk", "name"))
    headers = [_("Company"), _("Owes others"), _("Is owed"), _("Balance"), _("Statement")]
    months = []
    for month, rows in groupby(found, key=lambda row: row.month):
        is_closed = last is not None and month <= last
        months.append(
            {
                "month": month,
                "state": _state(closed.get(month), is_closed=is_closed),
                "closed": is_closed,
                "closable": scope.everything and programme is not None and closable(programme.pk, month, at=at),
                "table": {"headers": headers, "rows": _rows(rows, names)},
            }
        )
    return {"months": months[:MOST_MONTHS], "everything": scope.everything}


def whole(text: str) -> SafeString:
    """A text that stays on one line."""
    return format_html('<span style="white-space: nowrap">{}</span>', text)


def _state(row: ClearingMonth | None, *, is_closed: bool) -> str | SafeString:
    if row is not None:
        return format_html(_("closed {when}"), when=moment(row.closed_at))
    return _("closed") if is_closed else _("open: figures can still change")


def _rows(rows: Iterable[MonthTotal], names: dict[str, str]) -> list[list[Any]]:
    return [
        [
            names.get(row.company, row.company),
            _amount(row.owes_minor, row.currency),
            _amount(row.owed_minor, row.currency),
            _amount(row.net_minor, row.currency),
            _downloads(row),
        ]
        for row in rows
    ]


def _amount(minor: int, currency: str) -> SafeString:
    return whole(amount_text(minor, currency))


def _downloads(row: MonthTotal) -> SafeString:
    csv, json = (
        format_html(_DOWNLOAD, reverse("admin:clearing_statement", args=[row.company, row.month, form]), form.upper())
        for form in ("csv", "json")
    )
    return format_html("{} · {}", csv, json)
