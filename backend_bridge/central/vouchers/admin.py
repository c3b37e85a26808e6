"""The office's pages of vouchers: what there is, and what became of each."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backend_bridge.central.office.pages import CompanyPage, all_fields, column, moment, only_related
from backend_bridge.central.vouchers.models import Voucher

_COLOURS = {"free": "success", "home": "info", "registered": "primary", "expired": "warning", "cancelled": "danger"}


@admin.register(Voucher)
class VoucherAdmin(CompanyPage):
    """Vouchers with what has become of them."""

    list_display = ("id", "status", "kind", "points", "pool", "batch", "valid_until", "home", "owner", "used")
    list_filter = ("state", "kind", only_related("company"), only_related("pool"), only_related("batch"))
    list_select_related = ("company", "pool", "home_terminal", "owner", "batch")
    search_fields = ("id", "batch__name", "owner__username")
    fields = all_fields(Voucher)

    def of_company(self, company: str) -> Q:
        """The company's own."""
        return Q(company=company)

    @column(_("status"), order="state", labels=_COLOURS)
    def status(self, voucher: Voucher) -> tuple[str, str]:
        """The state as staff think of it: an issued voucher is free, at a terminal, or past its last day."""
        if voucher.state != Voucher.State.ISSUED:
            return voucher.state, voucher.get_state_display()
        if voucher.home_terminal_id is not None:
            return "home", str(_("at a terminal"))
        if voucher.valid_until is not None and voucher.valid_until < timezone.localdate():
            return "expired", str(_("expired"))
        return "free", str(_("free"))

    @column(_("home"), order="home_terminal")
    def home(self, voucher: Voucher) -> str:
        """The terminal that may register it."""
        return "–" if voucher.home_terminal is None else f"{voucher.home_terminal_id}/{voucher.home_epoch}"

    @column(_("registered"), order="registered_at")
    def used(self, voucher: Voucher) -> str:
        """When it was registered."""
        return moment(voucher.registered_at)
