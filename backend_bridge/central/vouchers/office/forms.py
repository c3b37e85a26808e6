"""The forms of the office for vouchers."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from backend_bridge.central.campaigns import form_fields as fields
from backend_bridge.central.customers.services.finding import find_by_username
from backend_bridge.central.organisation.models import Branch, Company, accepted_pools
from backend_bridge.central.vouchers.office.describing import like_of, sold_of
from loyalty.acts.vouchers import MOST_AT_ONCE, LeftOver, NewVoucher
from loyalty.vouchers.voucher import Sold

_KINDS = (
    ("points", _("Points")),
    ("money", _("An amount of money")),
    ("percent", _("Percentage off")),
    ("amount", _("Amount off")),
    ("goods", _("Free goods")),
    ("service", _("Free service")),
)
_SALES = (
    ("given", _("given away")),
    ("multi", _("sold, taxed when it is used (multi-purpose)")),
    ("single", _("sold, taxed now (single-purpose)")),
)


#: On which choices a field of a new voucher is shown, in the words of the page's script.
_SHOWN_WHEN = {
    "pool": "kind == 'points'",
    "points": "kind == 'points'",
    "amount": "kind == 'money' || kind == 'amount'",
    "percent": "kind == 'percent'",
    "uses": "kind != 'points' && kind != 'money'",
    "price": "sale != 'given' && (kind == 'goods' || kind == 'service')",
    "vat": "sale == 'single'",
}


class CancelForm(forms.Form):
    """What becomes of what is left."""

    left_over = fields.choice(
        _("What is left on it"),
        ((LeftOver.KEEP.value, _("is kept")), (LeftOver.REFUND.value, _("was paid back to the customer"))),
        help_text=_("Only for vouchers that were sold. What was given away goes back to who funded it."),
    )
    reason = fields.text(_("Why"), help_text=_("For your own records. No names, please."))


class ValidityForm(forms.Form):
    """Other days."""

    valid_from = fields.day(_("First day"), help_text=_("Empty: from the start."))
    valid_until = fields.day(_("Last day"), help_text=_("That whole day is included. Empty: no end."))
    revive = forms.BooleanField(
        label=_("Bring it back"),
        required=False,
        widget=UnfoldBooleanWidget,
        help_text=_("For a voucher that has expired: what was on it is on it again."),
    )


class CompanyForm(forms.Form):
    """A form for one company."""

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.company = company


class CustomerForm(CompanyForm):
    """Which customer, by the whole username."""

    username = forms.CharField(
        label=_("Username of the customer"),
        max_length=60,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    #: The customer's pseudonym, once the form is valid.
    customer = ""

    def clean_username(self) -> str:
        """Raises `ValidationError` where nobody of this name takes part."""
        found = find_by_username(company=self.company.pk, username=self.cleaned_data["username"])
        if found is None:
            raise ValidationError(_("There is no customer of this username."))
        self.customer = found.member
        return found.username


class RegisterForm(CustomerForm):
    """Which customer, and at which branch: coupons for some branches, weekdays or hours are judged there (V14)."""

    branch = fields.choice(
        _("Branch"),
        (),
        help_text=_(
            "Where the customer brought it. Needed for what holds in some branches, on some days or hours only."
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        branch = self.fields["branch"]
        if isinstance(branch, forms.ChoiceField):
            rows = Branch.objects.filter(company=self.company).order_by("name", "pk")
            branch.choices = [("", "–"), *((one.pk, one.name) for one in rows)]
            branch.required = False


class NewForm(CompanyForm):
    """New vouchers, all alike."""

    kind = fields.choice(_("What it gives"), _KINDS)
    pool = fields.choice(_("Points of"), ())
    points = fields.whole(_("Points of each"), at_least=1, at_most=2**32 - 1)
    amount = fields.decimal(_("Amount"), at_most=10**8)
    percent = fields.decimal(_("Percent"), at_most=100)
    uses = fields.whole(_("Uses"), at_least=1, at_most=10_000, help_text=_("How often each can be used. Empty: once."))
    article_groups = fields.IdsField(label=_("Article groups"), help_text=_("With commas between. Empty: everything."))
    articles = fields.IdsField(label=_("Articles"), help_text=_("With commas between. Empty: everything."))
    channels = fields.channels(_("Where it is used"))
    valid_from = fields.day(_("First day"))
    valid_until = fields.day(_("Last day"), help_text=_("That whole day is included. Empty: no end."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, when in _SHOWN_WHEN.items():
            if name in self.fields:
                vars(self.fields[name])["shown_when"] = when
        pool = self.fields["pool"]
        if isinstance(pool, forms.ChoiceField):
            pool.choices = [(one.pk, str(one)) for one in accepted_pools(self.company)]
            pool.required = False

    def like(self) -> NewVoucher:
        """What the valid form describes; raises `BadVoucher` for a value that is missing."""
        return like_of(self.cleaned_data, company=self.company)


class BatchForm(NewForm):
    """A batch of new vouchers, given away or sold."""

    count = forms.IntegerField(
        label=_("How many"), min_value=1, max_value=MOST_AT_ONCE, initial=1, widget=UnfoldAdminIntegerFieldWidget
    )
    batch = forms.CharField(
        label=_("Name of the batch"),
        max_length=60,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("To find them again."),
    )
    sale = forms.ChoiceField(label=_("They are"), choices=_SALES, widget=UnfoldAdminSelectWidget)
    price = fields.decimal(
        _("Price of each"),
        at_most=10**8,
    )
    vat = fields.decimal(_("VAT rate in percent"), at_most=100)

    def sold(self) -> tuple[Sold | None, int]:
        """How each is sold, and for how much in minor units; raises `BadVoucher` for a value that is missing."""
        return sold_of(self.cleaned_data, company=self.company)
