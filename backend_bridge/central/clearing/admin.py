"""The office's pages of clearing: months with their statements, and the lines behind them.

A company sees the lines and statements that it is part of; the operator sees all, and closes months.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model, Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from backend_bridge.central.clearing import statements
from backend_bridge.central.clearing.closing import close_month
from backend_bridge.central.clearing.errors import ClearingRefused
from backend_bridge.central.clearing.models import ClearingLine
from backend_bridge.central.clearing.page import months_context, whole
from backend_bridge.central.errors import CentralError
from backend_bridge.central.office.pages import (
    CompanyPage,
    Scope,
    all_fields,
    amount_text,
    by,
    column,
    moment,
    only_related,
    shortened,
)
from backend_bridge.central.organisation.models import Company
from backend_bridge.central.setting_up.rows import the_programme
from loyalty.clearing.rendering import as_csv, as_json

_FORMS = {"csv": "text/csv; charset=utf-8", "json": "application/json"}


@admin.register(ClearingLine)
class ClearingLineAdmin(CompanyPage):
    """Every redemption of network points, as the companies owe it to each other."""

    list_display = ("time", "counts_in", "issuer", "taker", "counted", "value", "rate", "told_reference", "receipt")
    list_filter = ("month", only_related("issuer"), only_related("taker"), only_related("pool"))
    list_select_related = ("issuer", "taker")
    search_fields = ("reference", "receipt")
    ordering = ("-happened_at", "-pk")
    # A lot belongs to a customer: the other company has no need to know which.
    fields = all_fields(ClearingLine, without=("lot", "cause", "programme"))

    def of_company(self, company: str) -> Q:
        """What it has issued, or taken."""
        return statements.of_company(company)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Whoever belongs to a company, and the operator."""
        return _may(request)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Whoever belongs to a company, and the operator; rows are narrowed down besides."""
        return _may(request)

    def get_urls(self) -> list[Any]:
        """With the page of months, its statements, and the way to close one."""
        view = self.admin_site.admin_view
        return [
            path("months/", view(require_GET(self.months)), name="clearing_months"),
            path("months/<str:month>/close/", view(require_POST(self.close)), name="clearing_close"),
            path(
                "statement/<str:company>/<str:month>.<str:form>",
                view(require_GET(self.statement)),
                name="clearing_statement",
            ),
            *super().get_urls(),
        ]

    def months(self, request: HttpRequest) -> HttpResponse:
        """The months, with what each company owes and is owed."""
        if not _may(request):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Clearing"),
            **months_context(Scope(request.user), at=timezone.now()),
        }
        return TemplateResponse(request, "clearing/months.html", context)

    def close(self, request: HttpRequest, month: str) -> HttpResponse:
        """Close a month: for the operator, who acts for no single company then, and has ticked that it is meant."""
        if not Scope(request.user).everything:
            raise PermissionDenied
        back = HttpResponseRedirect(reverse("admin:clearing_months"))
        if not request.POST.get("sure"):
            self.message_user(request, _("Nothing was closed: tick that you have checked the figures."), messages.ERROR)
            return back
        try:
            act = close_month(month, programme=the_programme().pk, by=by(request), at=timezone.now())
        except CentralError as error:
            self.message_user(request, str(error), messages.ERROR)
        else:
            self.message_user(request, _("%(month)s is closed.") % {"month": act.month})
        return back

    def statement(self, request: HttpRequest, company: str, month: str, form: str) -> HttpResponse:
        """A company's statement as a file. Another company's is as good as not there."""
        if form not in _FORMS or not Company.objects.filter(Scope(request.user).rows(_itself), pk=company).exists():
            raise Http404
        try:
            told = statements.statement_of(company, month)
        except ClearingRefused as error:
            raise Http404(str(error)) from error
        content = as_csv(told) if form == "csv" else as_json(told)
        answer = HttpResponse(content, content_type=_FORMS[form])
        answer.headers["Content-Disposition"] = f'attachment; filename="clearing-{company}-{month}.{form}"'
        return answer

    @column(_("time"), order="happened_at")
    def time(self, line: ClearingLine) -> str:
        """When it happened."""
        return moment(line.happened_at)

    @column(_("month"), order="month")
    def counts_in(self, line: ClearingLine) -> str:
        """The month in which it counts."""
        return whole(line.month)

    @column(_("points"), order="points")
    def counted(self, line: ClearingLine) -> str:
        """The points with their unit."""
        return f"{line.points} {line.pool_id}"

    @column(_("value"), order="value_minor")
    def value(self, line: ClearingLine) -> str:
        """What the issuer owes the taker."""
        return whole(amount_text(line.value_minor, line.currency))

    @column(_("VAT rate"), order="rate_bp")
    def rate(self, line: ClearingLine) -> str:
        """The rate of the lines that were paid."""
        return "–" if line.rate_bp is None else f"{line.rate_bp / 100:g} %"

    @column(_("redemption"), order="reference")
    def told_reference(self, line: ClearingLine) -> str:
        """The redemption, shortened."""
        return shortened(line.reference)


def _may(request: HttpRequest) -> bool:
    scope = Scope(request.user)
    return scope.everything or scope.company is not None


def _itself(company: str) -> Q:
    return Q(pk=company)
