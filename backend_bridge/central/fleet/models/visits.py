"""Who comes where: what the placing of rights goes by."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from backend_bridge.central.customers.models import Customer
from backend_bridge.central.fleet.models.terminals import Terminal


class TerminalVisit(models.Model):
    """How often a customer's card was laid on a terminal on one day (UTC); kept for 90 days."""

    member = models.ForeignKey(Customer, models.CASCADE, db_index=False, verbose_name=_("customer"))
    terminal = models.ForeignKey(Terminal, models.CASCADE, db_index=False, verbose_name=_("terminal"))
    day = models.DateField(_("day"))
    visits = models.PositiveIntegerField(_("visits"), default=1)
    last_at = models.DateTimeField(_("last visit"))

    class Meta:
        verbose_name = _("visit")
        verbose_name_plural = _("visits")
        constraints = [models.UniqueConstraint(fields=["member", "terminal", "day"], name="one_visit_row_a_day")]

    def __str__(self) -> str:
        return f"{self.terminal_id} {self.day}"
