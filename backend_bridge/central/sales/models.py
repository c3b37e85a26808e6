"""What a branch's till rounds to; receipts and what they came to."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from backend_bridge.central.organisation.models import Branch


class CashRounding(models.Model):
    """How cash is rounded at a branch where its currency alone does not say it (D2)."""

    branch = models.OneToOneField(Branch, models.PROTECT, primary_key=True, verbose_name=_("branch"))
    country = models.CharField(
        _("country"),
        max_length=2,
        blank=True,
        validators=[RegexValidator(r"^[A-Z]{2}$", _("two capital letters, as NL"))],
        help_text=_("Two letters, for instance NL: there, euros are rounded to 5 cents."),
    )
    cash_step_minor = models.PositiveIntegerField(
        _("smallest coin in minor units"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(10_000)],
        help_text=_("Only where the branch rounds otherwise than its country; 1 rounds nothing."),
    )

    class Meta:
        verbose_name = _("cash rounding")
        verbose_name_plural = _("cash rounding")

    def __str__(self) -> str:
        return str(self.branch)
