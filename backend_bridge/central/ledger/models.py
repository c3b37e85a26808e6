"""Accounts, lots, transfers, and the balance of each lot in each account."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from backend_bridge.central.append_only import AppendOnlyModel
from backend_bridge.central.customers.models import Customer
from backend_bridge.central.fleet.models import Terminal
from backend_bridge.central.organisation.models import Branch, Company, Pool

_SHORT = {
    "member_main": _("main"),
    "member_escrow": _("at a terminal"),
    "company_funding": _("given"),
    "company_redeemed": _("taken in"),
}


class Account(models.Model):
    """A place where points of one pool are. Its id is made from its identity (`ledger.accounts`)."""

    class Kind(models.TextChoices):
        """What the account stands for. Only `company_funding` goes below zero: points come from there."""

        MEMBER_MAIN = "member_main", _("member's main account")
        MEMBER_ESCROW = "member_escrow", _("member's points at a terminal")
        COMPANY_FUNDING = "company_funding", _("points given by the company")
        COMPANY_REDEEMED = "company_redeemed", _("points taken in by the company")

    id = models.CharField(_("id"), max_length=32, primary_key=True)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    pool = models.ForeignKey(Pool, models.PROTECT, verbose_name=_("pool"))
    member = models.ForeignKey(Customer, models.PROTECT, null=True, blank=True, verbose_name=_("member"))
    company = models.ForeignKey(Company, models.PROTECT, null=True, blank=True, verbose_name=_("company"))
    terminal = models.ForeignKey(Terminal, models.PROTECT, null=True, blank=True, verbose_name=_("terminal"))
    epoch = models.BigIntegerField(_("epoch"), null=True, blank=True)

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        constraints = [
            models.UniqueConstraint(
                fields=["member", "pool"], condition=models.Q(kind="member_main"), name="one_main_account"
            ),
            models.UniqueConstraint(
                fields=["member", "pool", "terminal", "epoch"],
                condition=models.Q(kind="member_escrow"),
                name="one_escrow_per_journal",
            ),
            models.UniqueConstraint(
                fields=["kind", "company", "pool"],
                condition=models.Q(kind__in=["company_funding", "company_redeemed"]),
                name="one_company_account",
            ),
        ]

    def __str__(self) -> str:
        owner = self.company_id if self.member is None else self.member.username
        place = f"{self.terminal_id}/{self.epoch}" if self.terminal_id else _SHORT[self.kind]
        return f"{owner} · {place}"


class Lot(models.Model):
    """One award: points of one member and pool, with their issuer, origin and expiry."""

    id = models.CharField(_("id"), max_length=64, primary_key=True)
    member = models.ForeignKey(Customer, models.PROTECT, verbose_name=_("member"))
    pool = models.ForeignKey(Pool, models.PROTECT, verbose_name=_("pool"))
    issuer = models.ForeignKey(Company, models.PROTECT, verbose_name=_("issuer"))
    origin = models.CharField(_("origin"), max_length=12)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"))

    class Meta:
        verbose_name = _("lot")
        verbose_name_plural = _("lots")

    def __str__(self) -> str:
        return self.id


class Transfer(AppendOnlyModel):
    """Points of one lot from one account to another. `key` says what caused it, and is used once."""

    class Kind(models.TextChoices):
        """Why points moved."""

        OPENING = "opening", _("opening")
        GRANTED = "granted", _("granted")
        SPENT = "spent", _("spent")
        COUPON = "coupon", _("coupon")
        RETURNED = "returned", _("returned")

    id = models.CharField(_("id"), max_length=32, primary_key=True)
    key = models.CharField(_("cause"), max_length=120, unique=True)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    debit = models.ForeignKey(Account, models.PROTECT, related_name="debits", verbose_name=_("debit"))
    credit = models.ForeignKey(Account, models.PROTECT, related_name="credits", verbose_name=_("credit"))
    points = models.BigIntegerField(_("points"))
    pool = models.ForeignKey(Pool, models.PROTECT, verbose_name=_("pool"))
    lot = models.ForeignKey(Lot, models.PROTECT, verbose_name=_("lot"))
    company = models.ForeignKey(Company, models.PROTECT, verbose_name=_("at company"))
    at = models.DateTimeField(_("posted"), db_index=True)

    class Meta:
        verbose_name = _("posting")
        verbose_name_plural = _("postings")
        constraints = [
            models.CheckConstraint(condition=models.Q(points__gt=0), name="transfer_is_positive"),
            models.CheckConstraint(condition=~models.Q(debit=models.F("credit")), name="transfer_moves"),
        ]

    def __str__(self) -> str:
        return self.key


class Holding(models.Model):
    """How many points of a lot are in an account: the running sum of its transfers, never below zero.

    Funding accounts have none: they are the negative side of what was given. `verify_books` checks
    every holding against the transfers.
    """

    account = models.ForeignKey(Account, models.PROTECT, related_name="holdings", verbose_name=_("account"))
    lot = models.ForeignKey(Lot, models.PROTECT, related_name="holdings", verbose_name=_("lot"))
    points = models.BigIntegerField(_("points"))

    class Meta:
        verbose_name = _("holding")
        verbose_name_plural = _("holdings")
        constraints = [
            models.UniqueConstraint(fields=["account", "lot"], name="one_holding_per_lot"),
            models.CheckConstraint(condition=models.Q(points__gte=0), name="holding_is_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.points} · {self.lot_id}"


class Redemption(models.Model):
    """A reward that was paid with points, by its journal entry: found by its code, handed out once."""

    entry = models.CharField(_("journal entry"), max_length=120, unique=True)
    member = models.ForeignKey(Customer, models.PROTECT, verbose_name=_("customer"))
    branch = models.ForeignKey(Branch, models.PROTECT, verbose_name=_("branch"))
    reward = models.CharField(_("reward"), max_length=64)
    points = models.BigIntegerField(_("points"))
    pool = models.ForeignKey(Pool, models.PROTECT, verbose_name=_("pool"))
    code = models.CharField(_("code"), max_length=16, db_index=True)
    at = models.DateTimeField(_("redeemed"), db_index=True)
    handed_out_at = models.DateTimeField(_("handed out"), null=True, blank=True)
    handed_out_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, verbose_name=_("handed out by")
    )

    class Meta:
        verbose_name = _("redemption")
        verbose_name_plural = _("redemptions")

    def __str__(self) -> str:
        return self.code
