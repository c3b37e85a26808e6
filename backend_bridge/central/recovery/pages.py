"""The office's page of lost terminals: what is frozen, what waits for a second signature, found journals, restores.

For the operator alone. It is registered by `fleet.admin`.
"""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from backend_bridge.central.errors import CentralError
from backend_bridge.central.fleet import generations
from backend_bridge.central.fleet.models import EpochHead, JournalClosing, WriteOff
from backend_bridge.central.office.pages import CompanyPage, Scope, all_fields, amount_text, column, moment, user_of
from backend_bridge.central.recovery import releasing, replaying, write_off
from backend_bridge.central.recovery.commands import told
from backend_bridge.central.recovery.errors import RecoveryRefused
from backend_bridge.central.recovery.forms import AskForm, LostForm, UploadForm
from backend_bridge.central.recovery.recovering import recover


class WriteOffAdmin(CompanyPage):
    """What was, and is to be, written off; with the page on which the operator does it."""

    list_display = ("asked", "kind", "place", "reason", "state")
    list_filter = ("kind",)
    ordering = ("-asked_at", "-pk")
    fields = all_fields(WriteOff, without=("id",))

    def of_company(self, company: str) -> Q:
        """Those of its terminals."""
        return Q(terminal__branch__company=company)

    def get_urls(self) -> list[Any]:
        """With the page of lost terminals and what is done there."""
        view = self.admin_site.admin_view
        own = [
            path("lost/", view(require_GET(self.lost_page)), name="recovery"),
            path("lost/ask/", view(require_POST(self.ask)), name="recovery_ask"),
            path("lost/declare/", view(require_POST(self.declare)), name="recovery_declare"),
            path("lost/upload/", view(require_POST(self.upload)), name="recovery_upload"),
            path("lost/<int:pk>/sign/", view(require_POST(self.sign)), name="recovery_sign"),
            path("lost/<int:pk>/withdraw/", view(require_POST(self.withdraw)), name="recovery_withdraw"),
        ]
        return [*own, *super().get_urls()]

    def lost_page(self, request: HttpRequest, **forms_shown: forms.Form) -> HttpResponse:
        """Everything that is frozen or waits, and the forms."""
        _check(request)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Lost terminals and restores"),
            "frozen": [_frozen_row(head) for head in frozen()],
            "waiting": _waiting(request),
            "generation": generations.newest(),
            "missing": _missing(),
            "ask_form": AskForm(),
            "upload_form": UploadForm(),
            **forms_shown,
        }
        return TemplateResponse(request, "recovery/lost.html", context)

    def ask(self, request: HttpRequest) -> HttpResponse:
        """The first signature."""
        _check(request)
        form = AskForm(request.POST)
        if not form.is_valid():
            return self.lost_page(request, ask_form=form)
        return self._do(
            request,
            lambda at: write_off.ask_rights(**form.cleaned_data, by=user_of(request), at=at),
            _t("Asked for. Somebody else has to confirm it."),
        )

    def declare(self, request: HttpRequest) -> HttpResponse:
        """The first signature that a terminal will not replay."""
        _check(request)
        form = LostForm(request.POST)
        lost, reason = request.POST.get("lost", ""), request.POST.get("reason", "")
        if not form.is_valid():
            messages.error(request, _t("Say why."))
            return _back()
        return self._do(
            request,
            lambda at: write_off.ask_replay(terminal=lost, reason=reason, by=user_of(request), at=at),
            _t("Asked for. Somebody else has to confirm it."),
        )

    def sign(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The second signature."""
        _check(request)
        if not request.POST.get("sure"):
            messages.error(request, _t("Nothing was done: tick that you have checked it."))
            return _back()
        return self._do(request, lambda at: write_off.confirm(pk, by=user_of(request), at=at), _t("Done."))

    def withdraw(self, request: HttpRequest, pk: int) -> HttpResponse:
        """No signature after all."""
        _check(request)
        return self._do(request, lambda at: write_off.withdraw(pk, by=user_of(request), at=at), _t("Withdrawn."))

    def upload(self, request: HttpRequest) -> HttpResponse:
        """Apply a journal that was found."""
        _check(request)
        form = UploadForm(request.POST, request.FILES)
        if not form.is_valid():
            return self.lost_page(request, upload_form=form)
        with tempfile.TemporaryDirectory(prefix="tapbon-upload-") as folder:
            file = Path(folder) / "journal"
            _write(form.cleaned_data["file"], file)
            if form.cleaned_data["log"]:
                _write(form.cleaned_data["log"], file.with_name("journal-wal"))
            try:
                report = recover(
                    file,
                    terminal=form.cleaned_data["terminal"],
                    at=timezone.now(),
                    although_in_use=form.cleaned_data["although_in_use"],
                )
            except RecoveryRefused as refused:
                form.add_error(refused.field if refused.field in form.fields else None, str(refused))
                return self.lost_page(request, upload_form=form)
        for line in told(report).splitlines():
            messages.info(request, line)
        return _back()

    def _do(self, request: HttpRequest, do: Callable[[dt.datetime], object], done: str) -> HttpResponse:
        try:
            do(timezone.now())
        except CentralError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, done)
        return _back()

    @column(_("asked"), order="asked_at")
    def asked(self, row: WriteOff) -> str:
        """When it was asked for."""
        return moment(row.asked_at)

    @column(_("journal"))
    def place(self, row: WriteOff) -> str:
        """Terminal and epoch."""
        return str(row)

    @column(_("state"), labels={"waiting": "warning", "done": "success", "withdrawn": "info"})
    def state(self, row: WriteOff) -> tuple[str, str]:
        """Waiting, confirmed or withdrawn."""
        if row.confirmed_at is not None:
            return "done", _t("confirmed")
        return ("waiting", _t("waits")) if row.withdrawn_at is None else ("withdrawn", _t("withdrawn"))


def frozen() -> list[EpochHead]:
    """Journals that are not closed and get no more rights: an older epoch, or a fork."""
    closed = {(row.terminal_id, row.epoch) for row in JournalClosing.objects.all()}
    heads = list(EpochHead.objects.order_by("terminal", "epoch"))
    newest = {head.terminal_id: head.epoch for head in heads}
    return [
        head
        for head in heads
        if (head.stopped or head.epoch < newest[head.terminal_id]) and (head.terminal_id, head.epoch) not in closed
    ]


def _frozen_row(head: EpochHead) -> dict[str, object]:
    held = releasing.held_by(head.terminal_id, epoch=head.epoch)
    points = ", ".join(amount_text(points, pool) for pool, points in sorted(held.points.items()))
    return {"head": head, "points": points or "–", "coupons": held.coupons, "grants": held.grants}


def _waiting(request: HttpRequest) -> list[dict[str, object]]:
    rows = WriteOff.objects.filter(confirmed_at=None, withdrawn_at=None).select_related("terminal", "asked_by")
    found = []
    for row in rows.order_by("asked_at"):
        held = {} if row.epoch is None else releasing.held_by(row.terminal_id, epoch=row.epoch).points
        points = ", ".join(amount_text(count, pool) for pool, count in sorted(held.items()))
        found.append({"row": row, "points": points or "–", "mine": row.asked_by_id == request.user.pk})
    return found


def _missing() -> list[str]:
    generation = generations.newest()
    return [] if generation is None or generation.done_at is not None else replaying.missing(generation)


def for_the_operator(request: HttpRequest) -> bool:
    """Whether the page is shown in the menu."""
    return Scope(request.user).everything


def _check(request: HttpRequest) -> None:
    if not for_the_operator(request):
        raise PermissionDenied


def _back() -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("admin:recovery"))


def _write(upload: UploadedFile[Any], to: Path) -> None:
    with to.open("wb") as file:
        for chunk in upload.chunks():
            file.write(chunk)
