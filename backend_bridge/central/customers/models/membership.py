"""What one company knows of one customer. No other company ever sees any of it (P6)."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from backend_bridge.central.append_only import AppendOnlyModel
from backend_bridge.central.customers.models.identity import Customer
from backend_bridge.central.organisation.models import Company


class MembershipOrigin(models.TextChoices):
    """How a company came to know a person (V21)."""

    PAST_BUSINESS = "past_business", _("past business")
    ENQUIRY = "enquiry", _("enquiry")
    IMPORTED_LIST = "imported_list", _("imported list")
    ENROLLED = "enrolled", _("enrolled here")
    INVITED = "invited", _("invited")


class Membership(models.Model):
    """One company knows one customer: from here on its office sees them.

    `number` is the company's own number for them, from its older system. `source` says which enquiry
    form or which list, where `origin` has one. One that has ended was undone (`imports`): it is as
    good as not there, and stays for the histories that hang on it.
    """

    customer = models.ForeignKey(Customer, models.CASCADE, verbose_name=_("customer"))
    company = models.ForeignKey(Company, models.CASCADE, verbose_name=_("company"))
    since = models.DateTimeField(_("since"))
    origin = models.CharField(
        _("origin"), max_length=16, choices=MembershipOrigin, default=MembershipOrigin.PAST_BUSINESS
    )
    source = models.CharField(_("source"), max_length=120, blank=True)
    number = models.CharField(_("customer number"), max_length=64, blank=True)
    display_name = models.CharField(_("name"), max_length=120, blank=True)
    email = models.CharField(_("e-mail"), max_length=254, blank=True)
    phone = models.CharField(_("phone"), max_length=20, blank=True)
    street = models.CharField(_("street and number"), max_length=120, blank=True)
    postcode = models.CharField(_("postcode"), max_length=16, blank=True)
    city = models.CharField(_("city"), max_length=80, blank=True)
    country = models.CharField(_("country"), max_length=2, blank=True)
    language = models.CharField(_("language"), max_length=8, blank=True)
    birthday = models.DateField(_("birthday"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [
            models.UniqueConstraint(fields=["company", "customer"], name="known_once"),
            models.UniqueConstraint(
                fields=["company", "number"], condition=~models.Q(number=""), name="one_customer_per_number"
            ),
        ]
        indexes = [models.Index(fields=["company", "email"], name="membership_by_email")]

    def __str__(self) -> str:
        return f"{self.customer_id} @ {self.company_id}"


class MembershipNote(AppendOnlyModel):
    """What a company's staff wrote down about a customer. Notes are added, never changed."""

    membership = models.ForeignKey(Membership, models.PROTECT, related_name="notes", verbose_name=_("membership"))
    text = models.CharField(_("note"), max_length=1000)
    by = models.CharField(_("by"), max_length=80)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("note")
        verbose_name_plural = _("notes")

    def __str__(self) -> str:
        return f"{self.membership_id} {self.at:%Y-%m-%d}"
