"""What a branch's till rounds to, and on which terms a company reverses; receipts, what they gave and took, and what of
them came back.

All but rounding and terms is append-only. A receipt's lines and its whole evaluation are in the act that its
cause keeps (`loyalty.acts.sales.SaleMade`), a reversal's in its own.
"""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from backend_bridge.central.append_only import AppendOnlyModel
from backend_bridge.central.customers.models import Customer
from backend_bridge.central.ledger.models import Cause
from backend_bridge.central.organisation.models import Branch, Company
from loyalty.reversal.taking_back import SpentPolicy


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


class ReversalTerms(models.Model):
    """What a company does where points that are to be taken back are spent already. Without a row they are owed."""

    class Spent(models.TextChoices):
        """The policies of `loyalty.reversal.taking_back.SpentPolicy`."""

        ABSORB = SpentPolicy.ABSORB.value, _("the customer owes them, and later points fill it")
        WITHIN_BALANCE = SpentPolicy.WITHIN_BALANCE.value, _("they are forgiven")
        REFUSE = SpentPolicy.REFUSE.value, _("the receipt is not reversed")

    company = models.OneToOneField(Company, models.PROTECT, primary_key=True, verbose_name=_("company"))
    spent = models.CharField(_("where points are spent already"), max_length=16, choices=Spent, default=Spent.ABSORB)

    class Meta:
        verbose_name = _("terms of reversals")
        verbose_name_plural = _("terms of reversals")

    def __str__(self) -> str:
        return str(self.company)


class Figures(AppendOnlyModel):
    """What a receipt, or what came back of one, amounts to: gross = discount + vouchers + points + paid + open,
    and what was rounded. In minor units of the company's currency; `day` is the branch's own date."""

    gross_minor = models.BigIntegerField(_("gross"))
    discount_minor = models.BigIntegerField(_("discount"))
    voucher_minor = models.BigIntegerField(_("paid by vouchers"))
    points_minor = models.BigIntegerField(_("paid by points"))
    paid_minor = models.BigIntegerField(_("paid by money"))
    open_minor = models.BigIntegerField(_("open"))
    rounding_minor = models.BigIntegerField(_("cash rounding"))
    by = models.CharField(_("by"), max_length=100)
    day = models.DateField(_("day"))
    happened_at = models.DateTimeField(_("happened"))
    at = models.DateTimeField(_("posted"))

    class Meta:
        abstract = True


class Receipt(Figures):
    """A receipt that was sold. `number` is the till's own: it is used once at a branch."""

    company = models.ForeignKey(Company, models.PROTECT, verbose_name=_("company"))
    branch = models.ForeignKey(Branch, models.PROTECT, verbose_name=_("branch"))
    number = models.CharField(_("receipt"), max_length=64)
    customer = models.ForeignKey(Customer, models.PROTECT, null=True, blank=True, verbose_name=_("customer"))
    channel = models.CharField(_("bought"), max_length=10)
    currency = models.CharField(_("currency"), max_length=3)
    rules = models.CharField(_("rules"), max_length=12)
    cause = models.OneToOneField(
        Cause, models.PROTECT, to_field="key", related_name="+", db_column="cause", verbose_name=_("cause")
    )

    class Meta:
        verbose_name = _("receipt")
        verbose_name_plural = _("receipts")
        constraints = [models.UniqueConstraint(fields=["branch", "number"], name="one_receipt_per_number")]
        indexes = [
            models.Index(fields=["company", "day"], name="receipts_by_day"),
            models.Index(fields=["customer", "company", "-happened_at"], name="receipts_of_customer"),
        ]

    def __str__(self) -> str:
        return self.number


