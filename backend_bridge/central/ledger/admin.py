"""The office's pages of the books. They are for reading: nothing here is ever changed by hand."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet, Sum
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from backend_bridge.central.ledger.models import Account, Lot, Transfer
from backend_bridge.central.office.pages import CompanyPage, all_fields, column, moment, only_related, shortened

_COLOURS = {"opening": "info", "granted": "warning", "spent": "danger", "coupon": "success", "returned": "primary"}


@admin.register(Transfer)
class TransferAdmin(CompanyPage):
    """Every movement of points."""

    list_display = ("time", "what", "debit", "credit", "amount", "lot", "cause")
    list_filter = ("kind", "at", only_related("pool"), only_related("company"))
    list_select_related = ("pool", "lot", "debit__member", "credit__member")
    search_fields = ("key", "lot__id", "debit__member__username", "credit__member__username")
    ordering = ("-at", "-key")
    fields = all_fields(Transfer)

    def of_company(self, company: str) -> Q:
        """What was posted at the company."""
        return Q(company=company)

    @column(_("time"), order="at")
    def time(self, transfer: Transfer) -> str:
        """When it was posted."""
        return moment(transfer.at)

    @column(_("kind"), order="kind", labels=_COLOURS)
    def what(self, transfer: Transfer) -> tuple[str, str]:
        """Why points moved."""
        return transfer.kind, transfer.get_kind_display()

    @column(_("cause"), order="key")
    def cause(self, transfer: Transfer) -> str:
        """The journal entry or the grant, shortened."""
        return shortened(transfer.key)

    @column(_("points"), order="points")
    def amount(self, transfer: Transfer) -> str:
        """The points with their unit."""
        return f"{transfer.points} {transfer.pool}"


@admin.register(Account)
class AccountAdmin(CompanyPage):
    """Where points are. A funding account has no balance: it is where they come from."""

    list_display = ("__str__", "kind", "pool", "balance")
    list_filter = ("kind", only_related("pool"), only_related("company"), only_related("terminal"))
    list_select_related = ("pool", "member", "company", "terminal")
    search_fields = ("id", "member__username", "company__name", "terminal__id")
    fields = (*all_fields(Account), "balance")

    def of_company(self, company: str) -> Q:
        """Its own, those at its terminals, and its members' in its own pools."""
        return Q(company=company) | Q(terminal__branch__company=company) | Q(pool__company=company)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With the sum of what is held."""
        rows: QuerySet[Any] = super().get_queryset(request).annotate(held=Sum("holdings__points"))
        return rows

    @column(_("points"))
    def balance(self, account: Account) -> str:
        """What is in the account."""
        if account.kind == Account.Kind.COMPANY_FUNDING:
            return "–"
        return str(getattr(account, "held", None) or 0)


@admin.register(Lot)
class LotAdmin(CompanyPage):
    """Awards, each with its issuer, origin and expiry."""

    list_display = ("id", "member", "pool", "issuer", "origin", "created", "expires")
    list_filter = ("origin", only_related("pool"), only_related("issuer"))
    list_select_related = ("member", "pool", "issuer")
    search_fields = ("id", "member__username")
    fields = all_fields(Lot)

    def of_company(self, company: str) -> Q:
        """What the company gave."""
        return Q(issuer=company)

    @column(_("created"), order="created_at")
    def created(self, lot: Lot) -> str:
        """When it was given."""
        return moment(lot.created_at)

    @column(_("expires"), order="expires_at")
    def expires(self, lot: Lot) -> str:
        """From when on it cannot be spent."""
        return moment(lot.expires_at)
