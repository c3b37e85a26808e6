"""The office's pages on which a company's staff work with its customers: whom it knows, and its
groups. Everything is done by the services that the API uses too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import Count, Model, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from backend_bridge.central.customers.models import CustomerGroup, Membership
from backend_bridge.central.customers.services import consent, enrolling, groups
from backend_bridge.central.customers.services.results import ConsentSaid
from backend_bridge.central.customers.staff_forms import CONTACT_FIELDS, GroupForm, MembershipForm, contact_in
from backend_bridge.central.office.pages import Scope, by, column, moment
from backend_bridge.central.office.staff_pages import StaffPage


def _company(request: HttpRequest) -> str:
    """The company that is acted for; pages ask for permission first."""
    return Scope(request.user).company or ""


def _lines(values: Sequence[tuple[object, ...]], shape: str) -> SafeString | str:
    return format_html_join(SafeString("<br>"), shape, values) or "–"


@admin.register(Membership)
class MembershipAdmin(StaffPage):
    """Whom the company knows, and what it knows of them."""

    form = MembershipForm
    list_display = ("username", "display_name", "email", "phone", "in_groups_told", "reach", "joined", "origin")
    list_filter = ("origin", ("groups", admin.RelatedOnlyFieldListFilter), "since")
    list_select_related = ("customer", "company")
    search_fields = ("display_name", "email", "phone", "number", "customer__username")
    search_help_text = _("Name, e-mail, phone, customer number or username")
    ordering = ("-since", "-pk")
    readonly_fields = (
        "username_told",
        "cards_told",
        "reach",
        "consent_told",
        "notes_told",
        "joined",
        "origin",
        "source",
    )

    def of_company(self, company: str) -> Q:
        """The company's own."""
        return Q(company=company, customer__merged_into=None, ended_at=None)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With groups."""
        return super().get_queryset(request).prefetch_related("groups")

    def get_fieldsets(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """A new customer is described; one that is there shows their history as well."""
        contact = ("number", *CONTACT_FIELDS)
        if obj is None:
            return ((None, {"fields": ("username", *contact, "in_groups")}),)
        writes = self.has_change_permission(request)
        told = ("username_told", "cards_told", "joined", "origin", "source")
        history = ("reach", "consent_told", "notes_told")
        more = ("consent_channel", "consent_given", "note") if writes else ()
        return (
            (None, {"fields": told}),
            (_("Contact"), {"fields": (*contact, "in_groups") if writes else contact}),
            (_("Consent and notes"), {"fields": (*history, *more)}),
        )

    def save_model(self, request: HttpRequest, obj: Membership, form: Any, change: bool) -> None:
        """Enrol, or write down what is known."""
        company, told, now = _company(request), form.cleaned_data, timezone.now()
        if not change:
            made = enrolling.enrol(
                company=company,
                username=told.get("username") or "",
                contact=contact_in(told),
                number=told["number"],
                by=by(request),
                at=now,
            )
            saved = Membership.objects.get(company=company, customer=made.member)
            obj.pk, obj.customer, obj.company = saved.pk, saved.customer, saved.company
            obj._state.adding = False
        else:
            enrolling.change_contact(
                company=company, member=obj.customer_id, contact=contact_in(told), number=told["number"], at=now
            )
        self._histories(request, obj, told)

    def _histories(self, request: HttpRequest, row: Membership, told: dict[str, Any]) -> None:
        company, member, now = _company(request), row.customer_id, timezone.now()
        wanted, there = set(told.get("in_groups", ())), set(groups.groups_of(company=company, member=member))
        for group in wanted - there:
            groups.add(company=company, group=group, members=[member], by=by(request), at=now)
        for group in there - wanted:
            groups.remove(company=company, group=group, members=[member])
        if told.get("consent_channel"):
            said = ConsentSaid(
                channel=told["consent_channel"], given=told.get("consent_given") != "no", origin="customer"
            )
            consent.record(company=company, member=member, said=said, by=by(request), at=now)
        if told.get("note", "").strip():
            enrolling.add_note(company=company, member=member, text=told["note"], by=by(request), at=now)

    @column(_("username"), order="customer__username")
    def username(self, row: Membership) -> str:
        """The username."""
        return row.customer.username

    @column(_("username"))
    def username_told(self, row: Membership) -> str:
        """The username, which only the customer and the operator change."""
        return row.customer.username

    @column(_("groups"))
    def in_groups_told(self, row: Membership) -> str:
        """The groups that the customer is in."""
        return ", ".join(sorted(group.name for group in row.groups.all())) or "–"

    @column(_("may be written to by"))
    def reach(self, row: Membership) -> str:
        """The channels to which the customer agreed."""
        return ", ".join(sorted(consent.current([row.pk]).get(row.pk, ()))) or "–"

    @column(_("since"), order="since")
    def joined(self, row: Membership) -> str:
        """Since when the company knows them."""
        return moment(row.since)

    @column(_("cards"))
    def cards_told(self, row: Membership) -> SafeString | str:
        """The customer's cards."""
        return _lines([(card.pk, card.get_status_display()) for card in row.customer.cards.all()], "{} · {}")

    @column(_("what was said of consent"))
    def consent_told(self, row: Membership) -> SafeString | str:
        """The whole history, the newest first."""
        told = [
            (
                moment(one.at),
                one.get_channel_display(),
                _("yes") if one.given else _("no"),
                one.get_origin_display(),
                one.source,
            )
            for one in row.consents.order_by("-at", "-pk")
        ]
        return _lines(told, "{} · {}: {} · {} {}")

    @column(_("notes"))
    def notes_told(self, row: Membership) -> SafeString | str:
        """What staff wrote down, the newest first."""
        return _lines([(moment(one.at), one.text) for one in row.notes.order_by("-at", "-pk")], "{} · {}")


@admin.register(CustomerGroup)
class CustomerGroupAdmin(StaffPage):
    """Groups of the company's customers; campaigns name them by their ids."""

    form = GroupForm
    list_display = ("name", "slug", "size")
    search_fields = ("name", "slug")
    ordering = ("name",)

    def of_company(self, company: str) -> Q:
        """The company's own."""
        return Q(company=company)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With how many are in each."""
        rows: QuerySet[Any] = super().get_queryset(request).annotate(count=Count("members"))
        return rows

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        """An id is in campaigns: it stays."""
        return () if obj is None else ("slug",)

    def save_model(self, request: HttpRequest, obj: CustomerGroup, form: Any, change: bool) -> None:
        """A new group is the company's that is acted for."""
        if not change:
            obj.company_id = _company(request)
        obj.save()

    @column(_("customers"), order="count")
    def size(self, row: CustomerGroup) -> int:
        """How many are in it."""
        return int(getattr(row, "count", 0))