class Reversal(Figures):
    """What came back of a receipt at once; `number` counts the receipt's reversals from 1."""

    receipt = models.ForeignKey(Receipt, models.PROTECT, related_name="reversals", verbose_name=_("receipt"))
    company = models.ForeignKey(Company, models.PROTECT, verbose_name=_("company"))
    number = models.PositiveIntegerField(_("number"))
    policy = models.CharField(_("where points are spent"), max_length=16)
    complete = models.BooleanField(_("nothing is left"))
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    cause = models.OneToOneField(
        Cause, models.PROTECT, to_field="key", related_name="+", db_column="cause", verbose_name=_("cause")
    )

    class Meta:
        verbose_name = _("reversal")
        verbose_name_plural = _("reversals")
        constraints = [models.UniqueConstraint(fields=["receipt", "number"], name="one_reversal_per_number")]
        indexes = [models.Index(fields=["company", "day"], name="reversals_by_day")]

    def __str__(self) -> str:
        return f"{self.receipt_id}/{self.number}"


class Effect(AppendOnlyModel):
    """What one campaign, voucher or pool did on a receipt; below zero where a reversal took it back.

    Figures of campaigns are sums of these. `source` is a campaign's, voucher's or pool's id.
    """

    class What(models.TextChoices):
        """What was done; `points` and `minor` say how much."""

        CAMPAIGN_DISCOUNT = "campaign_discount", _("discount of a campaign")
        VOUCHER_DISCOUNT = "voucher_discount", _("discount of a voucher")
        VOUCHER_PAID = "voucher_paid", _("paid by voucher")
        POINTS_PAID = "points_paid", _("paid by points")
        PURCHASED_PAID = "purchased_paid", _("paid by purchased points")
        AWARDED = "awarded", _("points awarded")
        REBATE = "rebate", _("voucher for later")
        REGISTERED = "registered", _("point coupon registered")
        BOUGHT = "bought", _("points bought")
        BONUS = "bonus", _("bonus on points bought")

    receipt = models.ForeignKey(Receipt, models.PROTECT, related_name="effects", verbose_name=_("receipt"))
    reversal = models.ForeignKey(
        Reversal, models.PROTECT, null=True, blank=True, related_name="effects", verbose_name=_("reversal")
    )
    company = models.ForeignKey(Company, models.PROTECT, db_index=False, verbose_name=_("company"))
    what = models.CharField(_("what"), max_length=20, choices=What)
    source = models.CharField(_("by"), max_length=64)
    version = models.PositiveIntegerField(_("version"), null=True, blank=True)
    pool = models.CharField(_("pool"), max_length=48, blank=True)
    minor = models.BigIntegerField(_("amount"), default=0)
    points = models.BigIntegerField(_("points"), default=0)
    turnover_minor = models.BigIntegerField(_("turnover"), default=0)
    day = models.DateField(_("day"))

    class Meta:
        verbose_name = _("effect")
        verbose_name_plural = _("effects")
        indexes = [models.Index(fields=["company", "what", "source", "day"], name="effects_by_source")]

    def __str__(self) -> str:
        return f"{self.what} {self.source}"


class ReceiptHome(models.Model):
    """Where the right to reverse a receipt is, while a terminal has it: `sold` is what its entry said, `back` what
    came back of it there so far (MessagePack, both). It is deleted when the terminal gives the right back."""

    cause = models.OneToOneField(
        Cause,
        models.PROTECT,
        to_field="key",
        primary_key=True,
        related_name="+",
        db_column="cause",
        verbose_name=_("cause"),
    )
    company = models.ForeignKey(Company, models.PROTECT, verbose_name=_("company"))
    number = models.CharField(_("receipt"), max_length=64)
    terminal = models.ForeignKey("fleet.Terminal", models.PROTECT, verbose_name=_("terminal"))
    epoch = models.BigIntegerField(_("epoch"))
    seq = models.BigIntegerField(_("sequence"))
    sold = models.BinaryField(_("as it was sold"))
    back = models.BinaryField(_("what came back"))
    recalled_at = models.DateTimeField(_("recalled"), null=True, blank=True)

    class Meta:
        verbose_name = _("receipt at a terminal")
        verbose_name_plural = _("receipts at terminals")
        constraints = [models.UniqueConstraint(fields=["terminal", "epoch", "seq"], name="one_home_per_receipt")]
        indexes = [
            models.Index(
                fields=["recalled_at"], condition=models.Q(recalled_at__isnull=False), name="recalled_receipts"
            )
        ]

    def __str__(self) -> str:
        return self.number
