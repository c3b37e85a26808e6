"""Terminals, their rules, and what staff must look at."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

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
        TWO_MACHINES = "two_machines", _("two machines under one name")
        CLOCK = "clock", _("time that cannot be")
        PRICE = "price", _("reward below its price")
        CENTRAL_BEHIND = "central_behind", _("central system behind its terminal")

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
