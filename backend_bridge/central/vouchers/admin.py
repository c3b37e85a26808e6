"""The office's pages of vouchers. A company's staff handle their own company's, the operator all."""

from __future__ import annotations

import csv
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Model, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Concat
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from backend_bridge.central.data_dir import DataDir
from backend_bridge.central.errors import CentralError
from backend_bridge.central.ledger.accounts import VOUCHERS
from backend_bridge.central.ledger.models import Holding
from backend_bridge.central.office.pages import CompanyPage, Scope, column, moment, only_related
from backend_bridge.central.organisation.models import Company
from backend_bridge.central.vouchers.models import Voucher, VoucherBatch
from backend_bridge.central.vouchers.office import making, steps, words
from backend_bridge.central.vouchers.office.buttons import button
from backend_bridge.central.vouchers.office.figures_page import figures_context
from backend_bridge.central.vouchers.records import lot_of
from backend_bridge.central.vouchers.services.codes import batch_codes

_LINK = '<a class="text-primary-600 dark:text-primary-500 underline" href="{}">{}</a>'
Step = Callable[[HttpRequest, Voucher, dict[str, Any]], HttpResponse]
Making = Callable[[HttpRequest, Company, dict[str, Any]], HttpResponse]


@admin.register(Voucher)
class VoucherAdmin(CompanyPage):
    """Vouchers: found by state, kind, batch or owner; each with its history and what can be done with it."""

    list_display = ("id", "status", "what", "batch", "valid_until", "home", "owner", "registered")
    list_filter = ("state", "kind", "purpose", only_related("company"), only_related("pool"), only_related("batch"))
    list_select_related = ("company", "pool", "home_terminal", "owner", "batch")
    search_fields = ("id", "batch__name", "owner__username")
    search_help_text = _("The beginning of an id, a batch's name or a customer's username")
    ordering = ("-created_at", "id")
    fieldsets = (
        (None, {"fields": (("id", "state_told"), ("what", "company"), ("purpose", "vat_rate_bp"), "funded_by")}),
        (_("Where it is"), {"fields": (("owner", "home"), ("batch", "form", "receipt"), "waiting")}),
        (_("When and for what"), {"fields": (("valid_from", "valid_until"), "restricted")}),
        (_("Uses"), {"fields": (("uses_total", "uses_left", "uses_made"),)}),
        (_("History"), {"fields": (("created_at", "issued_at"), ("registered_at", "ended_at"), "history")}),
    )
    readonly_fields = ("state_told", "what", "home", "waiting", "restricted", "history")
    actions_detail = ("register", "validity", "cancel")
    actions_list = ("new_batch", "new_for")

    def of_company(self, company: str) -> Q:
        """The company's own."""
        return Q(company=company)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With what is on each."""
        lot = Concat(Value(lot_of("")), OuterRef("pk"))
        held = Holding.objects.filter(lot=lot, account__kind__in=VOUCHERS).values("amount")
        rows: QuerySet[Any] = super().get_queryset(request).annotate(held=Subquery(held[:1]))
        return rows

    def get_urls(self) -> list[Any]:
        """With the pages on which something is done."""
        view = self.admin_site.admin_view
        own = [
            path("new/", view(self._making(making.new_batch)), name="vouchers_new"),
            path("new-for/", view(self._making(making.new_for_customer)), name="vouchers_new_for"),
            path("figures/", view(self.figures_page), name="vouchers_figures"),
            path("<str:voucher>/do/cancel/", view(self._step(steps.cancel)), name="vouchers_cancel"),
            path("<str:voucher>/do/validity/", view(self._step(steps.validity)), name="vouchers_validity"),
            path("<str:voucher>/do/register/", view(self._step(steps.register)), name="vouchers_register"),
        ]
        return [*own, *super().get_urls()]

    def figures_page(self, request: HttpRequest) -> HttpResponse:
        """Daily figures of the companies that the user may see."""
        if not _may(request):
            raise PermissionDenied
        scope = Scope(request.user)
        context = figures_context(scope, request.GET, today=timezone.localdate())
        return TemplateResponse(request, "vouchers/figures.html", {**self._around(request), **context})

    @button(_("Register to a customer"), at="register", icon="how_to_reg")
    def register(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The way to the page on which it is registered."""
        return HttpResponseRedirect(reverse("admin:vouchers_register", args=[object_id]))

    @button(_("Change validity"), at="validity", icon="event")
    def validity(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The way to the page on which its days are changed."""
        return HttpResponseRedirect(reverse("admin:vouchers_validity", args=[object_id]))

    @button(_("Cancel"), at="cancel", icon="block")
    def cancel(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The way to the page on which it is cancelled."""
        return HttpResponseRedirect(reverse("admin:vouchers_cancel", args=[object_id]))

    @button(_("New vouchers"), at="go-new", icon="add")
    def new_batch(self, request: HttpRequest) -> HttpResponse:
        """The way to the page on which a batch is made."""
        return HttpResponseRedirect(reverse("admin:vouchers_new"))

    @button(_("New for a customer"), at="go-new-for", icon="person_add")
    def new_for(self, request: HttpRequest) -> HttpResponse:
        """The way to the page on which one is made and registered."""
        return HttpResponseRedirect(reverse("admin:vouchers_new_for"))

    @column(_("status"), order="state", labels=words.COLOURS)
    def status(self, voucher: Voucher) -> tuple[str, str]:
        """The state as staff think of it."""
        return words.status_of(voucher)

    @column(_("status"))
    def state_told(self, voucher: Voucher) -> str:
        """The same on the voucher's own page."""
        return words.status_of(voucher)[1]

    @column(_("gives"), order="kind")
    def what(self, voucher: Voucher) -> str:
        """What it gives, and what is left of it."""
        return words.gives(voucher, on_it_minor=getattr(voucher, "held", None) or 0)

    @column(_("home"), order="home_terminal")
    def home(self, voucher: Voucher) -> str:
        """The terminal that may redeem it."""
        return "–" if voucher.home_terminal is None else f"{voucher.home_terminal_id}/{voucher.home_epoch}"

    @column(_("registered"), order="registered_at")
    def registered(self, voucher: Voucher) -> str:
        """When it was registered."""
        return moment(voucher.registered_at)

    @column(_("pending changes"))
    def waiting(self, voucher: Voucher) -> SafeString | str:
        """What waits for a terminal."""
        return words.pending_changes(voucher)

    @column(_("restricted to"))
    def restricted(self, voucher: Voucher) -> str:
        """What it is restricted to besides its days."""
        return words.restricted_to(voucher) or "–"

    @column(_("what was done"))
    def history(self, voucher: Voucher) -> SafeString | str:
        """All that was done with it."""
        return words.history_table(voucher)

    def _step(self, step: Step) -> Callable[..., HttpResponse]:
        def page(request: HttpRequest, voucher: str) -> HttpResponse:
            row = self.get_queryset(request).select_related("company").filter(pk=voucher).first()
            if row is None or not _may(request):
                raise Http404
            context = {
                **self._around(request),
                "gives": self.what(row),
                "back": reverse("admin:vouchers_voucher_change", args=[row.pk]),
            }
            return step(request, row, context)

        return page

    def _making(self, make: Making) -> Callable[[HttpRequest], HttpResponse]:
        def page(request: HttpRequest) -> HttpResponse:
            if not _may(request):
                raise PermissionDenied
            back = reverse("admin:vouchers_voucher_changelist")
            company = Company.objects.filter(pk=Scope(request.user).company or "").first()
            if company is None:
                told = _("Choose the company to act for first: vouchers are made for one company.")
                messages.warning(request, told)
                return HttpResponseRedirect(reverse("act-for"))
            return make(request, company, {**self._around(request), "back": back})

        return page

    def _around(self, request: HttpRequest) -> dict[str, Any]:
        return {**self.admin_site.each_context(request), "opts": self.opts}


@admin.register(VoucherBatch)
class VoucherBatchAdmin(CompanyPage):
    """Batches of vouchers, with how many are in which state, and their codes for printing (B1, B2)."""

    list_display = ("name", "company", "made", "size", "free", "registered", "redeemed", "expired", "cancelled")
    list_filter = (only_related("company"), "made_at")
    list_select_related = ("company",)
    search_fields = ("name",)
    ordering = ("-made_at", "name")
    fields = ("name", "company", "made_at", "size", "free", "registered", "redeemed", "expired", "cancelled", "ways")
    readonly_fields = ("free", "registered", "redeemed", "expired", "cancelled", "ways")

    def of_company(self, company: str) -> Q:
        """The company's own."""
        return Q(company=company)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Whoever belongs to a company, and the operator."""
        return _may(request)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Whoever belongs to a company, and the operator; rows are narrowed down besides."""
        return _may(request)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With the vouchers in each state."""
        counts = {f"of_{state}": Count("vouchers", filter=Q(vouchers__state=state)) for state in Voucher.State.values}
        rows: QuerySet[Any] = super().get_queryset(request).annotate(**counts)
        return rows

    def get_urls(self) -> list[Any]:
        """With the codes."""
        codes = path("<str:batch>/codes.csv", self.admin_site.admin_view(self.codes), name="vouchers_codes")
        return [codes, *super().get_urls()]

    def codes(self, request: HttpRequest, batch: str) -> HttpResponse:
        """The codes of a batch as CSV, for printing."""
        row = self.get_queryset(request).filter(pk=batch).first()
        if row is None or not _may(request):
            raise Http404
        try:
            texts = list(batch_codes(DataDir(settings.DATA), company=row.company_id, batch=batch))
        except CentralError as error:
            self.message_user(request, str(error), messages.ERROR)
            return HttpResponseRedirect(reverse("admin:vouchers_voucherbatch_change", args=[batch]))
        answer = HttpResponse(content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="codes-{batch}.csv"'
        answer["Cache-Control"] = "no-store"
        lines = csv.writer(answer)
        lines.writerow(("voucher", "code"))
        lines.writerows(texts)
        return answer

    @column(_("made"), order="made_at")
    def made(self, batch: VoucherBatch) -> str:
        """When it was made."""
        return moment(batch.made_at)

    @column(_("free"))
    def free(self, batch: VoucherBatch) -> int:
        """How many are free."""
        return _counted(batch, "issued") + _counted(batch, "draft")

    @column(_("registered"))
    def registered(self, batch: VoucherBatch) -> int:
        """How many are registered."""
        return _counted(batch, "registered")

    @column(_("redeemed"))
    def redeemed(self, batch: VoucherBatch) -> int:
        """How many are used up."""
        return _counted(batch, "redeemed")

    @column(_("expired"))
    def expired(self, batch: VoucherBatch) -> int:
        """How many have expired."""
        return _counted(batch, "expired")

    @column(_("cancelled"))
    def cancelled(self, batch: VoucherBatch) -> int:
        """How many were cancelled."""
        return _counted(batch, "cancelled")

    @column(_("next step"))
    def ways(self, batch: VoucherBatch) -> SafeString:
        """The way to the vouchers, and to their codes."""
        listed = f"{reverse('admin:vouchers_voucher_changelist')}?batch__id__exact={batch.pk}"
        codes = reverse("admin:vouchers_codes", args=[batch.pk])
        return format_html(
            "{} · {}",
            format_html(_LINK, listed, _("Show its vouchers")),
            format_html(_LINK, codes, _("Codes for printing (CSV)")),
        )


def _counted(batch: VoucherBatch, state: str) -> int:
    return int(getattr(batch, f"of_{state}", 0))


def _may(request: HttpRequest) -> bool:
    scope = Scope(request.user)
    return scope.everything or scope.company is not None
