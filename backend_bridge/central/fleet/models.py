"""Terminals and what passes between them and the central system."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from backend_bridge.central.append_only import AppendOnlyModel
from backend_bridge.central.customers.models import Customer
from backend_bridge.central.organisation.models import Branch, slug


class Terminal(models.Model):
    """A kiosk or counter terminal. `public` is the key that its journal entries are signed with."""

    id = models.CharField(_("id"), max_length=48, primary_key=True, validators=[slug])
    branch = models.ForeignKey(Branch, models.PROTECT, verbose_name=_("branch"))
    public = models.CharField(_("public key"), max_length=64)
    online = models.BooleanField(_("online"), default=False)
    last_seen = models.DateTimeField(_("last seen"), null=True, blank=True)
    boot_id = models.CharField(_("boot id"), max_length=64, blank=True)
    software = models.CharField(_("software"), max_length=64, blank=True)

    class Meta:
        verbose_name = _("terminal")
        verbose_name_plural = _("terminals")

    def __str__(self) -> str:
        return self.id


class EpochHead(models.Model):
    """Up to where one journal (terminal, epoch) is applied. A stopped one has forked."""

    terminal = models.ForeignKey(Terminal, models.PROTECT, related_name="heads", verbose_name=_("terminal"))
    epoch = models.BigIntegerField(_("epoch"))
    seq = models.BigIntegerField(_("applied up to"))
    head = models.CharField(_("head hash"), max_length=64)
    stopped = models.BooleanField(_("stopped"), default=False)

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


class Incident(models.Model):
    """Something that staff must look at. `key` makes each noticed once, not once per retry."""

    class Kind(models.TextChoices):
        """What went wrong."""

        GAP = "gap", _("journal gap")
        FORK = "fork", _("journal fork")
        BAD_SIGNATURE = "bad_signature", _("bad signature")
        FOREIGN_ENTRY = "foreign_entry", _("entry of another journal")
        UNREADABLE = "unreadable", _("unreadable entry")
        BAD_EPOCH = "bad_epoch", _("wrong beginning of an epoch")
        SUSPENSE = "suspense", _("entry in suspense")
        NOTED_COUPON = "noted_coupon", _("noted coupon was already used")
        GARBLED = "garbled", _("garbled message")
        UNKNOWN_TERMINAL = "unknown_terminal", _("unknown terminal")

    key = models.CharField(_("key"), max_length=160, unique=True)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    terminal = models.ForeignKey(Terminal, models.PROTECT, null=True, blank=True, verbose_name=_("terminal"))
    detail = models.CharField(_("detail"), max_length=300)
    noticed_at = models.DateTimeField(_("noticed"))
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)

    class Meta:
        verbose_name = _("incident")
        verbose_name_plural = _("incidents")

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.detail}"


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
    """Rights given to one terminal and epoch; `sealed` is sent again until it is journaled there."""

    class Status(models.TextChoices):
        """Whether the terminal has journaled it."""

        OPEN = "open", _("open")
        TAKEN = "taken", _("taken")

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

    class Meta:
        verbose_name = _("grant")
        verbose_name_plural = _("grants")
        constraints = [models.UniqueConstraint(fields=["terminal", "epoch", "request"], name="granted_once")]
        indexes = [models.Index(fields=["sent_at"], condition=models.Q(status="open"), name="open_grants")]

    def __str__(self) -> str:
        return self.id


class PublishedRules(models.Model):
    """A rules bundle that was announced to a branch's terminals, by the hash of its bytes."""

    branch = models.ForeignKey(Branch, models.PROTECT, verbose_name=_("branch"))
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    version = models.CharField(_("version"), max_length=40)
    data = models.BinaryField(_("bytes"))

    class Meta:
        verbose_name = _("published rules")
        verbose_name_plural = _("published rules")
        constraints = [models.UniqueConstraint(fields=["branch", "sha256"], name="published_once")]

    def __str__(self) -> str:
        return f"{self.branch_id} {self.version}"
