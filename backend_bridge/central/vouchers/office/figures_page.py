"""The page of daily figures (V23)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backend_bridge.central.campaigns import form_fields as fields
from backend_bridge.central.office.pages import amount_text
from backend_bridge.central.office.scope import Scope
from backend_bridge.central.organisation.models import Company
from backend_bridge.central.vouchers.errors import VoucherError
from backend_bridge.central.vouchers.models import Voucher
from backend_bridge.central.vouchers.services.figures import DailyFigures, daily_figures

_DAYS = 7


class PeriodForm(forms.Form):
    """From when until when."""

    first = fields.day(gettext_lazy("From"))
    last = fields.day(gettext_lazy("Until"))


def figures_context(scope: Scope, told: QueryDict, *, today: dt.date) -> dict[str, Any]:
    """The form, and a table for each company that the user may see; a week unless something else is asked for."""
    form = PeriodForm(told or {"first": today - dt.timedelta(days=_DAYS - 1), "last": today})
    companies: list[dict[str, Any]] = []
    context = {"title": _("Daily figures of vouchers"), "form": form, "companies": companies}
    if not form.is_valid():
        return context
    last = form.cleaned_data["last"] or today
    first = form.cleaned_data["first"] or last
    seen = Company.objects.order_by("name")
    for company in seen if scope.everything else seen.filter(pk=scope.company):
        try:
            figures = daily_figures(company=company.pk, first=first, last=last)
        except VoucherError as error:
            form.add_error("last", str(error))
            return context
        companies.append({"name": company.name, "table": _table(figures, company.currency)})
    return context


def _table(figures: tuple[DailyFigures, ...], currency: str) -> dict[str, Any]:
    headers = [
        _("Day"),
        _("Kind"),
        _("Sold"),
        _("Given away"),
        _("Registered"),
        _("Redeemed"),
        _("Given back"),
        _("Expired"),
        _("Cancelled"),
        _("Open at the end"),
    ]
    return {"headers": headers, "rows": [_row(one, currency) for one in reversed(figures)]}


def _row(one: DailyFigures, currency: str) -> list[str]:
    def told(count: int, minor: int = 0) -> str:
        if not count:
            return "–"
        return f"{count} · {amount_text(minor, currency)}" if minor else str(count)

    kind = f"{Voucher.Kind(one.kind).label}, {Voucher.Purpose(one.purpose).label}"
    return [
        format_html('<span class="whitespace-nowrap">{}</span>', one.day.isoformat()),
        kind,
        told(one.sold, one.sold_minor),
        told(one.issued, one.issued_minor),
        told(one.registered),
        told(one.redeemed, one.worth_minor),
        told(one.returned, one.returned_minor),
        told(one.expired, one.expired_minor),
        told(one.cancelled, one.cancelled_minor),
        told(one.open, one.open_minor),
    ]
