"""Vouchers that were made together."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from backend_bridge.central.organisation.models import Company


class VoucherBatch(models.Model):
    """A batch by the name that staff gave it. `id` follows from the act that made it."""

    id = models.CharField(_("id"), max_length=64, primary_key=True)
    company = models.ForeignKey(Company, models.PROTECT, verbose_name=_("company"))
    name = models.CharField(_("name"), max_length=60)
    size = models.PositiveIntegerField(_("vouchers"))
    made_at = models.DateTimeField(_("made"))
    by = models.CharField(_("by"), max_length=100)

    class Meta:
        verbose_name = _("batch of vouchers")
        verbose_name_plural = _("batches of vouchers")
        indexes = [models.Index(fields=["company", "-made_at"], name="newest_batches")]

    def __str__(self) -> str:
        return self.name
