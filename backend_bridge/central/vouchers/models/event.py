"""What was done with vouchers: one row per change, never changed. Daily figures are sums of these."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from backend_bridge.central.append_only import AppendOnlyModel
from backend_bridge.central.organisation.models import Company
from backend_bridge.central.vouchers.models.voucher import Voucher


class VoucherEvent(AppendOnlyModel):
    """One change. `minor` is the money that moved onto the voucher (off it, below zero), `open_change` whether
    it began (1) or ceased (-1) to be usable. `day` is that of the branch's wall clock when it happened, or of the
    company's books."""

    class What(models.TextChoices):
        """What was done."""

        DRAFTED = "drafted", _("made as a draft")
        ISSUED = "issued", _("issued")
        SOLD = "sold", _("sold")
        REGISTERED = "registered", _("registered")
        TRANSFERRED = "transferred", _("transferred")
        USED = "used", _("used")
        RETURNED = "returned", _("use given back")
        VALIDITY = "validity", _("validity changed")
        REVIVED = "revived", _("revived")
        TERMS = "terms", _("restrictions changed")
        CANCELLED = "cancelled", _("cancelled")
        EXPIRED = "expired", _("expired")
        WISHED = "wished", _("change wished")
        WISH_REFUSED = "wish_refused", _("wished change refused")

    voucher = models.ForeignKey(Voucher, models.PROTECT, related_name="events", verbose_name=_("voucher"))
    company = models.ForeignKey(Company, models.PROTECT, db_index=False, verbose_name=_("company"))
    kind = models.CharField(_("kind"), max_length=8, choices=Voucher.Kind)
    purpose = models.CharField(_("VAT class"), max_length=8, choices=Voucher.Purpose, blank=True)
    what = models.CharField(_("what"), max_length=12, choices=What)
    cause = models.CharField(_("cause"), max_length=140)
    use = models.PositiveIntegerField(_("use"), null=True, blank=True)
    minor = models.BigIntegerField(_("money"), default=0)
    worth_minor = models.PositiveBigIntegerField(_("worth on the receipt"), default=0)
    points = models.PositiveBigIntegerField(_("points"), default=0)
    open_change = models.SmallIntegerField(_("change of what is open"), default=0)
    detail = models.JSONField(_("details"), default=dict, blank=True)
    channel = models.CharField(_("channel"), max_length=20, blank=True)
    receipt = models.CharField(_("receipt"), max_length=64, blank=True)
    by = models.CharField(_("by"), max_length=100)
    day = models.DateField(_("day"))
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("what was done with a voucher")
        verbose_name_plural = _("what was done with vouchers")
        indexes = [models.Index(fields=["company", "day", "kind", "purpose", "what"], name="voucher_figures")]

    def __str__(self) -> str:
        return f"{self.voucher_id} {self.what}"
