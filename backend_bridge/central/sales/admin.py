"""The office's pages of receipts, of how branches round cash, and of terms of reversals. A company sees its own."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from backend_bridge.central.office.pages import (
    CompanyPage,
    OperatorPage,
    Scope,
    amount_text,
    column,
    moment,
    only_related,
)
from backend_bridge.central.sales.models import CashRounding, Effect, Receipt, Reversal, ReversalTerms

_SHOWN = (
    *("number", "branch", "customer", "channel", "time", "day", "by", "rules"),
    *("gross", "discount", "by_points", "by_money", "rounding", "done", "returned"),
)
_STATES = {"whole": "danger", "partly": "warning", "sold": "success"}


@admin.register(Receipt)
class ReceiptAdmin(CompanyPage):
    """What was sold, what came back of it, and what each campaign and voucher did."""

    list_display = ("number", "time", "branch", "customer", "gross", "discount", "by_points", "by_money", "state")
    list_filter = (only_related("branch"), "channel", "day")
    list_select_related = ("branch", "customer")
    search_fields = ("number", "customer__username")
    ordering = ("-happened_at", "-pk")

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
        """With whether something came back."""
        reversals = Reversal.objects.filter(receipt=OuterRef("pk"))
        found: QuerySet[Any] = (
            super()
            .get_queryset(request)
            .annotate(touched=Exists(reversals), gone=Exists(reversals.filter(complete=True)))
        )
        return found

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        """The figures with their unit, and what was done."""
        return _SHOWN

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        """All of it."""
        return self.get_fields(request, obj)

    @column(_("time"), order="happened_at")
    def time(self, receipt: Receipt) -> str:
        """When it was bought."""
        return moment(receipt.happened_at)

    @column(_("gross"), order="gross_minor")
    def gross(self, receipt: Receipt) -> str:
        """Before anything was taken off."""
        return amount_text(receipt.gross_minor, receipt.currency)

    @column(_("discount"))
    def discount(self, receipt: Receipt) -> str:
        """What was taken off."""
        return amount_text(receipt.discount_minor, receipt.currency)

    @column(_("points and vouchers"))
    def by_points(self, receipt: Receipt) -> str:
        """What points and vouchers paid."""
        return amount_text(receipt.points_minor + receipt.voucher_minor, receipt.currency)

    @column(_("money"))
    def by_money(self, receipt: Receipt) -> str:
        """What was paid with money, and what is open."""
        return amount_text(receipt.paid_minor + receipt.open_minor, receipt.currency)

    @column(_("cash rounding"))
    def rounding(self, receipt: Receipt) -> str:
        """What was rounded in cash."""
        return amount_text(receipt.rounding_minor, receipt.currency)

    @column(_("state"), labels=_STATES)
    def state(self, receipt: Any) -> tuple[str, str]:
        """Whether it was reversed."""
        if receipt.gone:
            return "whole", str(_("reversed"))
        return ("partly", str(_("reversed in part"))) if receipt.touched else ("sold", str(_("sold")))

    @column(_("what was done"))
    def done(self, receipt: Receipt) -> SafeString | str:
        """What campaigns, vouchers and points did."""
        return _told(receipt, Effect.objects.filter(receipt=receipt, reversal=None))

    @column(_("what came back"))
    def returned(self, receipt: Receipt) -> SafeString | str:
        """What reversals took back of it."""
        return _told(receipt, Effect.objects.filter(receipt=receipt).exclude(reversal=None))


@admin.register(CashRounding)
class CashRoundingAdmin(OperatorPage):
    """How branches round cash."""

    list_display = ("branch", "country", "cash_step_minor")
    list_filter = (only_related("branch__company"),)
    list_select_related = ("branch",)
    fixed = ("branch",)

    def of_company(self, company: str) -> Q:
        """Of its branches."""
        return Q(branch__company=company)


@admin.register(ReversalTerms)
class ReversalTermsAdmin(OperatorPage):
    """What companies do where points that come back are spent already."""

    list_display = ("company", "spent")
    list_filter = (only_related("company"), "spent")
    list_select_related = ("company",)
    fixed = ("company",)

    def of_company(self, company: str) -> Q:
        """Its own."""
        return Q(company=company)


def _told(receipt: Receipt, effects: QuerySet[Any]) -> SafeString | str:
    lines = ((_line(receipt, effect),) for effect in effects.order_by("pk"))
    return format_html_join(SafeString("<br>"), "{}", lines) or "–"


def _line(receipt: Receipt, effect: Effect) -> str:
    parts = [str(effect.get_what_display()), effect.source]
    if effect.version:
        parts[-1] += f" v{effect.version}"
    if effect.minor:
        parts.append(amount_text(effect.minor, receipt.currency))
    if effect.points:
        parts.append(amount_text(effect.points, effect.pool))
    return " · ".join(parts)


def _may(request: HttpRequest) -> bool:
    scope = Scope(request.user)
    return scope.everything or scope.company is not None
