"""Generations of the central system: each restore begins one, and terminals replay into it (ADR 0018)."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from backend_bridge.central.fleet.models.terminals import Terminal


class Generation(models.Model):
    """From here on the books are those of a backup, and what terminals have journaled since.

    Until `done_at` nothing is granted. A central system that was never restored has no row.
    """

    number = models.BigIntegerField(_("number"), unique=True)
    began_at = models.DateTimeField(_("began"))
    reason = models.CharField(_("reason"), max_length=200)
    done_at = models.DateTimeField(_("all have replayed"), null=True, blank=True)

    class Meta:
        verbose_name = _("generation")
        verbose_name_plural = _("generations")

    def __str__(self) -> str:
        return str(self.number)


class TerminalReplay(models.Model):
    """How a terminal stands to a generation; without a row it has not replayed yet.

    `epoch` and `seq` say which journal was applied up to where when it had.
    """

    class State(models.TextChoices):
        """Whether its journal is in the restored books."""

        REPLAYED = "replayed", _("replayed")
        LOST = "lost", _("declared lost")

    generation = models.ForeignKey(Generation, models.PROTECT, related_name="replays", verbose_name=_("generation"))
    terminal = models.ForeignKey(Terminal, models.PROTECT, verbose_name=_("terminal"))
    state = models.CharField(_("state"), max_length=8, choices=State)
    epoch = models.BigIntegerField(_("epoch"), default=-1)
    seq = models.BigIntegerField(_("applied up to"), default=-1)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("replay of a terminal")
        verbose_name_plural = _("replays of terminals")
        constraints = [models.UniqueConstraint(fields=["generation", "terminal"], name="replayed_once")]

    def __str__(self) -> str:
        return f"{self.terminal_id} {self.state}"
