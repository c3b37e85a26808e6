"""Journals that have ended for good, what they held then, and who signed for it (ADR 0018)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from backend_bridge.central.customers.models import Customer
from backend_bridge.central.fleet.models.terminals import Terminal
from backend_bridge.central.organisation.models import Company


class JournalClosing(models.Model):
    """A journal (terminal, epoch) whose rights went back. What still turns up of it is charged to `bearer`.

    Made by acts only. It gets no rights any more, and holds none.
    """

    class How(models.TextChoices):
        """Why nothing more is held there."""

        COMPLETE = "complete", _("complete")
        WRITTEN_OFF = "written_off", _("written off")

    terminal = models.ForeignKey(Terminal, models.PROTECT, related_name="closings", verbose_name=_("terminal"))
    epoch = models.BigIntegerField(_("epoch"))
    how = models.CharField(_("how"), max_length=12, choices=How)
    bearer = models.ForeignKey(Company, models.PROTECT, verbose_name=_("who bears what turns up later"))
    cause = models.CharField(_("cause"), max_length=140)
    at = models.DateTimeField(_("closed"))

    class Meta:
        verbose_name = _("closed journal")
        verbose_name_plural = _("closed journals")
        constraints = [models.UniqueConstraint(fields=["terminal", "epoch"], name="closed_once")]

    def __str__(self) -> str:
        return f"{self.terminal_id}/{self.epoch}"


class ReleasedRight(models.Model):
    """`points` of a lot that went back from a closed journal; `left` of them have not turned up as spent there.

    No more than that can ever be charged to whoever bears the risk, whatever the journal says. Of a lot that came up
    only after the closing (`born_late`), nobody has been paid twice yet: it pays for its own late spends.
    """

    terminal = models.ForeignKey(Terminal, models.PROTECT, verbose_name=_("terminal"))
    epoch = models.BigIntegerField(_("epoch"))
    lot = models.CharField(_("lot"), max_length=64)
    member = models.ForeignKey(Customer, models.PROTECT, db_index=False, verbose_name=_("member"))
    points = models.BigIntegerField(_("points"))
    left = models.BigIntegerField(_("not turned up"))
    born_late = models.BooleanField(_("came up after the closing"), default=False)

    class Meta:
        verbose_name = _("released right")
        verbose_name_plural = _("released rights")
        constraints = [
            models.UniqueConstraint(fields=["terminal", "epoch", "lot"], name="released_once"),
            models.CheckConstraint(
                condition=models.Q(left__gte=0) & models.Q(left__lte=models.F("points")), name="released_is_within"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.terminal_id}/{self.epoch} {self.lot}"


class BorneSpend(models.Model):
    """`points` of a lot that the journal entry `entry` spent late, and `bearer` paid. `returned` of them came back by
    a reversal: to the bearer, because the member had them already."""

    terminal = models.ForeignKey(Terminal, models.PROTECT, verbose_name=_("terminal"))
    entry = models.CharField(_("journal entry"), max_length=120)
    lot = models.CharField(_("lot"), max_length=64)
    bearer = models.ForeignKey(Company, models.PROTECT, verbose_name=_("borne by"))
    points = models.BigIntegerField(_("points"))
    returned = models.BigIntegerField(_("came back"), default=0)

    class Meta:
        verbose_name = _("spend at risk")
        verbose_name_plural = _("spends at risk")
        constraints = [
            models.UniqueConstraint(fields=["entry", "lot"], name="borne_once"),
            models.CheckConstraint(
                condition=models.Q(returned__gte=0) & models.Q(returned__lte=models.F("points")),
                name="borne_comes_back_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.entry} {self.lot}"


class WriteOff(models.Model):
    """Two people sign that something is lost: one asks, another one confirms.

    `RIGHTS`: what the journal (terminal, epoch) holds. `REPLAY`: a terminal that will not send its journals again
    after a restore; `epoch` is empty then.
    """

    class Kind(models.TextChoices):
        """What is lost."""

        RIGHTS = "rights", _("rights of a journal")
        REPLAY = "replay", _("replay after a restore")

    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    terminal = models.ForeignKey(Terminal, models.PROTECT, verbose_name=_("terminal"))
    epoch = models.BigIntegerField(_("epoch"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=200)
    #: The terminal is in use, or was just now, and this was asked for all the same.
    although_in_use = models.BooleanField(_("although it was online lately"), default=False)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("asked by"))
    asked_at = models.DateTimeField(_("asked"))
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("confirmed by"),
    )
    confirmed_at = models.DateTimeField(_("confirmed"), null=True, blank=True)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)

    class Meta:
        verbose_name = _("write-off")
        verbose_name_plural = _("write-offs")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(confirmed_by=None) | ~models.Q(confirmed_by=models.F("asked_by")),
                name="two_sign_a_write_off",
            ),
            models.CheckConstraint(
                condition=models.Q(confirmed_at=None) | models.Q(withdrawn_at=None), name="write_off_ends_one_way"
            ),
            models.UniqueConstraint(
                fields=["terminal", "kind"],
                condition=models.Q(confirmed_at=None, withdrawn_at=None),
                name="one_open_write_off",
            ),
        ]

    def __str__(self) -> str:
        return self.terminal_id if self.epoch is None else f"{self.terminal_id}/{self.epoch}"
