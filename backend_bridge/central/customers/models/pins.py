"""PINs of cards, as hashes, and how many tries went wrong. What was typed is in no table."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from backend_bridge.central.customers.models.identity import Card
from backend_bridge.central.organisation.models import Company

#: So many wrong ones, one after the other, and the PIN is blocked until staff reset it.
MAX_WRONG = 5


class CardPin(models.Model):
    """The PIN of an active card. A blocked card has none, so a row is a PIN that may be judged.

    `wrong` is counted before a PIN is compared, and goes back to 0 with a right one.
    """

    card = models.OneToOneField(Card, models.PROTECT, primary_key=True, related_name="pin", verbose_name=_("card"))
    digest = models.CharField(_("hash"), max_length=160)
    set_at = models.DateTimeField(_("set"))
    #: A one-time PIN: until when it can be exchanged for one's own. None: the customer's own.
    one_time_until = models.DateTimeField(_("one-time until"), null=True, blank=True)
    wrong = models.PositiveSmallIntegerField(_("wrong tries"), default=0)

    class Meta:
        verbose_name = _("PIN")
        verbose_name_plural = _("PINs")
        constraints = [
            models.CheckConstraint(condition=models.Q(wrong__lte=MAX_WRONG), name="pin_has_no_more_tries_than_these")
        ]

    def __str__(self) -> str:
        return self.card_id


class PinTries(models.Model):
    """How many wrong PINs were tried at a company since `since`, over all cards, within one span of time."""

    company = models.ForeignKey(Company, models.PROTECT, verbose_name=_("company"))
    span_s = models.PositiveIntegerField(_("span in seconds"))
    since = models.DateTimeField(_("since"))
    wrong = models.PositiveIntegerField(_("wrong tries"), default=0)

    class Meta:
        verbose_name = _("wrong PINs at a company")
        verbose_name_plural = _("wrong PINs at companies")
        constraints = [models.UniqueConstraint(fields=("company", "span_s"), name="one_count_per_company_and_span")]

    def __str__(self) -> str:
        return f"{self.company_id} {self.span_s}"
