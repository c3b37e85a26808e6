"""The office's forms for a new customer and for a card, which is typed in by its number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from backend_bridge.central.customers import cards
from backend_bridge.central.customers.families import FAMILIES
from backend_bridge.central.customers.models import Card, Customer
from backend_bridge.central.customers.usernames import username_of
from backend_bridge.central.data_dir import DataDir
from backend_bridge.central.organisation.models import Programme

if TYPE_CHECKING:
    _CustomerForm = forms.ModelForm[Customer]
    _CardForm = forms.ModelForm[Card]
else:
    _CustomerForm = _CardForm = forms.ModelForm


class CustomerForm(_CustomerForm):
    """Username and display name."""

    class Meta:
        model = Customer
        fields = ("username", "display_name")

    def clean_username(self) -> str:
        """In small letters; raises `ValidationError` for what cannot be one, and for a taken one."""
        name = username_of(self.cleaned_data["username"])
        if Customer.objects.filter(username=name).exclude(pk=self.instance.pk).exists():
            raise ValidationError(_("This username is taken. Choose another one."))
        return name

    def clean(self) -> dict[str, Any] | None:
        """Raises `ValidationError` as long as there is no programme to join."""
        if not Programme.objects.exists():
            raise ValidationError(_("There is no programme yet. Make it with the command create-programme."))
        return super().clean()


class CardForm(_CardForm):
    """A new card of a customer, perhaps in the place of another one (`?replaces=` in the address).

    What `uid` is cleaned to is the card's pseudonym: the number itself ends here.
    """

    uid = forms.CharField(
        label=_("Card number"),
        max_length=40,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=_("As a reader shows it: 8, 14 or 20 hex digits. It is not kept; the card is known by a pseudonym."),
    )
    family = forms.ChoiceField(
        label=_("Family"), choices=[(one, one) for one in FAMILIES], widget=UnfoldAdminSelectWidget
    )
    replaces = forms.ModelChoiceField(
        label=_("Replaces"), queryset=Card.objects.none(), required=False, widget=forms.HiddenInput
    )

    class Meta:
        model = Card
        fields = ("customer", "family")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = self.data.get("replaces") or self.initial.get("replaces")
        if named and "replaces" in self.fields:
            replaces = forms.ModelChoiceField(
                label=_("Replaces"),
                queryset=Card.objects.filter(pk=str(named)),
                empty_label=None,
                widget=UnfoldAdminSelectWidget,
                help_text=_("This card is blocked for good when you save. Points and balance stay."),
            )
            self.fields["replaces"] = replaces

    def clean_uid(self) -> str:
        """The pseudonym; raises `ValidationError` for what is no number, and for a known card."""
        token = cards.token_of(self.cleaned_data["uid"], DataDir(settings.DATA).cards_key())
        cards.check_is_new(token)
        self.instance.token = token
        return token

    def clean_replaces(self) -> Card | None:
        """Raises `ValidationError` for a card that was replaced before."""
        old: Card | None = self.cleaned_data["replaces"]
        if old is not None:
            cards.check_can_be_replaced(old)
        return old

    def clean(self) -> dict[str, Any] | None:
        """Raises `ValidationError` where the new card would go to somebody else."""
        told = super().clean() or self.cleaned_data
        old, customer = told.get("replaces"), told.get("customer")
        if old is not None and customer is not None and old.customer_id != customer.pk:
            self.add_error("customer", _("The card that is replaced belongs to another customer."))
        return told
