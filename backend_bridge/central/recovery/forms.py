"""The office's forms of recovery."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminFileFieldWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from backend_bridge.central.fleet.models import Terminal
from backend_bridge.central.recovery.journal_files import MOST_BYTES


def _terminals() -> list[tuple[str, str]]:
    return [(pk, pk) for pk in Terminal.objects.order_by("pk").values_list("pk", flat=True)]


class AskForm(forms.Form):
    """Which journal is to be written off, and why."""

    terminal = forms.ChoiceField(label=_("Terminal"), choices=_terminals, widget=UnfoldAdminSelectWidget)
    epoch = forms.IntegerField(label=_("Epoch"), min_value=0, widget=UnfoldAdminIntegerFieldWidget)
    reason = forms.CharField(label=_("Why"), max_length=200, widget=UnfoldAdminTextInputWidget)
    although_in_use = forms.BooleanField(
        label=_("It was online lately, and its journal is lost all the same"),
        required=False,
        widget=UnfoldBooleanWidget,
    )


class LostForm(forms.Form):
    """Which terminal will not replay, and why."""

    lost = forms.CharField(max_length=48)
    reason = forms.CharField(label=_("Why"), max_length=200, widget=UnfoldAdminTextInputWidget)


class UploadForm(forms.Form):
    """A journal that was found on a disk."""

    terminal = forms.ChoiceField(label=_("Terminal"), choices=_terminals, widget=UnfoldAdminSelectWidget)
    file = forms.FileField(label=_("Database, or exported batches"), widget=UnfoldAdminFileFieldWidget)
    log = forms.FileField(
        label=_("Its log (…-wal)"),
        required=False,
        widget=UnfoldAdminFileFieldWidget,
        help_text=_("The newest entries of a terminal that was switched off hard are in there."),
    )
    although_in_use = forms.BooleanField(
        label=_("The terminal does not write this journal any more"), required=False, widget=UnfoldBooleanWidget
    )

    def clean(self) -> None:
        """Raises `ValidationError` for files that are larger than any journal."""
        for name in ("file", "log"):
            upload = self.cleaned_data.get(name)
            if upload is not None and upload.size > MOST_BYTES:
                self.add_error(name, _("This is larger than any journal."))
