"""What one redemption means between two companies, and the months that are closed. Both are append-only;
triggers refuse changes, and lines that would go into a closed month."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from backend_bridge.central.append_only import AppendOnlyModel
from backend_bridge.central.ledger.models import Cause, Lot
from backend_bridge.central.organisation.models import Company, Pool, Programme
from loyalty.clearing.entries import ClearingEntry


class ClearingMonth(AppendOnlyModel):
    """A month that is closed, and with it all before it."""

    programme = models.ForeignKey(Programme, models.PROTECT, db_index=False, verbose_name=_("programme"))
    month = models.CharField(_("month"), max_length=7)
    cause = models.CharField(_("cause"), max_length=140, unique=True)
    closed_at = models.DateTimeField(_("closed"))
    closed_by = models.CharField(_("closed by"), max_length=100)

    class Meta:
        verbose_name = _("closed month")
        verbose_name_plural = _("closed months")
        constraints = [models.UniqueConstraint(fields=["programme", "month"], name="month_is_closed_once")]

    def __str__(self) -> str:
        return self.month


class ClearingLine(AppendOnlyModel):
    """`issuer` owes `taker` `value_minor` for `points` of a lot, at one VAT rate; below zero: a reversal.

    `reference` is the redemption that this belongs to, and a reversal's lines have that of what they undo.
    `month` is where it counts: that of `happened_at` on the wall clock of `timezone`, or the first open one.
    Points that a company took of its own lots are kept too; they are no debt.
    """

    cause = models.ForeignKey(
        Cause, models.PROTECT, to_field="key", related_name="+", db_column="cause", verbose_name=_("cause")
    )
    reference = models.CharField(_("redemption"), max_length=140, db_index=True)
    receipt = models.CharField(_("receipt"), max_length=64, blank=True)
    programme = models.ForeignKey(Programme, models.PROTECT, db_index=False, verbose_name=_("programme"))
    pool = models.ForeignKey(Pool, models.PROTECT, db_index=False, verbose_name=_("pool"))
    currency = models.CharField(_("currency"), max_length=3)
    issuer = models.ForeignKey(Company, models.PROTECT, related_name="+", db_index=False, verbose_name=_("issued by"))
    taker = models.ForeignKey(Company, models.PROTECT, related_name="+", db_index=False, verbose_name=_("taken by"))
    lot = models.ForeignKey(Lot, models.PROTECT, related_name="+", db_index=False, verbose_name=_("lot"))
    rate_bp = models.PositiveIntegerField(_("VAT rate in hundredths of a percent"), null=True, blank=True)
    points = models.BigIntegerField(_("points"))
    value_minor = models.BigIntegerField(_("value in minor units"))
    happened_at = models.DateTimeField(_("happened"))
    timezone = models.CharField(_("time zone"), max_length=64)
    month = models.CharField(_("month"), max_length=7)
    at = models.DateTimeField(_("posted"))

    class Meta:
        verbose_name = _("clearing line")
        verbose_name_plural = _("clearing lines")
        indexes = [
            models.Index(fields=["programme", "month"], name="clearing_by_month"),
            models.Index(fields=["issuer", "month"], name="clearing_by_issuer"),
            models.Index(fields=["taker", "month"], name="clearing_by_taker"),
        ]

    def __str__(self) -> str:
        return f"{self.month} {self.issuer_id} → {self.taker_id} {self.value_minor} {self.currency}"

    def entry(self) -> ClearingEntry:
        """The same for the functions of `loyalty.clearing`."""
        return ClearingEntry(
            issuer=self.issuer_id,
            taker=self.taker_id,
            pool=self.pool_id,
            currency=self.currency,
            lot=self.lot_id,
            rate_bp=self.rate_bp,
            points=self.points,
            value_minor=self.value_minor,
        )
