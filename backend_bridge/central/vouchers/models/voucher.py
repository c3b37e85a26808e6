"""Every voucher and coupon. What may be done with one is decided by `loyalty.vouchers.life`.

`value` and `restrictions` are the JSON of `loyalty.benefits.VoucherValue` and of `loyalty.conditions`.
What is on a money voucher now is not here: it is what the books hold in its lot (`vouchers.records`).
"""

from __future__ import annotations

import datetime as dt

from django.db import models
from django.utils.translation import gettext_lazy as _

from backend_bridge.central.customers.models import Customer
from backend_bridge.central.fleet.models import Terminal
from backend_bridge.central.instants import to_ms
from backend_bridge.central.organisation.models import Branch, Company, Pool
from backend_bridge.central.vouchers.models.batch import VoucherBatch
from backend_bridge.central.vouchers.models.checks import CHECKS
from loyalty.calendar import day_is_over, local_date


class Voucher(models.Model):
    """One voucher. Its home is one terminal and epoch, or nowhere. `id` is what its printed code carries."""

    class Kind(models.TextChoices):
        """What it gives; the names are the tags of `VoucherValue`."""

        MONEY = "money", _("money")
        POINTS = "points", _("points")
        GOODS = "goods", _("goods")
        SERVICE = "service", _("service")
        PERCENT = "percent", _("percent off")
        AMOUNT = "amount", _("amount off")
        PAST = "past", _("discount on what was bought")

    class Form(models.TextChoices):
        """How it is presented."""

        BARCODE = "barcode", _("barcode")
        ACCOUNT = "account", _("on the card")
        CERTIFICATE = "certificate", _("certificate")

    class State(models.TextChoices):
        """Where in its life it is."""

        DRAFT = "draft", _("draft")
        ISSUED = "issued", _("issued (free)")
        REGISTERED = "registered", _("registered")
        REDEEMED = "redeemed", _("redeemed")
        EXPIRED = "expired", _("expired")
        CANCELLED = "cancelled", _("cancelled")

    class Purpose(models.TextChoices):
        """The VAT class of one that was sold; none for one that was given away."""

        GIVEN = "", _("given away")
        SINGLE = "single", _("sold, single-purpose")
        MULTI = "multi", _("sold, multi-purpose")

    id = models.CharField(_("id"), max_length=16, primary_key=True)
    company = models.ForeignKey(Company, models.PROTECT, related_name="vouchers", verbose_name=_("company"))
    funded_by = models.ForeignKey(Company, models.PROTECT, related_name="+", verbose_name=_("funded by"))
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    form = models.CharField(_("form"), max_length=12, choices=Form, default=Form.BARCODE)
    state = models.CharField(_("state"), max_length=12, choices=State)
    value = models.JSONField(_("value"))
    restrictions = models.JSONField(_("restrictions"), default=dict, blank=True)
    valid_from = models.DateField(_("first day"), null=True, blank=True)
    valid_until = models.DateField(_("last day"), null=True, blank=True)
    pool = models.ForeignKey(Pool, models.PROTECT, null=True, blank=True, verbose_name=_("pool"))
    points = models.PositiveBigIntegerField(_("points"), default=0)
    currency = models.CharField(_("currency"), max_length=3)
    face_minor = models.PositiveBigIntegerField(_("issued with, in minor units"), default=0)
    lapsed_minor = models.PositiveBigIntegerField(_("left when it expired, in minor units"), default=0)
    lapsed_uses = models.PositiveIntegerField(_("uses left when it expired"), default=0)
    purpose = models.CharField(_("VAT class"), max_length=8, choices=Purpose, blank=True, default=Purpose.GIVEN)
    vat_rate_bp = models.PositiveSmallIntegerField(_("VAT rate in 1/100 %"), null=True, blank=True)
    uses_total = models.PositiveIntegerField(_("uses"), default=0)
    uses_left = models.PositiveIntegerField(_("uses left"), default=0)
    uses_made = models.PositiveIntegerField(_("uses made"), default=0)
    owner = models.ForeignKey(
        Customer, models.PROTECT, null=True, blank=True, related_name="vouchers", verbose_name=_("owner")
    )
    owner_bound = models.BooleanField(_("works with its owner's card only"), default=False)
    batch = models.ForeignKey(
        VoucherBatch, models.PROTECT, null=True, blank=True, related_name="vouchers", verbose_name=_("batch")
    )
    receipt = models.CharField(_("receipt that it came with"), max_length=64, blank=True)
    home_terminal = models.ForeignKey(Terminal, models.PROTECT, null=True, blank=True, verbose_name=_("home terminal"))
    home_epoch = models.BigIntegerField(_("home epoch"), null=True, blank=True)
    home_grant = models.CharField(_("home grant"), max_length=32, blank=True)
    created_at = models.DateTimeField(_("made"))
    issued_at = models.DateTimeField(_("issued"), null=True, blank=True)
    registered_at = models.DateTimeField(_("registered"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    class Meta:
        verbose_name = _("voucher")
        verbose_name_plural = _("vouchers")
        constraints = CHECKS
        indexes = [
            models.Index(fields=["company", "state", "id"], name="vouchers_by_state"),
            models.Index(
                fields=["company", "valid_until"],
                condition=models.Q(state__in=["issued", "registered"], valid_until__isnull=False),
                name="vouchers_that_will_expire",
            ),
        ]

    def __str__(self) -> str:
        return self.id

    @property
    def has_posted_points(self) -> bool:
        """Whether it was a point coupon, and is registered."""
        return self.kind == self.Kind.POINTS and self.state == self.State.REGISTERED

    def has_expired(self, *, at: dt.datetime, branch: Branch) -> bool:
        """Whether the last day (which is included) is over at `at` on `branch`'s wall clock."""
        if self.valid_until is None:
            return False
        return day_is_over(self.valid_until, at_ms=to_ms(at), timezone=branch.timezone)

    def is_for(self, customer: str, *, at: dt.datetime, branch: Branch) -> bool:
        """Whether `customer` may have it, and its first day has come on `branch`'s wall clock."""
        today = local_date(to_ms(at), branch.timezone)
        return self.owner_id in (None, customer) and (self.valid_from is None or self.valid_from <= today)

    def is_home(self, *, terminal: str, epoch: int) -> bool:
        """Whether the home is this terminal in this epoch."""
        return (self.home_terminal_id, self.home_epoch) == (terminal, epoch)

    def clear_home(self) -> None:
        """It has no home any more; the caller saves."""
        self.home_terminal, self.home_epoch, self.home_grant = None, None, ""
