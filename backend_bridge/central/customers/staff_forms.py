"""The forms on which a company's staff describe its customers, note registrations and invite people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectMultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from backend_bridge.central.customers.contact import one_line, tidy
from backend_bridge.central.customers.errors import NotKnown
from backend_bridge.central.customers.models import (
    Channel,
    CustomerGroup,
    DeferredRegistration,
    Invitation,
    Membership,
)
from backend_bridge.central.customers.services import deferring, finding
from backend_bridge.central.customers.services.enrolling import free_username
from backend_bridge.central.customers.services.results import Contact
from backend_bridge.central.office.staff_pages import told_in_form
from backend_bridge.central.organisation.models import Branch, Company, accepted_pools

if TYPE_CHECKING:
    _MembershipForm = forms.ModelForm[Membership]
    _GroupForm = forms.ModelForm[CustomerGroup]
    _NoteForm = forms.ModelForm[DeferredRegistration]
    _InvitationForm = forms.ModelForm[Invitation]
else:
    _MembershipForm = _GroupForm = _NoteForm = _InvitationForm = forms.ModelForm

CONTACT_FIELDS = Contact.__struct_fields__
_NO_CHANGE = ("", _("no change"))


def _text(label: Any, *, longest: int = 120, help_text: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label, max_length=longest, required=False, help_text=help_text, widget=UnfoldAdminTextInputWidget
    )


def contact_in(told: dict[str, Any]) -> Contact:
    """The contact data in what a form was told."""
    words = {field: str(told.get(field) or "") for field in CONTACT_FIELDS if field != "birthday"}
    return Contact(**words, birthday=told.get("birthday"))


class MembershipForm(_MembershipForm):
    """A customer as the company knows them; with what staff add to histories: a note, what was said of consent."""

    acts_for = ""

    username = _text(_("Username"), longest=60, help_text=_("Empty: one is made."))
    in_groups = forms.MultipleChoiceField(label=_("Groups"), required=False, widget=UnfoldAdminSelectMultipleWidget)
    note = forms.CharField(
        label=_("Add a note"), required=False, max_length=1000, widget=UnfoldAdminTextareaWidget(attrs={"rows": 3})
    )
    consent_channel = forms.ChoiceField(
        label=_("Consent"), required=False, choices=[_NO_CHANGE, *Channel.choices], widget=UnfoldAdminSelectWidget
    )
    consent_given = forms.ChoiceField(
        label=_("The customer says"),
        choices=[("yes", _("I agree")), ("no", _("I do not agree (any more)"))],
        required=False,
        widget=UnfoldAdminSelectWidget,
    )

    class Meta:
        model = Membership
        fields = ("number", *CONTACT_FIELDS)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        groups = self.fields.get("in_groups")
        if isinstance(groups, forms.MultipleChoiceField):
            rows = CustomerGroup.objects.filter(company=self.acts_for).order_by("name")
            groups.choices = [(row.slug, row.name) for row in rows]
            if self.instance.pk:
                self.initial["in_groups"] = list(self.instance.groups.values_list("slug", flat=True))

    def clean(self) -> dict[str, Any] | None:
        """Tidied, with errors at their fields."""
        told = super().clean() or self.cleaned_data
        with told_in_form(self):
            tidied = tidy(contact_in(told), today=timezone.now().date())
            told.update({field: getattr(tidied, field) for field in CONTACT_FIELDS})
        with told_in_form(self):
            told["number"] = one_line("number", str(told.get("number") or ""), 64)
            same = Membership.objects.filter(company=self.acts_for, number=told["number"]).exclude(pk=self.instance.pk)
            if told["number"] and same.exists():
                self.add_error("number", _("Another customer of this company has this number."))
        if told.get("username") and not self.instance.pk:
            with told_in_form(self):
                told["username"] = free_username(str(told["username"]))
        return told


class GroupForm(_GroupForm):
    """A group of the company that is acted for."""

    acts_for = ""

    class Meta:
        model = CustomerGroup
        fields = ("slug", "name")

    def clean_slug(self) -> str:
        """Raises `ValidationError` for an id that another group of the company has."""
        slug = str(self.cleaned_data["slug"])
        if CustomerGroup.objects.filter(company=self.acts_for, slug=slug).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(_("There is a group of this id already."))
        return slug


class NoteForm(_NoteForm):
    """A registration to be made later: who gets how many points."""

    acts_for = ""

    points = forms.IntegerField(label=_("Points"), min_value=1, widget=UnfoldAdminIntegerFieldWidget)

    class Meta:
        model = DeferredRegistration
        fields = ("branch", "username", "hint", "pool", "points")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        company = Company.objects.filter(pk=self.acts_for).first()
        branch, pool = self.fields.get("branch"), self.fields.get("pool")
        if isinstance(branch, forms.ModelChoiceField):
            branch.queryset = Branch.objects.filter(company=company)
        if isinstance(pool, forms.ModelChoiceField):
            pool.queryset = Branch.objects.none() if company is None else accepted_pools(company)
            pool.required = True

    def clean(self) -> dict[str, Any] | None:
        """Raises `ValidationError` where nothing says who it is for."""
        told = super().clean() or self.cleaned_data
        if not (told.get("username") or told.get("hint")):
            self.add_error("hint", _("Say who it is for: a username, or in words."))
        return told


class SettleForm(_NoteForm):
    """How a noted registration ends: registered to somebody, or discarded with a reason."""

    acts_for = ""

    to = _text(_("Register to (username)"), longest=60, help_text=_("Empty: to whom the note names."))
    discard = _text(_("Or discard, because"), longest=200, help_text=_("With a reason here, nothing is registered."))
    #: Who settles it; the page says so.
    by = ""

    class Meta:
        model = DeferredRegistration
        fields = ()

    def clean(self) -> dict[str, Any] | None:
        """Settles the note; raises `ValidationError` where the services refuse, at the field that it is about."""
        told = super().clean() or self.cleaned_data
        about: dict[str, Any] = {"company": self.acts_for, "note": self.instance.pk}
        about |= {"by": self.by, "at": timezone.now()}
        with told_in_form(self):
            if told.get("discard"):
                deferring.discard(reason=told["discard"], **about)
                return told
            member = ""
            if told.get("to"):
                found = finding.find_by_username(company=self.acts_for, username=told["to"])
                if found is None:
                    raise NotKnown("to", "known", "there is no such customer")
                member = found.member
            deferring.register(member=member, **about)
        return told


class InvitationForm(_InvitationForm):
    """Somebody to invite."""

    acts_for = ""

    display_name = _text(_("Name"))
    email = _text(_("E-mail"), longest=254)
    phone = _text(_("Phone"), longest=40)

    class Meta:
        model = Invitation
        fields = ()

    def clean(self) -> dict[str, Any] | None:
        """Tidied; somebody has a name, an e-mail address or a phone number."""
        told = super().clean() or self.cleaned_data
        with told_in_form(self):
            tidied = tidy(contact_in(told), today=timezone.now().date())
            told.update({field: getattr(tidied, field) for field in ("display_name", "email", "phone")})
        if not any(told.get(field) for field in ("display_name", "email", "phone")):
            self.add_error("display_name", _("Say who is invited."))
        return told
