"""Causes, accounts, lots, transfers, and the running balances that are checked (ADR 0013).

Each index has a reader; the others that Django would make are left out, since every award would pay for
them, the more the larger the books are. Of the two in an order of their own, one is left: the lots of a member.
Holdings and transfers lie by their lots, which are written in a row. So what a member has, or had, is read from
their lots; there is no index from an account to its holdings and transfers, and a company's are found by its causes.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from backend_bridge.central.append_only import AppendOnlyModel
from backend_bridge.central.customers.models import Customer
from backend_bridge.central.fleet.models import Terminal
from backend_bridge.central.organisation.models import Branch, Company, Pool

#: What accounts are called in lists, where their owner stands beside it.
_SHORT = {
    "member_main": _("main"),
    "member_waiting": _("waiting"),
    "member_debt": _("owed"),
    "voucher_single": _("single-purpose vouchers"),
    "voucher_multi": _("multi-purpose vouchers"),
    "voucher_given": _("vouchers given"),
    "company_funding": _("given"),
    "company_purchased": _("sold"),
    "company_redeemed": _("taken in"),
    "till": _("till"),
    "sales": _("prepaid sales"),
    "purchased_liability": _("owed for points"),
    "voucher_funding": _("voucher costs"),
}


class Cause(AppendOnlyModel):
    """One act that moved value, in the order in which acts were applied. `key` is used once, ever.

    `payload` is the act as JSON; it is empty for journal entries, whose signed bytes `fleet` keeps.
    """

    key = models.CharField(_("cause"), max_length=140, unique=True)
    kind = models.CharField(_("kind"), max_length=40)
    company = models.ForeignKey(
        Company, models.PROTECT, null=True, blank=True, db_index=False, verbose_name=_("at company")
    )
    by = models.CharField(_("by"), max_length=100)
    at = models.DateTimeField(_("posted"), db_index=True)
    happened_at = models.DateTimeField(_("happened"))
    payload = models.TextField(_("act"), blank=True)
    result = models.TextField(_("answer"), blank=True)

    class Meta:
        verbose_name = _("cause")
        verbose_name_plural = _("causes")
        indexes = [models.Index(fields=["company", "id"], name="causes_of_company")]

    def __str__(self) -> str:
        return self.key


class Account(models.Model):
    """A place where value of one unit is. Its id is made from its identity (`ledger.accounts`)."""

    class Kind(models.TextChoices):
        """What the account stands for."""

        MEMBER_MAIN = "member_main", _("member's main account")
        MEMBER_ESCROW = "member_escrow", _("member's points at a terminal")
        MEMBER_WAITING = "member_waiting", _("points that wait for a customer")
        MEMBER_DEBT = "member_debt", _("what a member owes after a reversal")
        VOUCHER_SINGLE = "voucher_single", _("single-purpose vouchers sold")
        VOUCHER_MULTI = "voucher_multi", _("multi-purpose vouchers sold")
        VOUCHER_GIVEN = "voucher_given", _("vouchers given away")
        COMPANY_FUNDING = "company_funding", _("points given by the company")
        COMPANY_PURCHASED = "company_purchased", _("points sold by the company")
        COMPANY_REDEEMED = "company_redeemed", _("points taken in by the company")
        BREAKAGE = "breakage", _("expired")
        TILL = "till", _("paid by customers")
        SALES = "sales", _("paid with vouchers and purchased points")
        PURCHASED_LIABILITY = "purchased_liability", _("owed for purchased points")
        VOUCHER_FUNDING = "voucher_funding", _("paid by vouchers given away")
        CLEARING = "clearing", _("clearing")
        RISK = "risk", _("borne risk")

    id = models.CharField(_("id"), max_length=32, primary_key=True)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    unit = models.CharField(_("unit"), max_length=48)
    member = models.ForeignKey(
        Customer, models.PROTECT, null=True, blank=True, db_index=False, verbose_name=_("member")
    )
    company = models.ForeignKey(
        Company, models.PROTECT, null=True, blank=True, db_index=False, verbose_name=_("company")
    )
    terminal = models.ForeignKey(
        Terminal, models.PROTECT, null=True, blank=True, db_index=False, verbose_name=_("terminal")
    )
    epoch = models.BigIntegerField(_("epoch"), null=True, blank=True)

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        indexes = [
            models.Index(fields=["unit"], name="accounts_of_unit"),
            models.Index(fields=["member"], name="accounts_of_member", condition=models.Q(member__isnull=False)),
            models.Index(fields=["company"], name="accounts_of_company", condition=models.Q(company__isnull=False)),
            models.Index(fields=["terminal"], name="accounts_of_terminal", condition=models.Q(terminal__isnull=False)),
        ]

    def __str__(self) -> str:
        owner = self.company_id if self.member is None else self.member.username
        named = _SHORT.get(self.kind) or self.get_kind_display()
        place = f"{self.terminal_id}/{self.epoch}" if self.terminal_id else named
        return f"{owner} · {place}"


class Lot(models.Model):
    """A named part of value: an award, or a money voucher. Vouchers have no member and no expiry here."""

    id = models.CharField(_("id"), max_length=64, primary_key=True)
    unit = models.CharField(_("unit"), max_length=48)
    member = models.ForeignKey(
        Customer, models.PROTECT, null=True, blank=True, db_index=False, verbose_name=_("member")
    )
    issuer = models.ForeignKey(Company, models.PROTECT, db_index=False, verbose_name=_("issuer"))
    origin = models.CharField(_("origin"), max_length=12)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"))

    class Meta:
        verbose_name = _("lot")
        verbose_name_plural = _("lots")
        indexes = [
            models.Index(fields=["member"], name="lots_of_member", condition=models.Q(member__isnull=False)),
            models.Index(fields=["issuer"], name="lots_of_issuer"),
            models.Index(fields=["issuer", "unit"], condition=models.Q(member=None), name="lots_of_vouchers"),
        ]

    def __str__(self) -> str:
        return self.id


class Transfer(AppendOnlyModel):
    """`amount` of `unit` from one account to another: line `line` of its cause."""

    class Kind(models.TextChoices):
        """Why value moved."""

        OPENING = "opening", _("opening")
        AWARDED = "awarded", _("awarded")
        GIVEN = "given", _("given")
        PURCHASED = "purchased", _("purchased")
        COUPON = "coupon", _("coupon")
        GRANTED = "granted", _("granted")
        RETURNED = "returned", _("returned")
        SPENT = "spent", _("spent")
        FILLED = "filled", _("debt filled")
        REVERSED = "reversed", _("taken back")
        EXPIRED = "expired", _("expired")
        ACCEPTED = "accepted", _("accepted")
        VOUCHER = "voucher", _("voucher issued")
        USED = "used", _("voucher used")
        CANCELLED = "cancelled", _("cancelled")
        CLEARED = "cleared", _("cleared")
        AT_RISK = "at_risk", _("borne at risk")

    cause = models.ForeignKey(Cause, models.PROTECT, related_name="transfers", db_index=False, verbose_name=_("cause"))
    line = models.PositiveSmallIntegerField(_("line"))
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    debit = models.ForeignKey(Account, models.PROTECT, related_name="debits", db_index=False, verbose_name=_("debit"))
    credit = models.ForeignKey(
        Account, models.PROTECT, related_name="credits", db_index=False, verbose_name=_("credit")
    )
    amount = models.BigIntegerField(_("amount"))
    unit = models.CharField(_("unit"), max_length=48)
    lot = models.ForeignKey(Lot, models.PROTECT, null=True, blank=True, db_index=False, verbose_name=_("lot"))

    class Meta:
        verbose_name = _("posting")
        verbose_name_plural = _("postings")
        indexes = [models.Index(fields=["lot"], name="transfers_of_lot", condition=models.Q(lot__isnull=False))]
        constraints = [
            models.UniqueConstraint(fields=["cause", "line"], name="one_transfer_per_line"),
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="transfer_is_positive"),
            models.CheckConstraint(condition=~models.Q(debit=models.F("credit")), name="transfer_moves"),
        ]

    def __str__(self) -> str:
        return f"{self.cause.key}/{self.line}"


class Holding(models.Model):
    """How much of a lot is in an account: the running sum of its transfers, never below zero.

    Only accounts of `accounts.HELD` have holdings. `verify_books` checks each against the transfers.
    """

    account = models.ForeignKey(
        Account, models.PROTECT, related_name="holdings", db_index=False, verbose_name=_("account")
    )
    lot = models.ForeignKey(Lot, models.PROTECT, related_name="holdings", db_index=False, verbose_name=_("lot"))
    amount = models.BigIntegerField(_("amount"))

    class Meta:
        verbose_name = _("holding")
        verbose_name_plural = _("holdings")
        constraints = [
            models.UniqueConstraint(fields=["lot", "account"], name="one_holding_per_lot"),
            models.CheckConstraint(condition=models.Q(amount__gte=0), name="holding_is_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.amount} · {self.lot_id}"


class Debt(models.Model):
    """What a member owes a company after a reversal: the running sum of a `member_debt` account."""

    member = models.ForeignKey(Customer, models.PROTECT, db_index=False, verbose_name=_("member"))
    unit = models.CharField(_("unit"), max_length=48)
    company = models.ForeignKey(Company, models.PROTECT, verbose_name=_("company"))
    amount = models.BigIntegerField(_("amount"))

    class Meta:
        verbose_name = _("debt")
        verbose_name_plural = _("debts")
        constraints = [
            models.UniqueConstraint(fields=["member", "unit", "company"], name="one_debt_per_company"),
            models.CheckConstraint(condition=models.Q(amount__gte=0), name="debt_is_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.unit}"


class Redemption(models.Model):
    """A reward that was paid with points, by its journal entry: found by its code, handed out once."""

    entry = models.CharField(_("journal entry"), max_length=120, unique=True)
    member = models.ForeignKey(Customer, models.PROTECT, db_index=False, verbose_name=_("customer"))
    branch = models.ForeignKey(Branch, models.PROTECT, db_index=False, verbose_name=_("branch"))
    reward = models.CharField(_("reward"), max_length=64)
    points = models.BigIntegerField(_("points"))
    pool = models.ForeignKey(Pool, models.PROTECT, db_index=False, verbose_name=_("pool"))
    code = models.CharField(_("code"), max_length=16)
    at = models.DateTimeField(_("redeemed"), db_index=True)
    handed_out_at = models.DateTimeField(_("handed out"), null=True, blank=True)
    handed_out_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        db_index=False,
        verbose_name=_("handed out by"),
    )

    class Meta:
        verbose_name = _("redemption")
        verbose_name_plural = _("redemptions")
        indexes = [
            models.Index(fields=["code"], name="redemptions_by_code"),
            models.Index(fields=["member"], name="redemptions_of_member"),
            models.Index(fields=["branch", "at"], name="redemptions_of_branch"),
        ]

    def __str__(self) -> str:
        return self.code
