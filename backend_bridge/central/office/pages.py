"""What every page of the office has: one company's rows for that company's staff, and who may change.

A page says by `of_company` which rows are a company's. There is no default: a page without it does
not start. Rows of another company are as good as not there, also by their address.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.db.models import BinaryField, Field, Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.translation import gettext as _

from backend_bridge.central.office.acting_for import FORM_FIELD
from backend_bridge.central.office.scope import Scope
from backend_bridge.central.organisation.models import Pool
from loyalty.units import EXPONENTS

__all__ = [
    "CompanyPage",
    "OperatorPage",
    "Scope",
    "all_fields",
    "amount_text",
    "by",
    "column",
    "moment",
    "only_related",
    "shortened",
    "user_of",
]

if TYPE_CHECKING:
    _Page = admin.ModelAdmin[Any]
else:
    from unfold.admin import ModelAdmin as _Page

_LONG = 24
_NAMES_S = 30
AnyColumn = TypeVar("AnyColumn", bound=Callable[..., Any])


class CompanyPage(_Page):
    """A page that shows rows and changes none."""

    list_per_page = 50
    list_fullwidth = True
    list_filter_sheet = False
    show_full_result_count = False
    change_form_before_template = "office/acts_for_field.html"

    def of_company(self, company: str) -> Q:
        """The condition by which a row is one company's; it must not match a row twice."""
        raise NotImplementedError(f"{type(self).__name__} does not say which rows are a company's")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """The rows that this user may see."""
        return super().get_queryset(request).filter(Scope(request.user).rows(self.of_company))

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """A form that was opened for one company is never saved for another, chosen since in another tab."""
        opened_for = request.POST.get(FORM_FIELD)
        if opened_for is not None and opened_for != (Scope(request.user).company or ""):
            told = _("Nothing was saved: you act for another company now than when you opened the form.")
            self.message_user(request, told, messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())
        answer: HttpResponse = super().changeform_view(request, object_id, form_url, extra_context)
        return answer

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Lists are filtered by what they offer, and by fields that a text can be compared with."""
        name = lookup.partition("__")[0]
        binary = any(field.name == name for field in self.model._meta.get_fields() if isinstance(field, BinaryField))
        allowed: bool = not binary and super().lookup_allowed(lookup, value, request)
        return allowed

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nothing is added by hand here."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nothing is changed by hand here."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nothing is ever deleted in the office."""
        return False


class OperatorPage(CompanyPage):
    """A page whose rows the operator may add and change; a company's staff looks only."""

    #: Fields that cannot be changed once a row is there: ids are in ledgers and in printed codes.
    fixed: ClassVar[tuple[str, ...]] = ("id",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """The operator adds."""
        return Scope(request.user).everything

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """The operator changes."""
        return Scope(request.user).everything

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str] | tuple[Any, ...]:
        """The fixed fields of a row that is there."""
        return () if obj is None else self.fixed


def by(request: HttpRequest) -> str:
    """Who acts, as causes and histories keep it: the number of the user, never the name."""
    return f"office:{request.user.pk}"


def user_of(request: HttpRequest) -> User:
    """Who acts; raises `PermissionDenied` where nobody has logged in."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def column(
    description: Promise,
    *,
    order: str | None = None,
    labels: dict[str, str] | None = None,
) -> Callable[[AnyColumn], AnyColumn]:
    """A column of a list. With `labels`, its (value, text) is shown in a colour by value."""

    def decorate(function: AnyColumn) -> AnyColumn:
        vars(function)["short_description"] = description
        if order is not None:
            vars(function)["admin_order_field"] = order
        if labels is not None:
            vars(function)["label"] = labels
        return function

    return decorate


def moment(instant: dt.datetime | None) -> str:
    """An instant as lists show it, to the second, on one line."""
    if instant is None:
        return "–"
    told = date_format(timezone.localtime(instant), "DATETIME_FORMAT")
    return format_html('<span style="white-space: nowrap">{}</span>', told)


def amount_text(amount: int, unit: str) -> str:
    """An amount with its unit: points with the name of their pool, or money in its major unit."""
    if unit not in EXPONENTS:
        return f"{number_format(amount, force_grouping=True)} {pool_names().get(unit, unit)}"
    exponent = EXPONENTS[unit]
    return f"{number_format(Decimal(amount).scaleb(-exponent), exponent, force_grouping=True)} {unit}"


def pool_names() -> dict[str, str]:
    """What pools are called, by id; at most half a minute old."""
    names: dict[str, str] | None = cache.get("pool-names")
    if names is None:
        names = {pool.pk: str(pool) for pool in Pool.objects.all()}
        cache.set("pool-names", names, _NAMES_S)
    return names


def shortened(key: str) -> str:
    """A key with its long ids cut to their beginnings: enough to recognise, and to search for."""
    return "/".join(part if len(part) <= _LONG else part[:8] + "…" for part in key.split("/"))


def only_related(field: str) -> tuple[str, type[admin.FieldListFilter]]:
    """A filter that offers only what rows that this user may see refer to."""
    return (field, admin.RelatedOnlyFieldListFilter)


def all_fields(model: type[Model], *, without: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The names of a model's own fields, for a page that shows them all."""
    fields = (field for field in model._meta.get_fields() if isinstance(field, Field))
    return tuple(field.name for field in fields if field.name not in without)
