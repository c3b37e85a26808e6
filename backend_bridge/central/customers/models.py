"""Customers belong to the programme; what a company knows of one is its membership."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from backend_bridge.central.organisation.models import Company, Programme


class Customer(models.Model):
    """A person with an account. `id` is a pseudonym: messages and ledgers carry nothing else."""

    id = models.CharField(_("id"), max_length=32, primary_key=True)
    programme = models.ForeignKey(Programme, models.PROTECT, verbose_name=_("programme"))
    username = models.CharField(_("username"), max_length=60, unique=True)
    display_name = models.CharField(_("display name"), max_length=120)
    created_at = models.DateTimeField(_("since"))
    companies = models.ManyToManyField(
        Company, through="Membership", related_name="customers", verbose_name=_("companies")
    )

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")

    def __str__(self) -> str:
        return self.username


class Membership(models.Model):
    """One company knows one customer: from here on its office sees them."""

    customer = models.ForeignKey(Customer, models.CASCADE, verbose_name=_("customer"))
    company = models.ForeignKey(Company, models.CASCADE, verbose_name=_("company"))
    since = models.DateTimeField(_("since"))

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [models.UniqueConstraint(fields=["company", "customer"], name="known_once")]

    def __str__(self) -> str:
        return f"{self.customer_id} @ {self.company_id}"


class Card(models.Model):
    """A card by its pseudonym (`loyalty.cards.card_token`). A blocked card stays known."""

    class Trust(models.TextChoices):
        """How well a card proves itself (design, "Cards")."""

        UID = "uid", _("number only")
        SUN = "sun", _("dynamic message")
        EV2 = "ev2", _("challenge and response")

    class Status(models.TextChoices):
        """Whether the card may be used."""

        ACTIVE = "active", _("active")
        BLOCKED = "blocked", _("blocked")

    token = models.CharField(_("token"), max_length=32, primary_key=True)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="cards", verbose_name=_("customer"))
    family = models.CharField(_("family"), max_length=40)
    trust = models.CharField(_("trust level"), max_length=8, choices=Trust, default=Trust.UID)
    status = models.CharField(_("status"), max_length=8, choices=Status, default=Status.ACTIVE)
    blocked_at = models.DateTimeField(_("blocked"), null=True, blank=True)
    replaced_by = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="replaces", verbose_name=_("replaced by")
    )

    class Meta:
        verbose_name = _("card")
        verbose_name_plural = _("cards")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status="active", blocked_at=None)
                | models.Q(status="blocked", blocked_at__isnull=False),
                name="blocked_card_says_since_when",
            ),
            models.CheckConstraint(
                condition=models.Q(replaced_by=None) | models.Q(status="blocked"), name="replaced_card_is_blocked"
            ),
        ]

    def __str__(self) -> str:
        return self.token
