"""The office's pages of customers and cards. A company sees whom it knows; the operator adds and changes."""

from __future__ import annotations

import secrets
from typing import Any

from django.contrib import admin
from django.db.models import Model, Prefetch, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from backend_bridge.central.customers import cards as card_rules
from backend_bridge.central.customers import pin_office, staff_admin, waiting_admin
from backend_bridge.central.customers.forms import CardForm, CustomerForm
from backend_bridge.central.customers.models import Card, CardEvent, Customer
from backend_bridge.central.office.pages import CompanyPage, OperatorPage, Scope, all_fields, by, column, moment
from backend_bridge.central.office.staff_pages import may_work
from backend_bridge.central.organisation.models import Programme
from backend_bridge.central.vouchers.office.buttons import button

#: The pages of the other two modules register themselves.
__all__ = ["CardAdmin", "CustomerAdmin", "staff_admin", "waiting_admin"]

_LINK = '<a class="text-primary-600 dark:text-primary-500 underline" href="{}">{}</a>'


@admin.register(Customer)
class CustomerAdmin(OperatorPage):
    """Members of the programme."""

    form = CustomerForm
    list_display = ("username", "display_name", "cards", "since", "id")
    search_fields = ("username", "display_name", "id")
    fixed = ("id", "created_at", "cards_held", "steps")

    def of_company(self, company: str) -> Q:
        """Whom the company knows."""
        return Q(membership__company=company, membership__ended_at=None)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With their cards."""
        return super().get_queryset(request).prefetch_related("cards")

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        """A new customer has two; the way to a card is for those who may go it."""
        if obj is None:
            return ("username", "display_name")
        shown = ("username", "display_name", "id", "created_at", "cards_held")
        return (*shown, "steps") if Scope(request.user).everything else shown

    def save_model(self, request: HttpRequest, obj: Customer, form: Any, change: bool) -> None:
        """A new customer gets a pseudonym and joins the programme now."""
        if not change:
            obj.pk = secrets.token_hex(16)
            obj.programme = Programme.objects.order_by("pk")[0]
            obj.created_at = timezone.now()
        obj.save(force_insert=not change)

    @column(_("cards"))
    def cards(self, customer: Customer) -> int:
        """How many cards the customer has."""
        return len(customer.cards.all())

    @column(_("since"), order="created_at")
    def since(self, customer: Customer) -> str:
        """When the customer joined."""
        return moment(customer.created_at)

    @column(_("cards"))
    def cards_held(self, customer: Customer) -> SafeString | str:
        """The customer's cards, each with a way to it."""
        lines = ((_card_page(card), f"{card.token} · {card.get_status_display()}") for card in customer.cards.all())
        return format_html_join(SafeString("<br>"), _LINK, lines) or "–"

    @column(_("next step"))
    def steps(self, customer: Customer) -> SafeString:
        """The way to a card for this customer."""
        return format_html(_LINK, _new_card_page(customer=customer.pk), _("Add a card"))


