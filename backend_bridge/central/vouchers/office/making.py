"""New vouchers from the office: a batch (B1), or one that is registered to a customer at once (B4)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from backend_bridge.central.office.acting_for import FORM_FIELD
from backend_bridge.central.organisation.models import Company
from backend_bridge.central.vouchers.office.forms import BatchForm, CustomerForm, NewForm
from backend_bridge.central.vouchers.office.steps import attempt, show, who
from backend_bridge.central.vouchers.services.issuing import create_and_register, issue_vouchers


class NewForCustomerForm(NewForm, CustomerForm):
    """A new voucher, and whose it is to be."""


def new_batch(request: HttpRequest, company: Company, context: dict[str, Any]) -> HttpResponse:
    """Make vouchers, all alike; their codes are printed from the batch's page."""
    form = BatchForm(request.POST or None, company=company)
    context |= {
        "title": _("New vouchers of %(company)s") % {"company": company},
        "about": _("All alike, up to 10,000 at once. They are free until they are registered or used."),
        "button": _("Make them"),
    }
    if request.method == "POST" and not _is_for(request, company, form) and form.is_valid():
        made = attempt(form, lambda: _make(request, company, form))
        if made is not None:
            messages.success(request, _("%(count)d vouchers were made.") % {"count": made.count})
            return HttpResponseRedirect(reverse("admin:vouchers_voucherbatch_change", args=[made.batch]))
    return show(request, None, form, context)


def new_for_customer(request: HttpRequest, company: Company, context: dict[str, Any]) -> HttpResponse:
    """Make a voucher and register it to a customer in one step: a point coupon's points are posted."""
    form = NewForCustomerForm(request.POST or None, company=company)
    context |= {
        "title": _("New voucher of %(company)s for a customer") % {"company": company},
        "about": _("It is registered at once. Points are posted to the customer."),
        "button": _("Make and register it"),
    }
    if request.method == "POST" and not _is_for(request, company, form) and form.is_valid():
        made = attempt(form, lambda: _make_for(request, company, form))
        if made is not None:
            told = _("The voucher is registered to %(username)s.") % form.cleaned_data
            messages.success(request, told)
            return HttpResponseRedirect(reverse("admin:vouchers_voucher_change", args=[made.voucher]))
    return show(request, None, form, context)


def _make(request: HttpRequest, company: Company, form: BatchForm) -> Any:
    told = form.cleaned_data
    sold, price_minor = form.sold()
    return issue_vouchers(
        like=form.like(),
        count=told["count"],
        batch=told["batch"],
        sold=sold,
        price_minor=price_minor,
        channel="office",
        **who(request, company.pk),
    )


def _make_for(request: HttpRequest, company: Company, form: NewForCustomerForm) -> Any:
    return create_and_register(like=form.like(), customer=form.customer, channel="office", **who(request, company.pk))


def _is_for(request: HttpRequest, company: Company, form: NewForm) -> bool:
    """Whether the form was opened for another company than the one that is acted for now."""
    opened_for = request.POST.get(FORM_FIELD)
    if opened_for in (None, "", company.pk):
        return False
    form.add_error(None, _("Nothing was saved: you act for another company now than when you opened the form."))
    return True
