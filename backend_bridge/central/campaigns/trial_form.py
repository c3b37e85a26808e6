"""The form of a trial: when and where, who buys, and a few lines."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.forms import formset_factory
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminDateWidget,
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from backend_bridge.central.campaigns import form_fields as fields
from backend_bridge.central.campaigns.form_rules import minor
from backend_bridge.central.campaigns.groups import group_choices
from backend_bridge.central.organisation.models import Branch, Company
from loyalty.conditions import Channel
from loyalty.receipts.receipt import Customer, Line, Receipt

LINES = 4
#: Who buys in a trial; nobody that exists.
SOMEBODY = "somebody"


class TrialForm(forms.Form):
    """When and where it is bought, and by whom."""

    branch = forms.ModelChoiceField(
        label=_("Branch"), queryset=Branch.objects.none(), empty_label=None, widget=UnfoldAdminSelectWidget
    )
    day = forms.DateField(label=_("Day"), widget=UnfoldAdminDateWidget)
    time = forms.TimeField(
        label=_("Time"),
        widget=UnfoldAdminTextInputWidget(attrs={"placeholder": "12:00"}),
        help_text=_("On the branch's own clock."),
    )
    channel = fields.choice(
        _("Bought"), ((Channel.TERMINAL.value, _("at the till")), (Channel.WEBSHOP.value, _("in the web shop")))
    )
    known = fields.yes(_("The customer shows a card"))
    groups = fields.several(_("Groups of the customer"))
    with_others = fields.yes(_("Together with the company's other campaigns"))

    def __init__(self, *args: Any, company: Company, used: Iterable[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        groups = self.fields["groups"]
        if isinstance(groups, forms.MultipleChoiceField):
            groups.choices = group_choices(company, used)
        branch = self.fields["branch"]
        if isinstance(branch, forms.ModelChoiceField):
            branch.queryset = Branch.objects.filter(company=company).order_by("name")

    def instant(self) -> dt.datetime:
        """The instant that the branch's clock shows; of an hour that comes twice, the first."""
        told = self.cleaned_data
        zone = ZoneInfo(told["branch"].timezone)
        return dt.datetime.combine(told["day"], told["time"], tzinfo=zone)

    def customer(self) -> Customer | None:
        """Who buys: somebody in these groups, or nobody who is known."""
        told = self.cleaned_data
        return Customer(customer=SOMEBODY, groups=tuple(told["groups"])) if told["known"] else None


class LineForm(forms.Form):
    """One line of the receipt; one without a price is left out."""

    article = forms.CharField(label=_("Article"), max_length=64, required=False, widget=UnfoldAdminTextInputWidget)
    group = forms.CharField(label=_("Group"), max_length=64, required=False, widget=UnfoldAdminTextInputWidget)
    quantity = forms.IntegerField(
        label=_("Pieces"), min_value=1, max_value=1000, required=False, widget=UnfoldAdminIntegerFieldWidget
    )
    price = forms.DecimalField(
        label=_("Price of all"),
        min_value=0,
        max_value=10**8,
        decimal_places=2,
        required=False,
        widget=UnfoldAdminDecimalFieldWidget(attrs={"step": "0.01"}),
    )


LineForms = formset_factory(LineForm, extra=LINES, max_num=20, absolute_max=20)


def receipt_of(lines: Any, *, channel: str, currency: str) -> Receipt:
    """The receipt that the valid `lines` (a `LineForms`) say."""
    bought = [form.cleaned_data for form in lines.forms if form.cleaned_data.get("price") is not None]
    return Receipt(
        receipt="trial",
        channel=Channel(channel),
        lines=tuple(
            Line(
                line=number,
                article=told["article"] or f"article-{number}",
                group=told["group"],
                quantity=told["quantity"] or 1,
                gross_minor=minor(told["price"], currency),
            )
            for number, told in enumerate(bought, start=1)
        ),
    )