@admin.register(Card)
class CardAdmin(CompanyPage):
    """Cards; the operator adds, blocks, unblocks and replaces them, and staff reset their PINs. Nothing else of a card
    is ever changed."""

    form = CardForm
    list_display = ("token", "customer", "family", "trust", "state", "blocked")
    list_filter = ("status", "trust", "family")
    list_select_related = ("customer", "pin")
    search_fields = ("token", "customer__username")
    autocomplete_fields = ("customer",)
    actions = ("block", "unblock")
    actions_detail = ("to_reset_pin",)

    def of_company(self, company: str) -> Q:
        """The cards of those whom the company knows."""
        return Q(customer__membership__company=company, customer__membership__ended_at=None)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """The operator adds."""
        return Scope(request.user).everything

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With what was done with each, as far as this user may see it."""
        seen = CardEvent.objects.filter(Scope(request.user).rows(lambda company: Q(company=company)))
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.prefetch_related(Prefetch("events", seen.order_by("-pk"), to_attr="events_seen"))

    def get_urls(self) -> list[Any]:
        """With the page on which a PIN is reset."""
        view = self.admin_site.admin_view(self.reset_pin)
        return [path("<str:card>/do/reset-pin/", view, name="customers_reset_pin"), *super().get_urls()]

    def reset_pin(self, request: HttpRequest, card: str) -> HttpResponse:
        """Reset the PIN of a card that the user may see."""
        row = self.get_queryset(request).filter(pk=card).first()
        if row is None or not may_work(request) or not self.has_view_permission(request, row):
            raise Http404
        return pin_office.reset_page(request, row, {**self.admin_site.each_context(request), "opts": self.opts})

    @button(_("Reset the PIN"), at="go-reset-pin", icon="pin")
    def to_reset_pin(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The way to that page."""
        return HttpResponseRedirect(reverse("admin:customers_reset_pin", args=[object_id]))

    def has_block_permission(self, request: HttpRequest) -> bool:
        """The operator blocks and unblocks."""
        return Scope(request.user).everything

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        """A new card is typed in; one that is there shows everything."""
        if obj is None:
            return ("customer", "uid", "family", "replaces")
        shown = (*all_fields(Card), "pin_told", "events_told")
        return (*shown, "steps") if Scope(request.user).everything else shown

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        """Nothing of a card that is there is changed in a form."""
        return () if obj is None else (*all_fields(Card), "pin_told", "events_told", "steps")

    def save_model(self, request: HttpRequest, obj: Card, form: Any, change: bool) -> None:
        """Issue the card, in the place of another one where the form says so."""
        told = form.cleaned_data
        if told["replaces"] is None:
            card_rules.issue(
                told["uid"], customer=told["customer"], family=told["family"], at=timezone.now(), by=by(request)
            )
        else:
            card_rules.replace(told["replaces"], told["uid"], family=told["family"], at=timezone.now(), by=by(request))

    def response_post_save_add(self, request: HttpRequest, obj: Card) -> HttpResponseRedirect:
        """Back to the customer, whose page shows the new card."""
        return HttpResponseRedirect(reverse("admin:customers_customer_change", args=[obj.customer_id]))

    @admin.action(description=_("Block the selected cards"), permissions=["block"])
    def block(self, request: HttpRequest, cards: QuerySet[Card]) -> None:
        """Block cards that are active; terminals learn it with their next rules."""
        count = sum(card_rules.block(card.pk, at=timezone.now(), by=by(request)) for card in cards)
        self.message_user(request, _("%(count)d cards were blocked.") % {"count": count})

    @admin.action(description=_("Unblock the selected cards"), permissions=["block"])
    def unblock(self, request: HttpRequest, cards: QuerySet[Card]) -> None:
        """Let cards be used again that were found; not those that another card has replaced."""
        count = sum(card_rules.unblock(card.pk, at=timezone.now(), by=by(request)) for card in cards)
        told = _("%(count)d cards were unblocked. A card that was replaced stays blocked.")
        self.message_user(request, told % {"count": count})

    @column(_("status"), order="status", labels={"active": "success", "blocked": "danger", "replaced": "warning"})
    def state(self, card: Card) -> tuple[str, str]:
        """Active, blocked, or blocked because another card is in its place."""
        return (
            (card.status, card.get_status_display())
            if card.replaced_by_id is None
            else ("replaced", str(_("replaced")))
        )

    @column(_("PIN"))
    def pin_told(self, card: Card) -> SafeString | str:
        """Since when there is one, and whether it is blocked."""
        return pin_office.pin_text(card)

    @column(_("what was done"))
    def events_told(self, card: Card) -> SafeString | str:
        """What was done with the card, and who did it."""
        return pin_office.events_told(vars(card)["events_seen"])

    @column(_("blocked"), order="blocked_at")
    def blocked(self, card: Card) -> str:
        """Since when the card is blocked."""
        return moment(card.blocked_at)

    @column(_("next step"))
    def steps(self, card: Card) -> SafeString | str:
        """The way to a card in this one's place."""
        if card.replaced_by_id is not None:
            return "–"
        return format_html(_LINK, _new_card_page(customer=card.customer_id, replaces=card.pk), _("Replace this card"))


def _card_page(card: Card) -> str:
    return reverse("admin:customers_card_change", args=[card.pk])


def _new_card_page(**about: str) -> str:
    return f"{reverse('admin:customers_card_add')}?{urlencode(about)}"
