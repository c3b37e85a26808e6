"""The office's pages of companies, branches, pools and rewards."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from backend_bridge.central.data_dir import DataDir
from backend_bridge.central.office.pages import OperatorPage, column, only_related
from backend_bridge.central.organisation.coupon_keys import ensure_coupon_key
from backend_bridge.central.organisation.models import Branch, Company, Pool, Reward
from loyalty.units import EXPONENTS


@admin.register(Company)
class CompanyAdmin(OperatorPage):
    """Merchants."""

    list_display = ("name", "id", "number", "currency")
    search_fields = ("id", "name")
    fixed = ("id", "number", "programme", "currency")

    def of_company(self, company: str) -> Q:
        """The company itself."""
        return Q(pk=company)

    def save_model(self, request: HttpRequest, obj: Company, form: Any, change: bool) -> None:
        """A company comes with its key for coupons."""
        super().save_model(request, obj, form, change)
        ensure_coupon_key(obj, DataDir(settings.DATA))


@admin.register(Branch)
class BranchAdmin(OperatorPage):
    """Places of companies."""

    list_display = ("name", "id", "company", "timezone")
    list_filter = (only_related("company"),)
    list_select_related = ("company",)
    search_fields = ("id", "name")
    fixed = ("id", "company")

    def of_company(self, company: str) -> Q:
        """The company's own."""
        return Q(company=company)


@admin.register(Pool)
class PoolAdmin(OperatorPage):
    """Kinds of points."""

    list_display = ("__str__", "id", "network", "company", "currency", "value", "minimum_balance")
    list_filter = ("network", only_related("company"))
    list_select_related = ("company",)
    search_fields = ("id", "names")
    fixed = ("id", "programme", "company", "network", "currency", "point_value_minor")

    def of_company(self, company: str) -> Q:
        """The company's own, and the network's in its currency."""
        shared = Q(network=True, currency__in=Company.objects.filter(pk=company).values("currency"))
        return Q(company=company) | shared

    @column(_("one point is worth"))
    def value(self, pool: Pool) -> str:
        """The value of a point, in the major unit."""
        exponent = EXPONENTS[pool.currency]
        return f"{pool.point_value_minor / 10**exponent:.{exponent}f} {pool.currency}"


@admin.register(Reward)
class RewardAdmin(OperatorPage):
    """What points pay for."""

    list_display = ("__str__", "company", "pool", "points", "active")
    list_filter = (only_related("company"), only_related("pool"), "active")
    list_select_related = ("company", "pool")
    search_fields = ("id", "names")
    fixed = ("id", "company")

    def of_company(self, company: str) -> Q:
        """The company's own."""
        return Q(company=company)
