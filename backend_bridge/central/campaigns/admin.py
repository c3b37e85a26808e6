"""The office's pages of campaigns. A company's staff make and try their own; the operator every company's."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Model, Q
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from backend_bridge.central.campaigns import versions
from backend_bridge.central.campaigns.forms import CampaignForm
from backend_bridge.central.campaigns.models import Campaign, Stage
from backend_bridge.central.campaigns.trial_page import trial_context
from backend_bridge.central.office.pages import CompanyPage, Scope, by, column, only_related

_LINK = '<a class="text-primary-600 dark:text-primary-500 underline" href="{}">{}</a>'
_FOR_KIND = {
    "pool": "kind == 'award'",
    "points_per_unit": "kind == 'award'",
    "minimum_balance": "kind == 'award'",
    **dict.fromkeys(("last_days", "last_months", "last_until"), "kind == 'award'"),
    "percent": "kind == 'percent' || kind == 'rebate'",
    "amount": "kind == 'amount'",
    "pieces": "kind == 'goods' || kind == 'service'",
    "combinable": "kind != 'award' && kind != 'rebate'",
}
_FIELDSETS = (
    (_("Name"), {"fields": (("name_en", "name_nl"), ("name_de", "name_da"), "name_cs")}),
    (
        _("What customers get"),
        {
            "fields": (
                "kind",
                ("pool", "points_per_unit", "minimum_balance"),
                ("last_days", "last_months", "last_until"),
                ("percent", "amount", "pieces"),
                "combinable",
            )
        },
    ),
    (_("For what"), {"fields": (("article_groups", "articles"),)}),
    (
        _("When"),
        {
            "fields": (
                ("valid_from", "valid_until"),
                "weekdays_1",
                ("start_1", "end_1"),
                "weekdays_2",
                ("start_2", "end_2"),
            )
        },
    ),
    (_("Where and for whom"), {"fields": ("branches", "channels", "customer_groups")}),
    (
        _("Limits"),
        {"fields": (("budget", "uses"), ("uses_per_customer", "uses_per_day"), "exclusive_group")},
    ),
)


@admin.register(Campaign)
class CampaignAdmin(CompanyPage):
    """Campaigns."""

    form = CampaignForm
    list_display = ("name", "company", "state", "version", "valid_from", "valid_until", "id")
    list_filter = ("stage", only_related("company"))
    list_select_related = ("company", "current")
    search_fields = ("id", "code", "current__names")
    ordering = ("company", "code")
    conditional_fields = _FOR_KIND

    def of_company(self, company: str) -> Q:
        """The company's own."""
        return Q(company=company)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Whoever belongs to a company, and the operator."""
        return _may(request)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Whoever belongs to a company, and the operator; rows are narrowed down besides."""
        return _may(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """A company's staff make its campaigns."""
        return _may(request)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """A campaign that has ended stays as it was."""
        return _may(request) and not (isinstance(obj, Campaign) and obj.stage == Stage.ENDED)

    def get_fieldsets(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """The company is chosen by the operator only, and once, like the short name."""
        head: tuple[Any, ...] = (("company", "code"), ("stage", "steps"))
        if obj is None:
            head = (("company", "code", "stage") if Scope(request.user).everything else ("code", "stage"),)
        return ((None, {"fields": head}), *_FIELDSETS)

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        """What stays."""
        return () if obj is None else ("company", "code", "steps")

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """The form knows whose campaigns the user may make."""
        form = super().get_form(request, obj, change, **kwargs)
        return type(form.__name__, (form,), {"scope": Scope(request.user)})

    def save_model(self, request: HttpRequest, obj: Campaign, form: Any, change: bool) -> None:
        """A new version where something is different; then the stage."""
        stage = Stage(form.cleaned_data["stage"])
        version = versions.save(
            company=obj.company,
            code=obj.code,
            rule=form.rule,
            names=form.names,
            by=by(request),
            at=timezone.now(),
        )
        saved = Campaign.objects.get(pk=version.campaign_id)
        versions.set_stage(saved, stage, at=timezone.now())
        obj.pk, obj.current = saved.pk, saved.current
        obj._state.adding = False

    def get_urls(self) -> list[Any]:
        """With the page on which a campaign is tried."""
        own = path("<path:object_id>/try/", self.admin_site.admin_view(self.try_page), name="campaigns_campaign_try")
        return [own, *super().get_urls()]

    def try_page(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """A receipt of a few lines, and what the campaign does for it."""
        campaign = self.get_queryset(request).select_related("company", "current").filter(pk=object_id).first()
        if campaign is None or campaign.current is None or not _may(request):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Try %(campaign)s") % {"campaign": campaign},
            "original": campaign,
            **trial_context(campaign, request.POST if request.method == "POST" else None),
        }
        return TemplateResponse(request, "campaigns/try.html", context)

    @column(_("name"), order="code")
    def name(self, campaign: Campaign) -> str:
        """The name in English, or in another language."""
        return str(campaign)

    @column(
        _("state"),
        labels={"running": "success", "scheduled": "info", "paused": "warning", "ended": "danger", "draft": "primary"},
    )
    def state(self, campaign: Campaign) -> tuple[str, str]:
        """What it is today."""
        state = campaign.state_on(timezone.localdate())
        return state.value, str(state.label)

    @column(_("version"))
    def version(self, campaign: Campaign) -> int | str:
        """The number of the version that counts."""
        return "–" if campaign.current is None else campaign.current.number

    @column(_("first day"), order="current__valid_from")
    def valid_from(self, campaign: Campaign) -> Any:
        """The first day."""
        return None if campaign.current is None else campaign.current.valid_from

    @column(_("next step"))
    def steps(self, campaign: Campaign) -> SafeString:
        """The way to the page on which it is tried."""
        return format_html(_LINK, reverse("admin:campaigns_campaign_try", args=[campaign.pk]), _("Try it on a receipt"))

    @column(_("last day"), order="current__valid_until")
    def valid_until(self, campaign: Campaign) -> Any:
        """The last day."""
        return None if campaign.current is None else campaign.current.valid_until


def _may(request: HttpRequest) -> bool:
    scope = Scope(request.user)
    return scope.everything or scope.company is not None
