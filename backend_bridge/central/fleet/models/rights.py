"""Rights that terminals ask for and are given."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from backend_bridge.central.customers.models import Customer
from backend_bridge.central.fleet.models.terminals import Terminal


class RightsAsk(models.Model):
    """A terminal's request for rights: answered once, however often it is asked."""

    class Status(models.TextChoices):
        """What became of the request."""

        WAITING = "waiting", _("waits for a recall")
        GRANTED = "granted", _("granted")
        REFUSED = "refused", _("refused")

    terminal = models.ForeignKey(Terminal, models.PROTECT, verbose_name=_("terminal"))
    epoch = models.BigIntegerField(_("epoch"))
    request = models.CharField(_("request"), max_length=64)
    status = models.CharField(_("status"), max_length=8, choices=Status)
    ask = models.BinaryField(_("the request as it came"))
    member = models.ForeignKey(Customer, models.PROTECT, null=True, verbose_name=_("member"))
    deadline_at = models.DateTimeField(_("deadline"))
    refusal = models.JSONField(_("refusal"), null=True)

    class Meta:
        verbose_name = _("request for rights")
        verbose_name_plural = _("requests for rights")
        constraints = [models.UniqueConstraint(fields=["terminal", "epoch", "request"], name="asked_once")]
        indexes = [
            models.Index(fields=["deadline_at"], condition=models.Q(status="waiting"), name="waiting_asks"),
        ]

    def __str__(self) -> str:
        return f"{self.terminal_id}/{self.epoch}/{self.request}"


class Grant(models.Model):
    """Rights given to one terminal and epoch; `sealed` is sent again until it is journaled there.

    `generation` is the central system's when it was given. One `from_journal` was given before a restore: the books
    know it from the terminal's journal alone.
    """

    class Status(models.TextChoices):
        """Whether the terminal has journaled it."""

        OPEN = "open", _("open")
        TAKEN = "taken", _("taken")
        RETURNED = "returned", _("gone back, never taken")

    id = models.CharField(_("id"), max_length=32, primary_key=True)
    request = models.CharField(_("request"), max_length=64)
    terminal = models.ForeignKey(Terminal, models.PROTECT, related_name="grants", verbose_name=_("terminal"))
    epoch = models.BigIntegerField(_("epoch"))
    member = models.ForeignKey(Customer, models.PROTECT, verbose_name=_("member"))
    sealed = models.BinaryField(_("as it was sent"))
    lots = models.JSONField(_("points by lot"), default=dict)
    coupon = models.CharField(_("coupon"), max_length=16, blank=True)
    status = models.CharField(_("status"), max_length=8, choices=Status, default=Status.OPEN)
    made_at = models.DateTimeField(_("made"))
    sent_at = models.DateTimeField(_("last sent"))
    sends = models.PositiveIntegerField(_("times sent"), default=1)
    generation = models.BigIntegerField(_("generation"), default=0)
    from_journal = models.BooleanField(_("known from the journal"), default=False)

    class Meta:
        verbose_name = _("grant")
        verbose_name_plural = _("grants")
        constraints = [models.UniqueConstraint(fields=["terminal", "epoch", "request"], name="granted_once")]
        indexes = [models.Index(fields=["sent_at"], condition=models.Q(status="open"), name="open_grants")]

    def __str__(self) -> str:
        return self.id
