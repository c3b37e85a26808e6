"""What staff do with one voucher: cancel it, give it other days, register it to a customer after a look (B5)."""

from __future__ import annotations

import secrets
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from backend_bridge.central.errors import BooksError, KeyUsedOtherwise, LostRace
from backend_bridge.central.office.pages import by
from backend_bridge.central.vouchers.errors import VoucherError
from backend_bridge.central.vouchers.models import Voucher
from backend_bridge.central.vouchers.office.forms import CancelForm, RegisterForm, ValidityForm
from backend_bridge.central.vouchers.office.words import reason_text, status_of
from backend_bridge.central.vouchers.posting.taking import VoucherIs
from backend_bridge.central.vouchers.services import changing, registering
from loyalty.acts.vouchers import LeftOver

_TEMPLATE = "vouchers/step.html"
_KEY = "key"


def cancel(request: HttpRequest, row: Voucher, context: dict[str, Any]) -> HttpResponse:
    """End a voucher for good."""
    form = CancelForm(request.POST or None)
    context |= {
        "title": _("Cancel the voucher %(voucher)s") % {"voucher": row},
        "about": _("It cannot be used any more, and this cannot be undone."),
        "button": _("Cancel the voucher"),
    }
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        answer = attempt(
            form,
            lambda: changing.cancel_voucher(
                voucher=row.pk,
                left_over=LeftOver(told["left_over"]),
                reason=told["reason"],
                **who(request, row.company_id),
            ),
        )
        if answer is not None:
            return _done(request, row, answer, _("The voucher is cancelled."))
    return show(request, row, form, context)


def validity(request: HttpRequest, row: Voucher, context: dict[str, Any]) -> HttpResponse:
    """Give a voucher other days (V13)."""
    form = ValidityForm(request.POST or None, initial={"valid_from": row.valid_from, "valid_until": row.valid_until})
    context |= {
        "title": _("Change the validity of %(voucher)s") % {"voucher": row},
        "about": _("What has been printed keeps its old date: print it again where that matters."),
        "button": _("Save"),
    }
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        days = {"valid_from": told["valid_from"], "valid_until": told["valid_until"]}
        answer = attempt(
            form,
            lambda: changing.change_validity(
                voucher=row.pk, revive=told["revive"], **days, **who(request, row.company_id)
            ),
        )
        if answer is not None:
            return _done(request, row, answer, _("The validity is changed."))
    return show(request, row, form, context)


def register(request: HttpRequest, row: Voucher, context: dict[str, Any]) -> HttpResponse:
    """Register a free voucher: first a look, then the confirmation."""
    company = row.company_id
    form = RegisterForm(request.POST or None, company=row.company)
    context |= {"title": _("Register %(voucher)s to a customer") % {"voucher": row}, "button": _("Look at it")}
    if request.method != "POST" or not form.is_valid():
        return show(request, row, form, context)
    seen, branch = request.POST.get("seen", ""), form.cleaned_data["branch"]
    if seen:
        answer = attempt(
            form,
            lambda: registering.register_voucher(
                voucher=row.pk,
                customer=form.customer,
                seen=seen,
                branch=branch,
                channel="office",
                **who(request, company),
            ),
        )
        if answer is not None:
            told = _("The voucher is registered to %(username)s.") % form.cleaned_data
            return _done(request, row, answer, told)
    preview = registering.preview_registration(
        company=company, voucher=row.pk, customer=form.customer, at=timezone.now(), branch=branch
    )
    context["preview"] = preview
    if preview.refusal is not None:
        form.add_error(None, reason_text(preview.refusal.reason.value, preview.refusal.rule))
    elif preview.at_terminal:
        form.add_error(None, _at_terminal(preview.at_terminal))
    elif not seen:
        context |= {"seen": preview.seen, "button": _("Register it"), "confirm": True}
        context |= {"username": form.cleaned_data["username"], "branch": branch}
    return show(request, row, form, context)


def show(request: HttpRequest, row: Voucher | None, form: forms.Form, context: dict[str, Any]) -> HttpResponse:
    """The page of a step. Its hidden key makes sure that a form that is sent twice is done once."""
    key = request.POST.get(_KEY) or secrets.token_hex(16)
    if form.errors and not context.get("confirm"):
        key = secrets.token_hex(16)
    context |= {"form": form, "voucher": row, "key": key, "status": "" if row is None else status_of(row)[1]}
    return TemplateResponse(request, _TEMPLATE, context)


def who(request: HttpRequest, company: str) -> dict[str, Any]:
    """The arguments that say who asks, when, and under which key."""
    key = f"office/{request.user.pk}/{request.POST.get(_KEY, '')[:64] or secrets.token_hex(16)}"
    return {"company": company, "key": key, "by": by(request), "at": timezone.now()}


def attempt(form: forms.Form, do: Any) -> Any:
    """What `do` answers; None after putting on the form why it could not be done."""
    try:
        return do()
    except VoucherError as error:
        form.add_error(error.field if error.field in form.fields else None, _said(error))
    except KeyUsedOtherwise:
        form.add_error(None, _("This form was sent before with other values. Check the voucher, then try again."))
    except (BooksError, LostRace):
        form.add_error(None, _("Somebody else was at this voucher just now. Try again."))
    return None


def _said(error: VoucherError) -> str:
    terminal = getattr(error, "terminal", "")
    return _at_terminal(terminal) if terminal else reason_text(error.rule, str(error))


def _at_terminal(terminal: str) -> str:
    return _("This voucher is at the terminal %(terminal)s, and only that can redeem it now.") % {"terminal": terminal}


def _done(request: HttpRequest, row: Voucher, answer: VoucherIs, told: str) -> HttpResponse:
    if answer.pending_at:
        waits = _("Pending at terminal %(terminal)s: the change is made when the voucher is back from there.")
        messages.warning(request, waits % {"terminal": answer.pending_at})
    else:
        messages.success(request, told)
    return HttpResponseRedirect(reverse("admin:vouchers_voucher_change", args=[row.pk]))
