"""The office's pages of the books. They are for reading; the one thing that staff tick off is what they
handed out."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from backend_bridge.central.ledger import redemptions
from backend_bridge.central.ledger.accounts import HELD
from backend_bridge.central.ledger.balances import held_in_account
from backend_bridge.central.ledger.models import Account, Cause, Lot, Redemption, Transfer
from backend_bridge.central.office.pages import (
    CompanyPage,
    Scope,
    all_fields,
    amount_text,
    column,
    moment,
    only_related,
    shortened,
)
from backend_bridge.central.organisation.models import Pool, Reward
from loyalty.rules import localised

_COLOURS = {
    "opening": "info",
    "granted": "warning",
    "spent": "danger",
    "used": "danger",
    "coupon": "success",
    "awarded": "success",
    "given": "success",
    "returned": "primary",
}


@admin.register(Transfer)
class TransferAdmin(CompanyPage):
    """Every movement of points and of money."""

    list_display = ("time", "what", "debit", "credit", "moved", "lot_shortened", "why")
    list_filter = ("kind", "cause__at", "unit", only_related("cause__company"))
    list_select_related = ("cause", "debit__member", "credit__member")
    search_fields = ("cause__key", "lot__id", "debit__member__username", "credit__member__username")
    ordering = ("-cause", "-line")
    fields = all_fields(Transfer)

    def of_company(self, company: str) -> Q:
        """What was posted at the company."""
        return Q(cause__company=company)

    @column(_("time"), order="cause__at")
    def time(self, transfer: Transfer) -> str:
        """When it was posted."""
        return moment(transfer.cause.at)

    @column(_("kind"), order="kind", labels=_COLOURS)
    def what(self, transfer: Transfer) -> tuple[str, str]:
        """Why value moved."""
        return transfer.kind, transfer.get_kind_display()

    @column(_("cause"), order="cause__key")
    def why(self, transfer: Transfer) -> str:
        """The journal entry or the act, shortened."""
        return shortened(transfer.cause.key)

    @column(_("lot"), order="lot")
    def lot_shortened(self, transfer: Transfer) -> str:
        """The lot, shortened."""
        return "–" if transfer.lot_id is None else shortened(transfer.lot_id)

    @column(_("amount"), order="amount")
    def moved(self, transfer: Transfer) -> str:
        """The amount with its unit."""
        return amount_text(transfer.amount, transfer.unit)


@admin.register(Account)
class AccountAdmin(CompanyPage):
    """Where value is. Accounts that others are paid out of have no running balance."""

    list_display = ("__str__", "kind", "unit", "balance")
    list_filter = ("kind", "unit", only_related("company"), only_related("terminal"))
    list_select_related = ("member", "company", "terminal")
    search_fields = ("id", "member__username", "company__name", "terminal__id")
    fields = (*all_fields(Account), "balance")

    def of_company(self, company: str) -> Q:
        """Its own, those at its terminals, and its members' in its own pools."""
        own_pools = Pool.objects.filter(company=company).values("pk")
        return Q(company=company) | Q(terminal__branch__company=company) | Q(unit__in=own_pools)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With the sum of what is held."""
        rows: QuerySet[Any] = super().get_queryset(request).annotate(total_held=held_in_account())
        return rows

    @column(_("balance"))
    def balance(self, account: Account) -> str:
        """What is in the account."""
        if account.kind not in HELD:
            return "–"
        return amount_text(getattr(account, "total_held", None) or 0, account.unit)


@admin.register(Lot)
class LotAdmin(CompanyPage):
    """Awards and vouchers, each with its issuer, origin and expiry."""

    list_display = ("id", "member", "unit", "issuer", "origin", "created", "expires")
    list_filter = ("origin", "unit", only_related("issuer"))
    list_select_related = ("member", "issuer")
    search_fields = ("id", "member__username")
    fields = all_fields(Lot)

    def of_company(self, company: str) -> Q:
        """What the company gave."""
        return Q(issuer=company)

    @column(_("created"), order="created_at")
    def created(self, lot: Lot) -> str:
        """When it was given."""
        return moment(lot.created_at)

    @column(_("expires"), order="expires_at")
    def expires(self, lot: Lot) -> str:
        """From when on it cannot be spent."""
        return moment(lot.expires_at)


@admin.register(Cause)
class CauseAdmin(CompanyPage):
    """What made value move, in the order in which it was applied."""

    list_display = ("time", "kind", "company", "key_shortened", "by")
    list_filter = ("kind", "at", only_related("company"))
    list_select_related = ("company",)
    search_fields = ("key",)
    ordering = ("-pk",)
    fields = all_fields(Cause)

    def of_company(self, company: str) -> Q:
        """What happened at the company."""
        return Q(company=company)

    @column(_("time"), order="at")
    def time(self, cause: Cause) -> str:
        """When it was posted."""
        return moment(cause.at)

    @column(_("cause"), order="key")
    def key_shortened(self, cause: Cause) -> str:
        """The key, shortened."""
        return shortened(cause.key)


@admin.register(Redemption)
class RedemptionAdmin(CompanyPage):
    """What customers have paid with points: staff look a code up, and tick it off."""

    list_display = ("code_told", "what", "cost", "member", "branch", "time", "state")
    list_filter = (("handed_out_at", admin.EmptyFieldListFilter), "at", only_related("branch"))
    list_select_related = ("member", "branch", "pool")
    search_fields = ("code",)
    search_help_text = _("A code, with or without spaces; or a customer's username")
    ordering = ("-at", "-pk")
    fields = ("code_told", "what", "cost", "member", "branch", "at", "entry", "handed_out_at", "handed_out_by")
    readonly_fields = ("code_told", "what", "cost")
    actions = ("hand_out",)

    def of_company(self, company: str) -> Q:
        """What was redeemed at its branches."""
        return Q(branch__company=company)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With the names of rewards."""
        names = Reward.objects.filter(pk=OuterRef("reward"), company=OuterRef("branch__company")).values("names")
        rows: QuerySet[Any] = super().get_queryset(request).annotate(reward_names=Subquery(names[:1]))
        return rows

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """By the beginning of a code however it is typed, or by the whole username."""
        if not search_term.strip():
            return queryset, False
        wanted = Q(member__username=search_term.strip().lower())
        code = redemptions.tidy_code(search_term)
        return queryset.filter(wanted | Q(code__startswith=code) if code else wanted), False

    def has_hand_out_permission(self, request: HttpRequest) -> bool:
        """Everybody who sees redemptions: the staff of that company, and the operator."""
        scope = Scope(request.user)
        return scope.everything or scope.company is not None

    @admin.action(description=_("Handed out"), permissions=["hand_out"])
    def hand_out(self, request: HttpRequest, chosen: QuerySet[Redemption]) -> None:
        """Tick off what was handed out just now; what was ticked off before is told."""
        for redemption in chosen:
            if redemptions.hand_out(redemption.pk, at=timezone.now(), by=request.user.pk):
                self.message_user(request, _("%(code)s is handed out.") % {"code": _spaced(redemption.code)})
                continue
            redemption.refresh_from_db(fields=["handed_out_at"])
            told = _("{code} was handed out before, {when}. Do not hand it out again.")
            about = {"code": _spaced(redemption.code), "when": moment(redemption.handed_out_at)}
            self.message_user(request, format_html(str(told), **about), messages.ERROR)

    @column(_("code"), order="code")
    def code_told(self, redemption: Redemption) -> str:
        """The code as the kiosk shows it."""
        return _spaced(redemption.code)

    @column(_("reward"), order="reward")
    def what(self, redemption: Redemption) -> str:
        """The reward's name, or its id where the company has no reward of that id any more."""
        names = getattr(redemption, "reward_names", None)
        return localised(names, "en") if names else redemption.reward

    @column(_("points"), order="points")
    def cost(self, redemption: Redemption) -> str:
        """The points with their unit."""
        return f"{redemption.points} {redemption.pool}"

    @column(_("redeemed"), order="at")
    def time(self, redemption: Redemption) -> str:
        """When the terminal says that it was redeemed."""
        return moment(redemption.at)

    @column(_("handed out"), order="handed_out_at", labels={"open": "warning", "done": "success"})
    def state(self, redemption: Redemption) -> tuple[str, str]:
        """When it was handed out, or that it was not yet."""
        if redemption.handed_out_at is None:
            return "open", str(_("not yet"))
        return "done", moment(redemption.handed_out_at)


def _spaced(code: str) -> str:
    """A code in two groups, as the kiosk shows it."""
    return f"{code[:3]} {code[3:]}"
