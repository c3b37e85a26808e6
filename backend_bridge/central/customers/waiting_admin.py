"""The office's pages of what waits: registrations noted at the counter, and invitations."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backend_bridge.central.customers.models import DeferredRegistration, Invitation, Membership
from backend_bridge.central.customers.services import deferring, inviting
from backend_bridge.central.customers.staff_forms import InvitationForm, NoteForm, SettleForm, contact_in
from backend_bridge.central.errors import CentralError
from backend_bridge.central.office.pages import Scope, by, column, moment, only_related
from backend_bridge.central.office.staff_pages import StaffPage

_OPEN = DeferredRegistration.State.OPEN
_COLOURS = {"open": "warning", "registered": "success", "accepted": "success", "discarded": "info"}


def _company(request: HttpRequest) -> str:
    """The company that is acted for; pages ask for permission first."""
    return Scope(request.user).company or ""


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
