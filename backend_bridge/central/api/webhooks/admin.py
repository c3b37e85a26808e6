"""The office's pages of webhooks and of what was delivered. What cannot be delivered is seen here."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backend_bridge.central.api.webhooks.models import Delivery, Webhook
from backend_bridge.central.office.pages import CompanyPage, Scope, all_fields, column, moment, only_related

_COLOURS = {"waiting": "warning", "delivered": "success", "dead": "danger", "discarded": "info"}


@admin.register(Webhook)
class WebhookAdmin(CompanyPage):
    """Where companies' systems are told. They are made and changed over the API."""

    list_display = ("client", "url", "company", "active", "why_inactive", "waiting")
    list_filter = (only_related("company"), "active")
    list_select_related = ("company",)
    search_fields = ("id", "client", "url")
    ordering = ("company", "client", "id")
    fields = all_fields(Webhook)

    def of_company(self, company: str) -> Q:
        """The company's own."""
        return Q(company=company)

    @column(_("waiting"))
    def waiting(self, webhook: Webhook) -> int:
        """How many deliveries wait."""
        return webhook.deliveries.filter(state=Delivery.State.WAITING).count()


@admin.register(Delivery)
class DeliveryAdmin(CompanyPage):
    """Deliveries of the last 30 days; the operator sends one again, or lets the ones after it go."""

    list_display = ("webhook", "sequence", "event", "status", "attempts", "last_result", "next_try")
    list_filter = ("state", only_related("webhook"))
    list_select_related = ("webhook", "event")
    search_fields = ("event__id",)
    ordering = ("-pk",)
    fields = all_fields(Delivery)
    actions = ("redeliver", "discard")

    def of_company(self, company: str) -> Q:
        """Those of the company's webhooks."""
        return Q(webhook__company=company)

    def has_redeliver_permission(self, request: HttpRequest) -> bool:
        """The operator."""
        return Scope(request.user).everything

    @admin.action(description=_("Send the selected deliveries again"), permissions=["redeliver"])
    def redeliver(self, request: HttpRequest, chosen: QuerySet[Delivery]) -> None:
        """They wait again, from now on."""
        count = chosen.update(state=Delivery.State.WAITING, attempts=0, since=None, next_at=timezone.now())
        self.message_user(request, _("%(count)d deliveries are sent again.") % {"count": count})

    @admin.action(description=_("Discard the selected deliveries that wait"), permissions=["redeliver"])
    def discard(self, request: HttpRequest, chosen: QuerySet[Delivery]) -> None:
        """They hold back nothing any more."""
        count = chosen.filter(state=Delivery.State.WAITING).update(state=Delivery.State.DISCARDED)
        self.message_user(request, _("%(count)d deliveries were discarded.") % {"count": count})

    @column(_("status"), order="state", labels=_COLOURS)
    def status(self, delivery: Delivery) -> tuple[str, str]:
        """What became of it."""
        return delivery.state, delivery.get_state_display()

    @column(_("next try"), order="next_at")
    def next_try(self, delivery: Delivery) -> str:
        """When it is tried next, where it waits."""
        return moment(delivery.next_at if delivery.state == Delivery.State.WAITING else None)
