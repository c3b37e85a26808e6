"""The office's pages of terminals, their journals, and what staff must look at."""

from __future__ import annotations

import base64
from typing import Any

import msgspec
from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from backend_bridge.central.fleet.models import Grant, Incident, JournalEntry, Terminal, WriteOff
from backend_bridge.central.office.pages import CompanyPage, Scope, all_fields, column, moment, only_related
from backend_bridge.central.recovery.pages import WriteOffAdmin

admin.site.register(WriteOff, WriteOffAdmin)


@admin.register(Terminal)
class TerminalAdmin(CompanyPage):
    """Terminals, whether they are there, and how far their journals are applied."""

    list_display = ("id", "state", "branch", "last_message", "journals", "open_grants", "software")
    list_filter = ("online", only_related("branch"))
    list_select_related = ("branch",)
    search_fields = ("id", "branch__name")
    fields = (*all_fields(Terminal), "journals", "open_grants")

    def of_company(self, company: str) -> Q:
        """Those in its branches."""
        return Q(branch__company=company)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With heads and the number of open grants."""
        waiting = Count("grants", filter=Q(grants__status=Grant.Status.OPEN), distinct=True)
        rows: QuerySet[Any] = super().get_queryset(request).prefetch_related("heads").annotate(waiting=waiting)
        return rows

    @column(_("state"), order="online", labels={"online": "success", "offline": "warning", "never": "info"})
    def state(self, terminal: Terminal) -> tuple[str, str]:
        """Online, offline, or never seen."""
        if terminal.last_seen is None:
            return "never", str(_("never seen"))
        return ("online", str(_("online"))) if terminal.online else ("offline", str(_("offline")))

    @column(_("last seen"), order="last_seen")
    def last_message(self, terminal: Terminal) -> str:
        """When it last spoke."""
        return moment(terminal.last_seen)

    @column(_("journal applied to"))
    def journals(self, terminal: Terminal) -> str:
        """Each epoch with the last entry that was applied, and the start of its hash."""
        heads = sorted(terminal.heads.all(), key=lambda head: -head.epoch)
        stopped = {True: f" ({_('stopped')})", False: ""}
        told = (f"{head.epoch}/{head.seq} · {head.head[:8]}{stopped[head.stopped]}" for head in heads)
        return ", ".join(told) or "–"

    @column(_("open grants"))
    def open_grants(self, terminal: Terminal) -> int:
        """Grants that the terminal has not journaled yet."""
        return int(getattr(terminal, "waiting", 0))


@admin.register(JournalEntry)
class JournalEntryAdmin(CompanyPage):
    """Entries as the terminals signed them."""

    list_display = ("place", "kind", "result", "reason", "applied", "short_hash")
    list_filter = ("outcome", "kind", only_related("terminal"), "applied_at")
    search_fields = ("terminal__id", "hash", "reason")
    ordering = ("-pk",)
    fields = (*all_fields(JournalEntry, without=("id", "payload", "signature")), "content")

    def of_company(self, company: str) -> Q:
        """Those of its terminals."""
        return Q(terminal__branch__company=company)

    @column(_("entry"))
    def place(self, entry: JournalEntry) -> str:
        """Terminal, epoch and sequence."""
        return str(entry)

    @column(_("outcome"), order="outcome", labels={"posted": "success", "suspense": "danger"})
    def result(self, entry: JournalEntry) -> tuple[str, str]:
        """Posted, or in suspense."""
        return entry.outcome, entry.get_outcome_display()

    @column(_("applied"), order="applied_at")
    def applied(self, entry: JournalEntry) -> str:
        """When it was applied."""
        return moment(entry.applied_at)

    @column(_("hash"))
    def short_hash(self, entry: JournalEntry) -> str:
        """The start of the hash."""
        return entry.hash[:12]

    @column(_("content"))
    def content(self, entry: JournalEntry) -> SafeString:
        """The payload, readable: decoded without a schema, so that nothing is left out.
        What JSON cannot say is shown as hex digits."""
        try:
            decoded = msgspec.msgpack.decode(bytes(entry.payload))
            text = msgspec.json.format(msgspec.json.encode(decoded, enc_hook=_readable), indent=2).decode()
        except (TypeError, ValueError, RecursionError):
            text = bytes(entry.payload).hex()
        return format_html('<pre style="white-space: pre-wrap">{}</pre>', text)


@admin.register(Incident)
class IncidentAdmin(CompanyPage):
    """What staff must look at; the operator closes what has been dealt with."""

    list_display = ("noticed", "what", "detail", "terminal", "state")
    list_filter = ("kind", ("closed_at", admin.EmptyFieldListFilter), only_related("terminal"))
    list_select_related = ("terminal",)
    search_fields = ("detail", "terminal__id")
    ordering = ("-noticed_at", "-pk")
    fields = all_fields(Incident, without=("id",))
    actions = ("close",)

    def of_company(self, company: str) -> Q:
        """Those of its terminals."""
        return Q(terminal__branch__company=company)

    def has_close_permission(self, request: HttpRequest) -> bool:
        """The operator closes."""
        return Scope(request.user).everything

    @admin.action(description=_("Close the selected incidents"), permissions=["close"])
    def close(self, request: HttpRequest, incidents: QuerySet[Incident]) -> None:
        """Mark open incidents as dealt with."""
        chosen = Incident.objects.filter(pk__in=incidents.values("pk"), closed_at=None)
        count = chosen.update(closed_at=timezone.now())
        self.message_user(request, _("%(count)d incidents were closed.") % {"count": count})

    @column(_("noticed"), order="noticed_at")
    def noticed(self, incident: Incident) -> str:
        """When it was first noticed."""
        return moment(incident.noticed_at)

    @column(_("kind"), order="kind")
    def what(self, incident: Incident) -> str:
        """What went wrong."""
        return incident.get_kind_display()

    @column(_("state"), order="closed_at", labels={"open": "danger", "closed": "success"})
    def state(self, incident: Incident) -> tuple[str, str]:
        """Open or closed."""
        return ("open", str(_("open"))) if incident.closed_at is None else ("closed", str(_("closed")))


@admin.register(Grant)
class GrantAdmin(CompanyPage):
    """Rights that were given to terminals."""

    list_display = ("made", "terminal", "epoch", "member", "points", "coupon", "state", "sends")
    list_filter = ("status", only_related("terminal"))
    list_select_related = ("terminal", "member")
    search_fields = ("id", "request", "terminal__id", "member__username", "coupon")
    ordering = ("-made_at", "-pk")
    fields = all_fields(Grant, without=("sealed",))

    def of_company(self, company: str) -> Q:
        """Those of its terminals."""
        return Q(terminal__branch__company=company)

    @column(_("made"), order="made_at")
    def made(self, grant: Grant) -> str:
        """When it was given."""
        return moment(grant.made_at)

    @column(_("points"))
    def points(self, grant: Grant) -> int:
        """The points of all its lots."""
        return sum(grant.lots.values())

    @column(_("status"), order="status", labels={"open": "warning", "taken": "success"})
    def state(self, grant: Grant) -> tuple[str, str]:
        """Open, or journaled by the terminal."""
        return grant.status, grant.get_status_display()


def _readable(value: object) -> object:
    return base64.b64encode(value).decode() if isinstance(value, bytes) else str(value)
