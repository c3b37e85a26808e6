"""The office's page of point coupons."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backend_bridge.central.office.pages import CompanyPage, all_fields, column, moment, only_related
from backend_bridge.central.vouchers.models import PointCoupon

_COLOURS = {"free": "success", "home": "info", "registered": "primary", "expired": "warning", "cancelled": "danger"}


@admin.register(PointCoupon)
class PointCouponAdmin(CompanyPage):
    """Coupons with what has become of them."""

    list_display = ("id", "status", "points", "pool", "batch", "last_day", "home", "registered_by", "used")
    list_filter = ("state", only_related("company"), only_related("pool"), "batch")
    list_select_related = ("company", "pool", "home_terminal", "registered_by")
    search_fields = ("id", "batch", "registered_by__username")
    fields = all_fields(PointCoupon)

    def of_company(self, company: str) -> Q:
        """The company's own."""
        return Q(company=company)

    @column(_("status"), order="state", labels=_COLOURS)
    def status(self, coupon: PointCoupon) -> tuple[str, str]:
        """The state as staff think of it: an issued coupon is free, at a terminal, or past its last day."""
        if coupon.state != PointCoupon.State.ISSUED:
            return coupon.state, coupon.get_state_display()
        if coupon.home_terminal_id is not None:
            return "home", str(_("at a terminal"))
        if coupon.last_day is not None and coupon.last_day < timezone.localdate():
            return "expired", str(_("expired"))
        return "free", str(_("free"))

    @column(_("home"), order="home_terminal")
    def home(self, coupon: PointCoupon) -> str:
        """The terminal that may register it."""
        return "–" if coupon.home_terminal is None else f"{coupon.home_terminal_id}/{coupon.home_epoch}"

    @column(_("registered"), order="registered_at")
    def used(self, coupon: PointCoupon) -> str:
        """When it was registered."""
        return moment(coupon.registered_at)
