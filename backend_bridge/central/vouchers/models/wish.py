"""Changes that wait until a terminal has given a voucher back (design, "Never twice", 12)."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from backend_bridge.central.vouchers.models.voucher import Voucher


class VoucherWish(models.Model):
    """A change of a voucher that has a home. It is judged when the voucher is back: what was redeemed until
    then stands. `change` is the JSON of `loyalty.acts.vouchers.Change`."""

    class Outcome(models.TextChoices):
        """What became of it."""

        PENDING = "pending", _("pending")
        DONE = "done", _("done")
        REFUSED = "refused", _("refused")

    voucher = models.ForeignKey(Voucher, models.PROTECT, related_name="wishes", verbose_name=_("voucher"))
    cause = models.CharField(_("cause"), max_length=140, unique=True)
    change = models.TextField(_("change"))
    by = models.CharField(_("by"), max_length=100)
    wished_at = models.DateTimeField(_("wished"))
    outcome = models.CharField(_("outcome"), max_length=8, choices=Outcome, default=Outcome.PENDING)
    reason = models.CharField(_("reason"), max_length=40, blank=True)
    settled_at = models.DateTimeField(_("settled"), null=True, blank=True)

    class Meta:
        verbose_name = _("pending change of a voucher")
        verbose_name_plural = _("pending changes of vouchers")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(outcome="pending", settled_at=None)
                | (~models.Q(outcome="pending") & models.Q(settled_at__isnull=False)),
                name="settled_wish_says_when",
            )
        ]

    def __str__(self) -> str:
        return f"{self.voucher_id} {self.outcome}"
