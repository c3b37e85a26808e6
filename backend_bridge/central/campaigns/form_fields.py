"""The fields of the form for campaigns, and the kinds that it offers."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminSingleDateWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from loyalty.conditions import Channel
from loyalty.windows import Weekday

KINDS = (
    ("award", _("Points for what is paid")),
    ("percent", _("Percentage off")),
    ("amount", _("Amount off")),
    ("goods", _("Free goods")),
    ("service", _("Free service")),
    ("rebate", _("Voucher for later, as a share of what is paid")),
)
LANGUAGES = ("en", "nl", "de", "da", "cs")
#: How many windows of weekdays and hours the form has.
WINDOWS = 2
_WEEKDAYS = (
    (Weekday.MONDAY.value, _("Monday")),
    (Weekday.TUESDAY.value, _("Tuesday")),
    (Weekday.WEDNESDAY.value, _("Wednesday")),
    (Weekday.THURSDAY.value, _("Thursday")),
    (Weekday.FRIDAY.value, _("Friday")),
    (Weekday.SATURDAY.value, _("Saturday")),
    (Weekday.SUNDAY.value, _("Sunday")),
)
_CHANNELS = ((Channel.TERMINAL.value, _("At the till and the kiosk")), (Channel.WEBSHOP.value, _("In the web shop")))


class IdsField(forms.CharField):
    """Ids of articles or groups, separated by commas or on lines of their own; cleaned to a tuple."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", UnfoldAdminTextareaWidget(attrs={"rows": 2}))
        super().__init__(required=False, **kwargs)

    def to_python(self, value: Any) -> Any:
        """The ids in the order in which they were written, each once."""
        typed = str(value or "").replace("\n", ",").split(",")
        return tuple(dict.fromkeys(one.strip() for one in typed if one.strip()))

    def prepare_value(self, value: Any) -> Any:
        """One line of text."""
        return ", ".join(value) if isinstance(value, tuple | list) else value


def text(label: Any, *, help_text: Any = "", placeholder: str = "") -> forms.CharField:
    """A short text that may stay empty."""
    widget = UnfoldAdminTextInputWidget(attrs={"placeholder": placeholder} if placeholder else None)
    return forms.CharField(label=label, max_length=120, required=False, widget=widget, help_text=help_text)


def whole(label: Any, *, help_text: Any = "", at_least: int = 0, at_most: int = 10**9) -> forms.IntegerField:
    """A whole number that may stay empty."""
    return forms.IntegerField(
        label=label,
        min_value=at_least,
        max_value=at_most,
        required=False,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text=help_text,
    )


def decimal(label: Any, *, help_text: Any = "", at_most: int = 10**9) -> forms.DecimalField:
    """A number with up to two decimals that may stay empty."""
    return forms.DecimalField(
        label=label,
        min_value=0,
        max_value=at_most,
        decimal_places=2,
        required=False,
        widget=UnfoldAdminDecimalFieldWidget(attrs={"step": "0.01"}),
        help_text=help_text,
    )


def day(label: Any, *, help_text: Any = "") -> forms.DateField:
    """A date that may stay empty."""
    return forms.DateField(label=label, required=False, widget=UnfoldAdminSingleDateWidget, help_text=help_text)


def choice(label: Any, choices: Any, *, help_text: Any = "") -> forms.ChoiceField:
    """One of `choices`."""
    return forms.ChoiceField(label=label, choices=choices, widget=UnfoldAdminSelectWidget, help_text=help_text)


def several(label: Any, choices: Any = (), *, help_text: Any = "") -> forms.MultipleChoiceField:
    """Any of `choices`, as boxes to tick."""
    return forms.MultipleChoiceField(
        label=label,
        choices=choices,
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=help_text,
    )


def yes(label: Any, *, help_text: Any = "") -> forms.BooleanField:
    """A box to tick."""
    return forms.BooleanField(
        label=label, required=False, initial=True, widget=UnfoldBooleanWidget, help_text=help_text
    )


def weekdays(label: Any) -> forms.MultipleChoiceField:
    """The days of a week."""
    return several(label, _WEEKDAYS)


def channels(label: Any) -> forms.MultipleChoiceField:
    """Where it is bought."""
    return several(label, _CHANNELS)
