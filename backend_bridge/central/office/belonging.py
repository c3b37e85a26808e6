"""Whose rows a model's rows are (P6): one line for every model of the central system.

A page of the office, an endpoint, an export may narrow rows down further, never less than this. A model
without a line here fails a test (`tests/unit/central/test_separation.py`), so that whoever adds one has to
say what keeps companies apart.
"""

from __future__ import annotations

from functools import reduce

import msgspec
from django.db.models import Model, Q


class OfCompany(msgspec.Struct, frozen=True):
    """A row is a company's where one of `paths` leads to it. Rows that are `shared` are every company's.

    `reason` says why there is more than one way.
    """

    paths: tuple[str, ...]
    shared: dict[str, object] = {}
    reason: str = ""

    def condition(self, company: str) -> Q:
        """The condition by which rows are `company`'s; a row can match several times over."""
        own = reduce(Q.__or__, (Q(**{path: company}) for path in self.paths))
        return own | Q(**self.shared) if self.shared else own


class ProgrammeWide(msgspec.Struct, frozen=True):
    """Rows of the whole programme; `reason` says why no company's knowledge is in them."""

    reason: str


def _of(*paths: str, shared: dict[str, object] | None = None, reason: str = "") -> OfCompany:
    return OfCompany(paths, shared or {}, reason)


_TERMINAL = "terminal__branch__company"
_KNOWN = "customer__membership__company"

BELONGING: dict[str, OfCompany | ProgrammeWide] = {
    "organisation.Programme": ProgrammeWide("the programme itself: its name"),
    "organisation.Company": _of("pk"),
    "organisation.Branch": _of("company"),
    "organisation.Pool": _of("company", shared={"network": True}, reason="network pools are every company's"),
    "organisation.Reward": _of("company"),
    "organisation.CouponSigningKey": _of("company"),
    "customers.Customer": _of("membership__company"),
    "customers.Card": _of(_KNOWN),
    "customers.CardEvent": _of("company"),
    "customers.CardPin": _of(f"card__{_KNOWN}"),
    "customers.PinTries": _of("company"),
    "customers.Membership": _of("company"),
    "customers.MembershipNote": _of("membership__company"),
    "customers.Consent": _of("membership__company"),
    "customers.CustomerGroup": _of("company"),
    "customers.GroupMember": _of("group__company"),
    "customers.DeferredRegistration": _of("company"),
    "customers.Invitation": _of("company"),
    "fleet.Terminal": _of("branch__company"),
    "fleet.EpochHead": _of(_TERMINAL),
    "fleet.JournalEntry": _of(_TERMINAL),
    "fleet.ForkedEntry": _of(_TERMINAL),
    "fleet.Incident": _of(_TERMINAL),
    "fleet.RightsAsk": _of(_TERMINAL),
    "fleet.Grant": _of(_TERMINAL),
    "fleet.PublishedRules": _of("branch__company"),
    "fleet.TerminalVisit": _of(_TERMINAL),
    "fleet.JournalClosing": _of(_TERMINAL),
    "fleet.ReleasedRight": _of(_TERMINAL),
    "fleet.BorneSpend": _of(_TERMINAL),
    "fleet.WriteOff": _of(_TERMINAL),
    "fleet.Generation": ProgrammeWide("that the central system was restored, and when: no figures"),
    "fleet.TerminalReplay": _of(_TERMINAL),
    "conflicts.RiskTerms": _of("company"),
    "conflicts.Conflict": _of("company"),
    "vouchers.VoucherBatch": _of("company"),
    "vouchers.Voucher": _of("company"),
    "vouchers.VoucherEvent": _of("voucher__company"),
    "vouchers.VoucherWish": _of("voucher__company"),
    "ledger.Cause": _of("company"),
    "ledger.Account": _of(
        "company", _TERMINAL, "member__membership__company", reason="what a customer has in the company's own pools"
    ),
    "ledger.Lot": _of("issuer"),
    "ledger.Transfer": _of("cause__company"),
    "ledger.Holding": _of("lot__issuer"),
    "ledger.Debt": _of("company"),
    "ledger.Redemption": _of("branch__company"),
    "campaigns.Campaign": _of("company"),
    "campaigns.CampaignVersion": _of("campaign__company"),
    "campaigns.CampaignStage": _of("campaign__company"),
    "campaigns.LimitStock": _of("campaign__company"),
    "sales.CashRounding": _of("branch__company"),
    "sales.ReversalTerms": _of("company"),
    "sales.Receipt": _of("company"),
    "sales.Reversal": _of("company"),
    "sales.Effect": _of("company"),
    "sales.ReceiptHome": _of("company"),
    "clearing.ClearingMonth": ProgrammeWide("that a month is closed, and when: no figures"),
    "clearing.ClearingLine": _of("issuer", "taker", reason="both sides of what is owed read it"),
    "api.ApiKey": _of("company"),
    "api.GivenAnswer": _of("company"),
    "api.Webhook": _of("company"),
    "api.WebhookEvent": _of("company"),
    "api.Delivery": _of("webhook__company"),
    "api.OutboxMark": ProgrammeWide("up to which cause the ledger was read: one number"),
    "imports.Import": _of("company"),
    "imports.ImportRow": _of("batch__company"),
    "office.OfficeMembership": _of("company"),
}


def belonging_of(model: type[Model]) -> OfCompany | ProgrammeWide:
    """Whose rows the rows of `model` are; raises `KeyError` for a model that is not classified."""
    return BELONGING[model._meta.label]
