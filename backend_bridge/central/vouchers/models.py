"""Point coupons. Genuine is judged by `loyalty.coupon`; unused is judged here."""

from __future__ import annotations

import datetime as dt

from django.db import models
from django.utils.translation import gettext_lazy as _

from backend_bridge.central.customers.models import Customer
from backend_bridge.central.fleet.models import Terminal
from backend_bridge.central.instants import to_ms
from backend_bridge.central.organisation.models import Branch, Company, Pool
from loyalty.calendar import day_is_over


class PointCoupon(models.Model):
    """A coupon that gives points once. Its home is one terminal and epoch, or nowhere."""

    class State(models.TextChoices):
        """Where in its life a coupon is; only `issued` coupons can be registered."""

        ISSUED = "issued", _("issued (free)")
        REGISTERED = "registered", _("registered")
        EXPIRED = "expired", _("expired")
        CANCELLED = "cancelled", _("cancelled")

    id = models.CharField(_("id"), max_length=16, primary_key=True)
    company = models.ForeignKey(Company, models.PROTECT, verbose_name=_("company"))
    pool = models.ForeignKey(Pool, models.PROTECT, verbose_name=_("pool"))
    points = models.PositiveIntegerField(_("points"))
    last_day = models.DateField(_("last day"), null=True, blank=True)
    batch = models.CharField(_("batch"), max_length=60, blank=True)
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.ISSUED)
    cancelled_at = models.DateTimeField(_("cancelled"), null=True, blank=True)
    home_terminal = models.ForeignKey(Terminal, models.PROTECT, null=True, blank=True, verbose_name=_("home terminal"))
    home_epoch = models.BigIntegerField(_("home epoch"), null=True, blank=True)
    home_grant = models.CharField(_("home grant"), max_length=32, blank=True)
    registered_by = models.ForeignKey(Customer, models.PROTECT, null=True, blank=True, verbose_name=_("registered by"))
    registered_at = models.DateTimeField(_("registered"), null=True, blank=True)

    class Meta:
        verbose_name = _("point coupon")
        verbose_name_plural = _("point coupons")
        constraints = [
            models.CheckConstraint(condition=models.Q(points__gt=0), name="coupon_gives_points"),
            models.CheckConstraint(
                condition=models.Q(home_terminal=None, home_epoch=None, home_grant="")
                | (models.Q(home_terminal__isnull=False, home_epoch__isnull=False) & ~models.Q(home_grant="")),
                name="coupon_home_is_whole",
            ),
            models.CheckConstraint(
                condition=models.Q(state="registered", registered_at__isnull=False, registered_by__isnull=False)
                | (~models.Q(state="registered") & models.Q(registered_at=None, registered_by=None)),
                name="registered_coupon_says_by_whom",
            ),
        ]

    def __str__(self) -> str:
        return self.id

    def has_expired(self, *, at: dt.datetime, branch: Branch) -> bool:
        """Whether the last day (which is included) is over at `at` on `branch`'s wall clock."""
        if self.last_day is None:
            return False
        return day_is_over(self.last_day, at_ms=to_ms(at), timezone=branch.timezone)

    def is_home(self, *, terminal: str, epoch: int) -> bool:
        """Whether the home is this terminal in this epoch."""
        return (self.home_terminal_id, self.home_epoch) == (terminal, epoch)

    def clear_home(self) -> None:
        """The coupon has no home any more; the caller saves."""
        self.home_terminal, self.home_epoch, self.home_grant = None, None, ""
