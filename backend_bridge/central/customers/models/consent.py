"""Consent to be written to, per company and channel, with where it came from (V21). History only grows:
what holds now is what was said last on a channel."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from backend_bridge.central.append_only import AppendOnlyModel
from backend_bridge.central.customers.models.membership import Membership


class Channel(models.TextChoices):
    """A way to reach a person."""

    EMAIL = "email", _("e-mail")
    SMS = "sms", _("SMS")
    PHONE = "phone", _("telephone")
    POST = "post", _("letter")


class ConsentOrigin(models.TextChoices):
    """Where a consent, or its withdrawal, came from."""

    PAST_BUSINESS = "past_business", _("past business")
    ENQUIRY = "enquiry", _("enquiry")
    IMPORTED_LIST = "imported_list", _("imported list")
    CUSTOMER = "customer", _("the customer's own wish")


class Consent(AppendOnlyModel):
    """A consent that was given or withdrawn. `source` names the form or the list."""

    membership = models.ForeignKey(Membership, models.PROTECT, related_name="consents", verbose_name=_("membership"))
    channel = models.CharField(_("channel"), max_length=8, choices=Channel)
    given = models.BooleanField(_("given"))
    origin = models.CharField(_("origin"), max_length=16, choices=ConsentOrigin)
    source = models.CharField(_("source"), max_length=120, blank=True)
    by = models.CharField(_("by"), max_length=80)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        indexes = [models.Index(fields=["membership", "channel", "-at", "-id"], name="newest_consent")]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(origin="imported_list", source=""), name="consent_of_a_list_says_which"
            )
        ]

    def __str__(self) -> str:
        return f"{self.membership_id} {self.channel} {'+' if self.given else '-'}"
