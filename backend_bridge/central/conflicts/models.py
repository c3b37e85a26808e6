"""Conflicts, and which risk a company has agreed to bear."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from backend_bridge.central.fleet.models import Terminal
from backend_bridge.central.organisation.models import Company, Pool


class RiskTerms(models.Model):
    """What the contract says about a company's risk; without a row the company bears its own, and allows none.

    `allowance_minor` is the most that a single redemption may be let through with at risk, in minor units of the
    company's currency.
    """

    company = models.OneToOneField(Company, models.PROTECT, related_name="risk_terms", verbose_name=_("company"))
    bearer = models.ForeignKey(
        Company,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("who bears it"),
        help_text=_("Empty: the company itself. Otherwise the operator's own company, if so agreed."),
    )
    allowance_minor = models.BigIntegerField(_("allowance, in minor units"), default=0)

    class Meta:
        verbose_name = _("risk terms")
        verbose_name_plural = _("risk terms")
        constraints = [
            models.CheckConstraint(condition=models.Q(allowance_minor__gte=0), name="allowance_is_not_negative")
        ]

    def __str__(self) -> str:
        return str(self.company_id)


class Conflict(models.Model):
    """Something that was promised at a terminal of `company` and cannot simply be posted, or cost somebody.

    `key` makes each one noted once. `points` of `pool` are worth `value_minor` in the pool's currency. `bearer` pays;
    none: the operator, or nobody where nothing was lost.
    """

    class Kind(models.TextChoices):
        """What went wrong."""

        SUSPENSE = "suspense", _("cannot be posted")
        FORK = "fork", _("other branch of a fork")
        NOTED_COUPON = "noted_coupon", _("noted coupon was already used")
        LATE_SPEND = "late_spend", _("spent, turned up after the journal was closed")
        LATE_COUPON = "late_coupon", _("registered, turned up after the journal was closed")
        UNKNOWN_GRANT = "unknown_grant", _("grant from before a restore")
        BLOCKED_CARD = "blocked_card", _("spent with a blocked card")

    class State(models.TextChoices):
        """Whether it is dealt with."""

        OPEN = "open", _("open")
        SETTLED = "settled", _("settled")

    key = models.CharField(_("key"), max_length=180, unique=True)
    kind = models.CharField(_("kind"), max_length=16, choices=Kind)
    company = models.ForeignKey(Company, models.PROTECT, related_name="conflicts", verbose_name=_("company"))
    terminal = models.ForeignKey(Terminal, models.PROTECT, verbose_name=_("terminal"))
    entry = models.CharField(_("journal entry"), max_length=120)
    happened_at = models.DateTimeField(_("happened"))
    noticed_at = models.DateTimeField(_("noticed"))
    points = models.BigIntegerField(_("points"), default=0)
    pool = models.ForeignKey(Pool, models.PROTECT, null=True, blank=True, verbose_name=_("pool"))
    value_minor = models.BigIntegerField(_("value"), default=0)
    bearer = models.ForeignKey(
        Company, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("borne by")
    )
    detail = models.CharField(_("detail"), max_length=300)
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.OPEN)
    note = models.CharField(_("note"), max_length=300, blank=True)
    settled_at = models.DateTimeField(_("settled"), null=True, blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("settled by")
    )

    class Meta:
        verbose_name = _("conflict")
        verbose_name_plural = _("conflicts")
        indexes = [
            models.Index(fields=["company", "state", "noticed_at"], name="conflicts_of_company"),
            models.Index(fields=["entry"], name="conflicts_of_entry"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.entry}"
