"""The office's conflict desk, and the risk that companies bear. The operator settles; a company sees its own (P6)."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Model, Q, QuerySet, Sum
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backend_bridge.central.clearing.models import ClearingLine
from backend_bridge.central.conflicts.models import Conflict, RiskTerms
from backend_bridge.central.conflicts.settling import settle
from backend_bridge.central.office.pages import (
    OperatorPage,
    Scope,
    all_fields,
    amount_text,
    column,
    moment,
    only_related,
    user_of,
)


@admin.register(Conflict)
class ConflictAdmin(OperatorPage):
    """What went wrong: what, when, how much, who bears it, what of it is in clearing, and whether it is settled."""

    list_display = ("happened", "what", "counted", "value", "entry", "bearer_told", "cleared", "told_state")
    list_filter = ("state", "kind", only_related("company"), only_related("terminal"))
    list_select_related = ("company", "terminal", "pool", "bearer")
    search_fields = ("entry", "detail", "terminal__id")
    ordering = ("-noticed_at", "-pk")
    fields = (*all_fields(Conflict, without=("id", "key", "note")), "cleared", "note")
    actions = ("settle_chosen",)

    def of_company(self, company: str) -> Q:
        """Those of its terminals."""
        return Q(company=company)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Conflicts are noticed, not written."""
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str] | tuple[Any, ...]:
        """All but the note by which the operator settles it."""
        return tuple(name for name in self.fields if name != "note")

    def save_model(self, request: HttpRequest, obj: Conflict, form: Any, change: bool) -> None:
        """Saving the note settles it."""
        settle([obj.pk], note=obj.note, by=user_of(request), at=timezone.now())

    def has_settle_permission(self, request: HttpRequest) -> bool:
        """The operator settles."""
        return Scope(request.user).everything

    @admin.action(description=_("Settle the selected conflicts"), permissions=["settle"])
    def settle_chosen(self, request: HttpRequest, conflicts: QuerySet[Conflict]) -> None:
        """Mark open conflicts as dealt with, without a note."""
        count = settle(conflicts.values_list("pk", flat=True), note="", by=user_of(request), at=timezone.now())
        self.message_user(request, _("%(count)d conflicts were settled.") % {"count": count})

    @column(_("happened"), order="happened_at")
    def happened(self, conflict: Conflict) -> str:
        """When it happened, as far as that is known."""
        return moment(conflict.happened_at)

    @column(_("kind"), order="kind")
    def what(self, conflict: Conflict) -> str:
        """What went wrong."""
        return conflict.get_kind_display()

    @column(_("points"), order="points")
    def counted(self, conflict: Conflict) -> str:
        """How many points it is about, with their unit."""
        if conflict.pool_id is None:
            return str(conflict.points or "–")
        return amount_text(conflict.points, conflict.pool_id)

    @column(_("value"), order="value_minor")
    def value(self, conflict: Conflict) -> str:
        """What they are worth."""
        return "–" if conflict.pool is None else amount_text(conflict.value_minor, conflict.pool.currency)

    @column(_("borne by"), order="bearer")
    def bearer_told(self, conflict: Conflict) -> str:
        """Who pays; a grant from before a restore is the operator's."""
        if conflict.bearer is not None:
            return str(conflict.bearer)
        lost = conflict.kind == Conflict.Kind.UNKNOWN_GRANT and conflict.points
        return str(_("operator")) if lost else "–"

    @column(_("in clearing"))
    def cleared(self, conflict: Conflict) -> str:
        """What is owed between companies for the entry."""
        if conflict.pool is None or not conflict.pool.network:
            return "–"
        owed = ClearingLine.objects.filter(reference=conflict.entry).aggregate(total=Sum("value_minor"))["total"]
        return amount_text(owed or 0, conflict.pool.currency)

    @column(_("state"), order="state", labels={"open": "danger", "settled": "success"})
    def told_state(self, conflict: Conflict) -> tuple[str, str]:
        """Open or settled."""
        return conflict.state, conflict.get_state_display()


@admin.register(RiskTerms)
class RiskTermsAdmin(OperatorPage):
    """Who bears a company's risk, and how much of it is allowed: nothing, unless there is a row here."""

    list_display = ("company", "bearer", "allowed")
    list_select_related = ("company", "bearer")
    fields = ("company", "bearer", "allowance_minor")
    fixed = ("company",)

    def of_company(self, company: str) -> Q:
        """Its own."""
        return Q(company=company)

    @column(_("allowance"), order="allowance_minor")
    def allowed(self, terms: RiskTerms) -> str:
        """The most per redemption."""
        return amount_text(terms.allowance_minor, terms.company.currency)
