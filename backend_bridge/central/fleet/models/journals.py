"""What terminals have written, and up to where it is applied."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from backend_bridge.central.append_only import AppendOnlyModel
from backend_bridge.central.fleet.models.terminals import Terminal
from backend_bridge.central.organisation.models import Branch


class EpochHead(models.Model):
    """Up to where one journal (terminal, epoch) is applied. A stopped one has forked."""

    terminal = models.ForeignKey(Terminal, models.PROTECT, related_name="heads", verbose_name=_("terminal"))
    epoch = models.BigIntegerField(_("epoch"))
    seq = models.BigIntegerField(_("applied up to"))
    head = models.CharField(_("head hash"), max_length=64)
    stopped = models.BooleanField(_("stopped"), default=False)
    #: Unix milliseconds: the newest time that an entry's own evidence shows; no entry after it is older.
    known_ms = models.BigIntegerField(_("newest known time"), null=True, blank=True)

    class Meta:
        verbose_name = _("journal head")
        verbose_name_plural = _("journal heads")
        constraints = [models.UniqueConstraint(fields=["terminal", "epoch"], name="one_head_per_epoch")]

    def __str__(self) -> str:
        return f"{self.terminal_id}/{self.epoch}/{self.seq}"


class JournalEntry(AppendOnlyModel):
    """An applied entry, byte for byte as its terminal signed it, and where the terminal stood then."""

    class Outcome(models.TextChoices):
        """What became of the entry."""

        POSTED = "posted", _("posted")
        SUSPENSE = "suspense", _("suspense")

    terminal = models.ForeignKey(Terminal, models.PROTECT, verbose_name=_("terminal"))
    #: By whose wall clock it was judged; none where it was applied before this was kept. The database need not check
    #: with each entry what it holds the terminal to.
    branch = models.ForeignKey(
        Branch,
        models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        db_constraint=False,
        verbose_name=_("branch where it stood"),
    )
    epoch = models.BigIntegerField(_("epoch"))
    seq = models.BigIntegerField(_("sequence"))
    kind = models.CharField(_("kind"), max_length=40)
    payload = models.BinaryField(_("payload"))
    signature = models.BinaryField(_("signature"))
    key_id = models.CharField(_("key id"), max_length=16)
    hash = models.CharField(_("hash"), max_length=64)
    applied_at = models.DateTimeField(_("applied"))
    outcome = models.CharField(_("outcome"), max_length=8, choices=Outcome)
    reason = models.CharField(_("reason"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("journal entry")
        verbose_name_plural = _("journal entries")
        constraints = [models.UniqueConstraint(fields=["terminal", "epoch", "seq"], name="entry_applied_once")]

    def __str__(self) -> str:
        return f"{self.terminal_id}/{self.epoch}/{self.seq}"


class ForkedEntry(AppendOnlyModel):
    """An authentic entry of a journal that has two branches; it is kept and not applied."""

    terminal = models.ForeignKey(Terminal, models.PROTECT, verbose_name=_("terminal"))
    epoch = models.BigIntegerField(_("epoch"))
    seq = models.BigIntegerField(_("sequence"))
    payload = models.BinaryField(_("payload"))
    signature = models.BinaryField(_("signature"))
    hash = models.CharField(_("hash"), max_length=64, unique=True)
    seen_at = models.DateTimeField(_("seen"))

    class Meta:
        verbose_name = _("forked entry")
        verbose_name_plural = _("forked entries")

    def __str__(self) -> str:
        return f"{self.terminal_id}/{self.epoch}/{self.seq} {self.hash[:8]}"
