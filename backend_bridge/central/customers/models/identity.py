"""A customer belongs to the programme: pseudonym, username and cards. No company's knowledge is here."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from backend_bridge.central.append_only import AppendOnlyModel
from backend_bridge.central.customers.usernames import skeleton_of_column
from backend_bridge.central.organisation.models import Company, Programme


class Customer(models.Model):
    """A person with an account. `id` is a pseudonym: messages and ledgers carry nothing else.

    `display_name` is what the customer lets the whole programme call them, screens included. How a
    company calls them is the membership's, and stays there (P6).
    """

    class Standing(models.TextChoices):
        """Whether the person takes part, or is only known to a company as somebody to write to."""

        MEMBER = "member", _("member")
        CONTACT = "contact", _("contact")

    id = models.CharField(_("id"), max_length=32, primary_key=True)
    programme = models.ForeignKey(Programme, models.PROTECT, verbose_name=_("programme"))
    username = models.CharField(_("username"), max_length=60, unique=True)
    display_name = models.CharField(_("display name"), max_length=120, blank=True)
    created_at = models.DateTimeField(_("since"))
    standing = models.CharField(_("standing"), max_length=8, choices=Standing, default=Standing.MEMBER)
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="merged", verbose_name=_("merged into")
    )
    companies = models.ManyToManyField(
        Company, through="Membership", related_name="customers", verbose_name=_("companies")
    )

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        constraints = [
            models.UniqueConstraint(
                skeleton_of_column("username"),
                name="username_not_to_be_mistaken",
                violation_error_message=_("This username can be mistaken for another one. Choose another one."),
            )
        ]

    def __str__(self) -> str:
        return self.username


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


class CardEvent(AppendOnlyModel):
    """What was done with a card, when, by whom, and for which company (none: by the operator)."""

    class What(models.TextChoices):
        """What was done."""

        ISSUED = "issued", _("issued")
        BLOCKED = "blocked", _("blocked")
        UNBLOCKED = "unblocked", _("unblocked")
        REPLACED = "replaced", _("replaced")
        PIN_SET = "pin_set", _("PIN set")
        PIN_CHANGED = "pin_change", _("PIN changed")
        PIN_RESET = "pin_reset", _("PIN reset")
        PIN_BLOCKED = "pin_block", _("PIN blocked after wrong ones")
        PIN_ENDED = "pin_ended", _("PIN removed with the card")

    card = models.ForeignKey(Card, models.PROTECT, related_name="events", verbose_name=_("card"))
    what = models.CharField(_("what"), max_length=10, choices=What)
    company = models.ForeignKey(Company, models.PROTECT, null=True, blank=True, verbose_name=_("company"))
    by = models.CharField(_("by"), max_length=80)
    at = models.DateTimeField(_("at"))
    reason = models.CharField(_("reason"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("card event")
        verbose_name_plural = _("card events")

    def __str__(self) -> str:
        return f"{self.card_id} {self.what}"
