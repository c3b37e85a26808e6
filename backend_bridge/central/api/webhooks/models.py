"""Endpoints, events, and their deliveries."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from backend_bridge.central.organisation.models import Company


class Webhook(models.Model):
    """Where a company's system wants to be told. Its secret is not here: it follows from a key in a file."""

    id = models.CharField(_("id"), max_length=32, primary_key=True)
    company = models.ForeignKey(Company, models.PROTECT, verbose_name=_("company"))
    client = models.CharField(_("system"), max_length=48)
    url = models.CharField(_("address"), max_length=500)
    events = models.JSONField(_("events"), default=list)
    active = models.BooleanField(_("active"), default=True)
    why_inactive = models.CharField(_("why it is off"), max_length=40, blank=True)
    #: The secret's number; the one before counts until `old_secret_until`.
    secret_number = models.PositiveIntegerField(_("number of the secret"), default=1)
    old_secret_until = models.DateTimeField(_("the old secret counts until"), null=True, blank=True)
    next_sequence = models.BigIntegerField(_("next number"), default=1)
    created_at = models.DateTimeField(_("created"))

    class Meta:
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")

    def __str__(self) -> str:
        return f"{self.client} · {self.url}"


class WebhookEvent(models.Model):
    """Something that happened at a company. `id` follows from its cause, so that it is made once."""

    id = models.CharField(_("id"), max_length=32, primary_key=True)
    company = models.ForeignKey(Company, models.PROTECT, verbose_name=_("company"))
    type = models.CharField(_("type"), max_length=40)
    data = models.TextField(_("data"))
    happened_at = models.DateTimeField(_("happened"))
    made_at = models.DateTimeField(_("made"), db_index=True)

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")

    def __str__(self) -> str:
        return f"{self.type} {self.id}"


class Delivery(models.Model):
    """One event for one webhook. Deliveries of a webhook go out by `sequence`, one at a time."""

    class State(models.TextChoices):
        """What became of it. Only `waiting` ones go out."""

        WAITING = "waiting", _("waiting")
        DELIVERED = "delivered", _("delivered")
        DEAD = "dead", _("given up")
        DISCARDED = "discarded", _("discarded")

    webhook = models.ForeignKey(Webhook, models.CASCADE, related_name="deliveries", verbose_name=_("webhook"))
    sequence = models.BigIntegerField(_("number"))
    event = models.ForeignKey(WebhookEvent, models.PROTECT, verbose_name=_("event"))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.WAITING)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    since = models.DateTimeField(_("tried since"), null=True, blank=True)
    next_at = models.DateTimeField(_("next try"))
    last_at = models.DateTimeField(_("last try"), null=True, blank=True)
    last_result = models.CharField(_("last result"), max_length=40, blank=True)

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints = [models.UniqueConstraint(fields=["webhook", "sequence"], name="one_delivery_per_number")]
        indexes = [
            models.Index(fields=["webhook", "sequence"], condition=models.Q(state="waiting"), name="waiting_deliveries")
        ]

    def __str__(self) -> str:
        return f"{self.webhook_id}/{self.sequence}"


class OutboxMark(models.Model):
    """Up to which cause the ledger was read. There is one row."""

    through = models.BigIntegerField(_("read up to cause"), default=0)

    class Meta:
        verbose_name = _("outbox mark")
        verbose_name_plural = _("outbox marks")

    def __str__(self) -> str:
        return str(self.through)
