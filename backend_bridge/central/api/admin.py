"""The office's page of API keys. The operator makes and revokes them; a company sees its own."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminDateWidget, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from backend_bridge.central.api import keys
from backend_bridge.central.api.models import ApiKey
from backend_bridge.central.api.scopes import SCOPES
from backend_bridge.central.api.webhooks.admin import DeliveryAdmin, WebhookAdmin
from backend_bridge.central.errors import CentralError
from backend_bridge.central.office.pages import CompanyPage, Scope, all_fields, column, moment, only_related
from backend_bridge.central.organisation.models import Branch, Company

__all__ = ["ApiKeyAdmin", "DeliveryAdmin", "WebhookAdmin"]

_SHOWN = all_fields(ApiKey, without=("digest",))

if TYPE_CHECKING:
    _Form = forms.ModelForm[ApiKey]
else:
    _Form = forms.ModelForm


class KeyForm(_Form):
    """What is said of a new key. The key itself is made, not typed."""

    client = forms.SlugField(
        label=_("system"),
        max_length=48,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("A name for the system that gets the key: small letters, digits and -. Keep it when you exchange."),
    )
    scopes = forms.MultipleChoiceField(
        label=_("scopes"),
        choices=[(scope, f"{scope}: {told}") for scope, told in SCOPES.items()],
        widget=forms.CheckboxSelectMultiple,
    )
    last_day = forms.DateField(
        label=_("last day"), required=False, widget=UnfoldAdminDateWidget, help_text=_("Empty: it does not expire.")
    )

    class Meta:
        model = ApiKey
        fields = ("company", "client", "scopes", "channel", "branch", "per_second")
        widgets = {"channel": UnfoldAdminSelectWidget}

    def clean(self) -> dict[str, Any]:
        """Make the key, unless something is wrong already; it is kept later."""
        told: dict[str, Any] = super().clean() or {}
        if self.errors:
            return told
        company: Company = told["company"]
        branch: Branch | None = told.get("branch")
        try:
            self.made = keys.prepare(
                company=company.pk,
                client=told["client"],
                scopes=told["scopes"],
                channel=told["channel"],
                branch=None if branch is None else branch.pk,
                expires_at=_after(told.get("last_day")),
                per_second=told["per_second"],
                at=timezone.now(),
            )
        except CentralError as error:
            raise ValidationError(str(error)) from error
        return told


@admin.register(ApiKey)
class ApiKeyAdmin(CompanyPage):
    """API keys, with what they may do and when they were last used."""

    form = KeyForm
    list_display = ("client", "id", "company", "channel", "state", "used", "expires")
    list_filter = (only_related("company"), "channel")
    list_select_related = ("company",)
    search_fields = ("id", "client")
    ordering = ("company", "client", "-created_at")
    actions = ("revoke",)

    def of_company(self, company: str) -> Q:
        """The company's own."""
        return Q(company=company)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """The operator makes keys."""
        return Scope(request.user).everything

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        """The operator revokes keys."""
        return Scope(request.user).everything

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        """A new key is described; one that is there shows everything but its secret, which nobody has."""
        return ("company", "client", "scopes", "channel", "branch", "last_day", "per_second") if obj is None else _SHOWN

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        """Nothing of a key that is there is changed."""
        return () if obj is None else _SHOWN

    def save_form(self, request: HttpRequest, form: Any, change: bool) -> ApiKey:
        """The key that was made from the form."""
        made: keys.NewKey = form.made
        vars(made.row)["token"] = made.token
        return made.row

    def save_model(self, request: HttpRequest, obj: ApiKey, form: Any, change: bool) -> None:
        """Keep the new key."""
        obj.save(force_insert=True)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """A key has no rows that belong to it."""

    def response_add(self, request: HttpRequest, obj: ApiKey, post_url_continue: str | None = None) -> HttpResponse:
        """Show the key, this once: it goes into no cookie, no session and no address."""
        token = vars(obj)["token"]
        context = {**self.admin_site.each_context(request), "title": _("API key"), "token": token, "key": obj}
        # Pages where something is added are `never_cache`.
        return render(request, "api/new_key.html", context)

    @admin.action(description=_("Revoke the selected keys"), permissions=["revoke"])
    def revoke(self, request: HttpRequest, chosen: QuerySet[ApiKey]) -> None:
        """From now on these keys open nothing."""
        count = sum(keys.revoke(row.pk, at=timezone.now()) for row in chosen)
        self.message_user(request, _("%(count)d keys were revoked.") % {"count": count})

    @column(_("status"), labels={"usable": "success", "revoked": "danger", "expired": "warning"})
    def state(self, key: ApiKey) -> tuple[str, str]:
        """Whether it opens anything."""
        if key.revoked_at is not None:
            return "revoked", str(_("revoked"))
        return ("usable", str(_("usable"))) if key.usable(at=timezone.now()) else ("expired", str(_("expired")))

    @column(_("last used"), order="last_used_at")
    def used(self, key: ApiKey) -> str:
        """To the minute."""
        return moment(key.last_used_at)

    @column(_("expires"), order="expires_at")
    def expires(self, key: ApiKey) -> str:
        """From when on it opens nothing."""
        return moment(key.expires_at)


def _after(last_day: dt.date | None) -> dt.datetime | None:
    """The end of the last day."""
    if last_day is None:
        return None
    return dt.datetime.combine(last_day + dt.timedelta(days=1), dt.time(), tzinfo=timezone.get_current_timezone())
