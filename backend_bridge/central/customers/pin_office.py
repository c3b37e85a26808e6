"""The office's page on which staff reset a card's PIN, and what the page of a card says of it (D2).

The one-time PIN is in the answer to the form and nowhere else: in no message, cookie, session or address.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from unfold.widgets import UnfoldAdminTextInputWidget

from backend_bridge.central.customers.models import Card, CardEvent
from backend_bridge.central.customers.services import pins
from backend_bridge.central.customers.services.pins import PinState, PinTold
from backend_bridge.central.office.acting_for import FORM_FIELD
from backend_bridge.central.office.pages import Scope, by, moment
from backend_bridge.central.office.staff_pages import told_in_form

_TEMPLATE = "customers/reset_pin.html"


class ResetForm(forms.Form):
    """Why a PIN is reset."""

    reason = forms.CharField(
        label=gettext_lazy("Why"),
        max_length=200,
        widget=UnfoldAdminTextInputWidget,
        help_text=gettext_lazy("For your own records: forgotten, blocked … No names, please."),
    )


@never_cache
def reset_page(request: HttpRequest, card: Card, context: dict[str, Any]) -> HttpResponse:
    """Ask why, then show the one-time PIN, this once."""
    company = Scope(request.user).company
    back = reverse("admin:customers_card_change", args=[card.pk])
    context |= {"title": _("Reset the PIN"), "card": card, "back": back}
    if request.method == "POST" and request.POST.get(FORM_FIELD, company or "") != (company or ""):
        return HttpResponseRedirect(back)
    form = ResetForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with told_in_form(form):
            context["made"] = pins.reset_pin(
                company=company,
                card=card.pk,
                reason=form.cleaned_data["reason"],
                by=by(request),
                at=timezone.now(),
            )
    context |= {"form": form, "pin_told": pin_text(card)}
    return TemplateResponse(request, _TEMPLATE, context)


def pin_text(card: Card) -> SafeString | str:
    """How the card's PIN stands, in words."""
    told = pins.told_of(card.pk, getattr(card, "pin", None), at=timezone.now())
    if told.state == PinState.NONE:
        return _("none")
    return format_html_join(SafeString(" · "), "{}", ((one,) for one in _words(told)))


def _words(told: PinTold) -> Iterator[SafeString]:
    yield format_html(_("set on {}"), moment(told.set_at))
    if told.state == PinState.BLOCKED:
        yield format_html(_("blocked after {} wrong tries: reset it"), told.wrong)
    elif told.wrong:
        yield format_html(_("{} wrong tries, {} are left"), told.wrong, told.wrong_at_most - told.wrong)
    if told.until is not None:
        yield format_html(_("one-time PIN until {}"), moment(told.until))


def events_told(events: Iterable[CardEvent]) -> SafeString | str:
    """What was done with a card, the newest first."""
    lines = ((moment(one.at), one.get_what_display(), one.by, one.reason) for one in events)
    return format_html_join(SafeString("<br>"), "{} · {} · {} {}", lines) or "–"
