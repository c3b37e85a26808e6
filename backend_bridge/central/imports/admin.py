"""The office's page of imports: a file is tried, looked at, booked, reported on and undone (D3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Model, Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminSelectWidget

from backend_bridge.central.customers.models import MembershipOrigin
from backend_bridge.central.errors import CentralError
from backend_bridge.central.imports.booking import book_import
from backend_bridge.central.imports.models import Import
from backend_bridge.central.imports.reading import MOST_BYTES
from backend_bridge.central.imports.reports import report
from backend_bridge.central.imports.trying import Asked, try_import
from backend_bridge.central.imports.undoing import undo_import
from backend_bridge.central.office.pages import by, column, moment
from backend_bridge.central.office.scope import Scope
from backend_bridge.central.office.staff_pages import StaffPage, told_in_form
from backend_bridge.central.organisation.models import Company, accepted_pools

if TYPE_CHECKING:
    _Form = forms.ModelForm[Import]
else:
    _Form = forms.ModelForm

_SHOWN = 100
_COLOURS = {"tried": "info", "booking": "warning", "booked": "success", "undoing": "warning", "undone": "danger"}
_ORIGINS = [
    (one.value, one.label)
    for one in (MembershipOrigin.PAST_BUSINESS, MembershipOrigin.ENQUIRY, MembershipOrigin.IMPORTED_LIST)
]


class UploadForm(_Form):
    """A file, and where its people come from. It is tried while the form is checked: what is wrong is told there."""

    acts_for = ""
    #: Who tries it; the page says so.
    by = ""

    file = forms.FileField(
        label=_("CSV file"),
        widget=UnfoldAdminFileFieldWidget,
        help_text=_("With headings in its first line, separated by ; or , in UTF-8 or Latin-1. Nothing is booked yet."),
    )
    origin = forms.ChoiceField(label=_("Origin"), choices=_ORIGINS, widget=UnfoldAdminSelectWidget)
    pool = forms.ChoiceField(label=_("Pool of points"), required=False, widget=UnfoldAdminSelectWidget)

    class Meta:
        model = Import
        fields = ("origin", "source")
        help_texts = {"source": _("Which system or list it is, as consents will say. Empty: the file's name.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        company = Company.objects.filter(pk=self.acts_for).first()
        pool = self.fields.get("pool")
        if isinstance(pool, forms.ChoiceField):
            pools = [] if company is None else [(row.pk, str(row)) for row in accepted_pools(company)]
            pool.choices = [("", _("as the rows say")), *pools]
        if "source" in self.fields:
            self.fields["source"].required = False

    def clean(self) -> dict[str, Any] | None:
        """Tries the file; raises `ValidationError` for one that cannot be read."""
        told = super().clean() or self.cleaned_data
        file = told.get("file")
        if file is None or self.errors:
            return told
        if file.size > MOST_BYTES:
            self.add_error("file", _("This file is too large: divide it."))
            return told
        asked = Asked(
            company=self.acts_for,
            file_name=file.name,
            data=file.read(),
            pool=told.get("pool") or "",
            origin=told["origin"],
            source=told.get("source") or "",
        )
        with told_in_form(self):
            self.batch = try_import(asked, by=self.by, at=timezone.now())
        return told


@admin.register(Import)
class ImportAdmin(StaffPage):
    """Files that were tried, booked and undone."""

    form = UploadForm
    list_display = ("number", "file_name", "state_told", "rows_ok", "rows_warning", "rows_error", "tried", "booked")
    list_filter = ("state", "tried_at")
    search_fields = ("file_name", "source")
    ordering = ("-pk",)
    fields = ("file", "origin", "source", "pool")
    change_form_template = "imports/import.html"

    def of_company(self, company: str) -> Q:
        """The company's own."""
        return Q(company=company)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """What is booked is undone, never changed."""
        return False

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        """A file; or how it was read."""
        if obj is None:
            return ("file", "origin", "source", "pool")
        return ("file_name", "read_as", "unknown_told", "origin", "source", "pool", "tried", "booked", "undone")

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        """All of what is there."""
        return () if obj is None else self.get_fields(request, obj)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """The form says who tries the file."""
        form = super().get_form(request, obj, change, **kwargs)
        return type(form.__name__, (form,), {"by": by(request)})

    def save_model(self, request: HttpRequest, obj: Import, form: Any, change: bool) -> None:
        """The file was tried while the form was checked."""
        obj.pk, obj._state.adding = form.batch.pk, False
        obj.refresh_from_db()

    def response_add(self, request: HttpRequest, obj: Import, post_url_continue: str | None = None) -> HttpResponse:
        """On to what was found."""
        return HttpResponseRedirect(reverse("admin:imports_import_change", args=[obj.pk]))

    def get_urls(self) -> list[Any]:
        """With what is done with an import."""
        wrap = self.admin_site.admin_view
        own = [
            path("<int:number>/do/", wrap(self.do), name="imports_import_do"),
            path("<int:number>/report.csv", wrap(self.report), name="imports_import_report"),
        ]
        return [*own, *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """With the first findings."""
        batch = self.get_queryset(request).filter(pk=object_id).first() if object_id.isdecimal() else None
        rows = [] if batch is None else batch.rows.exclude(findings=[]).order_by("line")[:_SHOWN]
        found = [(row, one) for row in rows for one in row.findings]
        may = batch is not None and Scope(request.user).company is not None
        context = {**(extra_context or {}), "batch": batch, "found": found, "may_do": may, "shown": _SHOWN}
        return super().change_view(request, object_id, form_url, context)

    def do(self, request: HttpRequest, number: int) -> HttpResponse:
        """Book or undo, as the button says."""
        company = Scope(request.user).company
        page = HttpResponseRedirect(reverse("admin:imports_import_change", args=[number]))
        if request.method != "POST" or company is None:
            return page
        what, who, now = request.POST.get("what", ""), by(request), timezone.now()
        try:
            if what in ("book", "book-others"):
                book_import(number, company=company, skip_bad=what == "book-others", by=who, at=now)
                self.message_user(request, _("The import is booked."))
            elif what == "undo":
                batch = undo_import(number, company=company, by=who, at=now)
                kept = batch.rows.filter(outcome="kept").count()
                told = _("The import is undone; %(count)d rows are in use and were kept: see the report.")
                self.message_user(request, told % {"count": kept})
        except CentralError as error:
            self.message_user(request, str(error), messages.ERROR)
        return page

    def report(self, request: HttpRequest, number: int) -> StreamingHttpResponse:
        """The report on every row."""
        batch = self.get_queryset(request).filter(pk=number).first()
        if batch is None:
            raise Http404
        answer = StreamingHttpResponse(report(batch), content_type="text/csv; charset=utf-8")
        answer.headers["Content-Disposition"] = f'attachment; filename="import-{batch.pk}.csv"'
        return answer

    @column(_("number"), order="pk")
    def number(self, batch: Import) -> int:
        """The import's number, by which it is undone."""
        return batch.pk

    @column(_("state"), order="state", labels=_COLOURS)
    def state_told(self, batch: Import) -> tuple[str, str]:
        """How far it is."""
        return batch.state, batch.get_state_display()

    @column(_("headings that are not known"))
    def unknown_told(self, batch: Import) -> str:
        """Their values are not looked at."""
        return ", ".join(batch.unknown) or "–"

    @column(_("tried"), order="tried_at")
    def tried(self, batch: Import) -> str:
        """When it was tried."""
        return moment(batch.tried_at)

    @column(_("booked"), order="booked_at")
    def booked(self, batch: Import) -> str:
        """When it was booked."""
        return moment(batch.booked_at)

    @column(_("undone"), order="undone_at")
    def undone(self, batch: Import) -> str:
        """When it was undone."""
        return moment(batch.undone_at)
