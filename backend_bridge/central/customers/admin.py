"""The office's pages of customers and cards. A company sees whom it knows."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backend_bridge.central.customers.models import Card, Customer
from backend_bridge.central.office.pages import CompanyPage, Scope, all_fields, column, moment


@admin.register(Customer)
class CustomerAdmin(CompanyPage):
    """Members of the programme."""

    list_display = ("username", "display_name", "cards", "since", "id")
    search_fields = ("username", "display_name", "id")
    fields = ("username", "display_name", "id", "created_at")

    def of_company(self, company: str) -> Q:
        """Whom the company knows."""
        return Q(companies=company)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With their cards."""
        return super().get_queryset(request).prefetch_related("cards")

    @column(_("cards"))
    def cards(self, customer: Customer) -> int:
        """How many cards the customer has."""
        return len(customer.cards.all())

    @column(_("since"), order="created_at")
    def since(self, customer: Customer) -> str:
        """When the customer joined."""
        return moment(customer.created_at)


@admin.register(Card)
class CardAdmin(CompanyPage):
    """Cards; the operator can block one that was lost."""

    list_display = ("token", "customer", "family", "trust", "state", "blocked")
    list_filter = ("status", "trust", "family")
    list_select_related = ("customer",)
    search_fields = ("token", "customer__username")
    fields = all_fields(Card)
    actions = ("block",)

    def of_company(self, company: str) -> Q:
        """The cards of those whom the company knows."""
        return Q(customer__companies=company)

    def has_block_permission(self, request: HttpRequest) -> bool:
        """The operator blocks."""
        return Scope(request.user).everything

    @admin.action(description=_("Block the selected cards"), permissions=["block"])
    def block(self, request: HttpRequest, cards: QuerySet[Card]) -> None:
        """Block cards that are active; terminals learn it with their next rules."""
        chosen = Card.objects.filter(pk__in=cards.values("pk"), status=Card.Status.ACTIVE)
        count = chosen.update(status=Card.Status.BLOCKED, blocked_at=timezone.now())
        self.message_user(request, _("%(count)d cards were blocked.") % {"count": count})

    @column(_("status"), order="status", labels={"active": "success", "blocked": "danger"})
    def state(self, card: Card) -> tuple[str, str]:
        """Active or blocked."""
        return card.status, card.get_status_display()

    @column(_("blocked"), order="blocked_at")
    def blocked(self, card: Card) -> str:
        """Since when the card is blocked."""
        return moment(card.blocked_at)
