"""The office's pages on which a company's staff work with its customers: whom it knows, its groups, what was
noted at the counter, and whom it invites. Everything is done by the services that the API uses too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, Model, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from backend_bridge.central.customers.models import CustomerGroup, DeferredRegistration, Invitation, Membership
from backend_bridge.central.customers.services import consent, deferring, enrolling, groups, inviting
from backend_bridge.central.customers.services.results import ConsentSaid
from backend_bridge.central.customers.staff_forms import (
    CONTACT_FIELDS,
    GroupForm,
    InvitationForm,
    MembershipForm,
    NoteForm,
    SettleForm,
    contact_in,
)
from backend_bridge.central.errors import CentralError
from backend_bridge.central.office.pages import Scope, by, column, moment, only_related
from backend_bridge.central.office.staff_pages import StaffPage

_OPEN = DeferredRegistration.State.OPEN
_COLOURS = {"open": "warning", "registered": "success", "accepted": "success", "discarded": "info"}


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


@admin.register(DeferredRegistration)
class DeferredRegistrationAdmin(StaffPage):
    """What was noted at a busy counter (B6): registered once, or discarded with a reason."""

    list_display = ("noted", "who", "what", "branch", "state_told", "settled", "reason")
    list_filter = ("state", only_related("branch"), "noted_at")
    list_select_related = ("member", "branch", "pool")
    search_fields = ("username", "hint", "member__username")
    ordering = ("state", "-noted_at", "-pk")
    actions = ("register",)
    readonly_fields = ("noted", "noted_by", "who", "what", "branch", "state_told", "settled", "settled_by", "reason")

    def of_company(self, company: str) -> Q:
        """The company's own."""
        return Q(company=company)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """What is settled stays as it is."""
        settled = isinstance(obj, DeferredRegistration) and obj.state != _OPEN
        return not settled and super().has_change_permission(request, obj)

    def has_register_permission(self, request: HttpRequest) -> bool:
        """Whoever acts for a company."""
        return Scope(request.user).company is not None

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Noting is one form, settling another."""
        chosen = NoteForm if obj is None else SettleForm
        form = super().get_form(request, obj, change, form=chosen, **kwargs)
        return type(form.__name__, (form,), {"by": by(request)})

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        """What there is to write, and what is known."""
        if obj is None:
            return ("branch", "username", "hint", "pool", "points")
        return (
            (*self.readonly_fields, "to", "discard")
            if self.has_change_permission(request, obj)
            else self.readonly_fields
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        """Nothing of a note is changed."""
        return () if obj is None else self.readonly_fields

    def save_model(self, request: HttpRequest, obj: DeferredRegistration, form: Any, change: bool) -> None:
        """Note it, register it or discard it."""
        if not change:
            told = form.cleaned_data
            what = deferring.Note(
                branch=told["branch"].pk,
                username=told["username"],
                hint=told["hint"],
                pool=told["pool"].pk,
                points=told["points"],
            )
            made = deferring.note(company=_company(request), what=what, by=by(request), at=timezone.now())
            obj.pk, obj._state.adding = made.note, False
        # Settling was done while the form was checked, so that a refusal is told there.

    @admin.action(description=_("Register the selected notes"), permissions=["register"])
    def register(self, request: HttpRequest, notes: QuerySet[DeferredRegistration]) -> None:
        """Register those of which it is known who they are for."""
        done = 0
        for row in notes.filter(state=_OPEN):
            try:
                deferring.register(company=_company(request), note=row.pk, by=by(request), at=timezone.now())
                done += 1
            except CentralError as error:
                self.message_user(request, f"{row.hint or row.username or row.pk}: {error}", messages.ERROR)
        self.message_user(request, _("%(count)d notes were registered.") % {"count": done})

    @column(_("noted"), order="noted_at")
    def noted(self, row: DeferredRegistration) -> str:
        """When it was noted."""
        return moment(row.noted_at)

    @column(_("for"))
    def who(self, row: DeferredRegistration) -> str:
        """Who it is for, as well as that is known."""
        return row.member.username if row.member is not None else row.username or row.hint or row.card

    @column(_("what"))
    def what(self, row: DeferredRegistration) -> str:
        """What is given."""
        if row.points is not None:
            return f"{row.points} {row.pool}"
        return row.coupon or str(row.amount_minor)

    @column(_("state"), order="state", labels=_COLOURS)
    def state_told(self, row: DeferredRegistration) -> tuple[str, str]:
        """Open, registered or discarded."""
        return row.state, row.get_state_display()

    @column(_("settled"), order="settled_at")
    def settled(self, row: DeferredRegistration) -> str:
        """When it was registered or discarded."""
        return moment(row.settled_at)


@admin.register(Invitation)
class InvitationAdmin(StaffPage):
    """Whom the company has invited (B7), and what waits for them."""

    form = InvitationForm
    list_display = ("invited", "who", "waits", "ends", "state_told", "settled")
    list_filter = ("state", "invited_at")
    ordering = ("-invited_at", "-pk")
    readonly_fields = ("who", "waits", "invited", "invited_by", "ends", "state_told", "settled")
    fields = ("display_name", "email", "phone")

    def of_company(self, company: str) -> Q:
        """The company's own."""
        return Q(company=company)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """An invitation is answered by whom it was sent to."""
        return False

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        """Who is invited; afterwards, what came of it."""
        return ("display_name", "email", "phone") if obj is None else self.readonly_fields

    def save_model(self, request: HttpRequest, obj: Invitation, form: Any, change: bool) -> None:
        """Invite, and say the token this once."""
        made = inviting.invite(
            company=_company(request), contact=contact_in(form.cleaned_data), by=by(request), at=timezone.now()
        )
        obj.pk, obj._state.adding = made.invitation, False
        told = _("The invitation's code is %(token)s. It is shown this once: give it to the invited person.")
        self.message_user(request, told % {"token": made.token}, messages.WARNING)

    @column(_("invited"), order="invited_at")
    def invited(self, row: Invitation) -> str:
        """When."""
        return moment(row.invited_at)

    @column(_("who"))
    def who(self, row: Invitation) -> str:
        """As the company knows them."""
        known = Membership.objects.filter(company=row.company_id, customer=row.customer_id).first()
        return "–" if known is None else known.display_name or known.email or known.phone or row.customer.username

    @column(_("points that wait"))
    def waits(self, row: Invitation) -> str:
        """By pool."""
        told = inviting.points_waiting(row)
        return ", ".join(f"{points} {pool}" for pool, points in told.items()) or "–"

    @column(_("until"), order="expires_at")
    def ends(self, row: Invitation) -> str:
        """Until when it can be accepted."""
        return moment(row.expires_at)

    @column(_("state"), order="state", labels={**_COLOURS, "declined": "danger", "expired": "danger"})
    def state_told(self, row: Invitation) -> tuple[str, str]:
        """What became of it."""
        return row.state, row.get_state_display()

    @column(_("answered"), order="settled_at")
    def settled(self, row: Invitation) -> str:
        """When that was."""
        return moment(row.settled_at)
