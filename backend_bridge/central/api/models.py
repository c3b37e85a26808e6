"""API keys, the answers that were given to requests with an idempotency key, and webhooks."""

from __future__ import annotations

import datetime as dt

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from backend_bridge.central.api.scopes import check_scopes
from backend_bridge.central.api.webhooks.models import Delivery, OutboxMark, Webhook, WebhookEvent
from backend_bridge.central.organisation.models import Branch, Company, slug

__all__ = ["ApiKey", "Delivery", "GivenAnswer", "OutboxMark", "Webhook", "WebhookEvent"]


class ApiKey(models.Model):
    """A neighbour's key for one company. The secret is not here: only its digest.

    `client` names the neighbour's system. It stays when a key is exchanged for a new one, so that a
    request that is repeated with the new key is the same request.
    """

    class Channel(models.TextChoices):
        """Where a redemption through this key takes place (V15)."""

        TERMINAL = "terminal", _("at a counter")
        WEBSHOP = "webshop", _("in a web shop")

    id = models.CharField(_("id"), max_length=16, primary_key=True)
    company = models.ForeignKey(Company, models.PROTECT, verbose_name=_("company"))
    client = models.CharField(_("system"), max_length=48, validators=[slug])
    digest = models.CharField(_("digest of the secret"), max_length=64)
    scopes = models.JSONField(_("scopes"), default=list, validators=[check_scopes])
    channel = models.CharField(_("channel"), max_length=8, choices=Channel, default=Channel.TERMINAL)
    branch = models.ForeignKey(Branch, models.PROTECT, null=True, blank=True, verbose_name=_("default branch"))
    per_second = models.PositiveSmallIntegerField(
        _("calls a second"), default=50, validators=[MinValueValidator(1), MaxValueValidator(10_000)]
    )
    created_at = models.DateTimeField(_("created"))
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True)

    class Meta:
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")

    def __str__(self) -> str:
        return f"{self.client} · {self.id}"

    def clean(self) -> None:
        """Raises `ValidationError` for a branch of another company."""
        if self.branch is not None and self.branch.company_id != self.company_id:
            raise ValidationError({"branch": _("this company has no such branch")})

    def usable(self, *, at: dt.datetime) -> bool:
        """Whether it opens anything at `at`."""
        return self.revoked_at is None and (self.expires_at is None or at < self.expires_at)


class GivenAnswer(models.Model):
    """What was answered to one request that did something, by its idempotency key.

    Written in the transaction in which it was done. `fingerprint` is of the request, so that a key
    that is used for another one is noticed.
    """

    company = models.ForeignKey(Company, models.PROTECT, verbose_name=_("company"))
    client = models.CharField(_("system"), max_length=48)
    key = models.CharField(_("idempotency key"), max_length=128)
    fingerprint = models.CharField(_("fingerprint of the request"), max_length=64)
    status = models.PositiveSmallIntegerField(_("status"))
    body = models.TextField(_("body"))
    at = models.DateTimeField(_("answered"), db_index=True)

    class Meta:
        verbose_name = _("given answer")
        verbose_name_plural = _("given answers")
        constraints = [models.UniqueConstraint(fields=["company", "client", "key"], name="one_answer_per_key")]

    def __str__(self) -> str:
        return f"{self.company_id}/{self.client}/{self.key}"
