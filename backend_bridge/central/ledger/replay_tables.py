"""Which tables a replay of the books copies, which it makes anew, and which it has nothing to do with.

Every model of the central system is named here once; a test fails for one that is not. Who adds a model
decides: is a row of it there because somebody set it up, or because an act was performed?
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any

import msgspec


class Part(Enum):
    """What a table is to a replay."""

    SET_UP = "set up outside of acts: copied beforehand, and acts leave it as it is"
    MADE = "made by acts: empty beforehand, and the same afterwards"
    ENDED = "set up outside of acts and changed by them: copied as it was before, and the same afterwards"
    ASIDE = "neither read nor written by what posts acts"


class Table(msgspec.Struct, frozen=True):
    """A model's part. `as_before` is what the fields that acts change had before any act; `without` are
    fields that are not compared, because somebody's word outside of acts is in them; `only` which rows count."""

    part: Part
    as_before: Mapping[str, Any] = {}
    without: frozenset[str] = frozenset()
    only: Mapping[str, Any] = {}


_SET_UP, _MADE, _ASIDE = Table(Part.SET_UP), Table(Part.MADE), Table(Part.ASIDE)

TABLES: dict[str, Table] = {
    # Django's own.
    "admin.LogEntry": _ASIDE,
    "auth.Permission": _ASIDE,
    "auth.Group": _ASIDE,
    "auth.Group_permissions": _ASIDE,
    "auth.User": _ASIDE,
    "auth.User_groups": _ASIDE,
    "auth.User_user_permissions": _ASIDE,
    "contenttypes.ContentType": _ASIDE,
    "sessions.Session": _ASIDE,
    # Who takes part.
    "organisation.Programme": _SET_UP,
    "organisation.Company": _SET_UP,
    "organisation.Branch": _SET_UP,
    "organisation.Pool": _SET_UP,
    "organisation.Reward": _SET_UP,
    "organisation.CouponSigningKey": _ASIDE,
    "office.OfficeMembership": _ASIDE,
    "api.ApiKey": _ASIDE,
    "api.GivenAnswer": _ASIDE,
    "api.Webhook": _ASIDE,
    "api.WebhookEvent": _ASIDE,
    "api.Delivery": _ASIDE,
    "api.OutboxMark": _ASIDE,
    # Customers. A membership may come from an act too, but from much else besides.
    "customers.Customer": _SET_UP,
    "customers.Card": _SET_UP,
    "customers.CardEvent": _ASIDE,
    "customers.CardPin": _ASIDE,
    "customers.PinTries": _ASIDE,
    "customers.Membership": _SET_UP,
    "customers.MembershipNote": _ASIDE,
    "customers.Consent": _ASIDE,
    "customers.CustomerGroup": _SET_UP,
    "customers.GroupMember": _SET_UP,
    "customers.DeferredRegistration": _ASIDE,
    "customers.Invitation": _ASIDE,
    "imports.Import": _ASIDE,
    "imports.ImportRow": _ASIDE,
    # Terminals. Their journals are what is replayed.
    "fleet.Terminal": _SET_UP,
    "fleet.EpochHead": _ASIDE,
    "fleet.JournalEntry": _SET_UP,
    "fleet.ForkedEntry": _ASIDE,
    "fleet.Incident": _ASIDE,
    "fleet.RightsAsk": _ASIDE,
    "fleet.Grant": Table(Part.ENDED, as_before={"status": "open"}),
    # What entries were judged by.
    "fleet.PublishedRules": _SET_UP,
    "fleet.TerminalVisit": _ASIDE,
    "fleet.JournalClosing": _MADE,
    "fleet.ReleasedRight": _MADE,
    "fleet.BorneSpend": _MADE,
    "fleet.WriteOff": _ASIDE,
    "fleet.Generation": _ASIDE,
    "fleet.TerminalReplay": _ASIDE,
    "conflicts.RiskTerms": _ASIDE,
    "conflicts.Conflict": _ASIDE,
    # Campaigns, sales, vouchers, clearing.
    "campaigns.Campaign": _SET_UP,
    "campaigns.CampaignVersion": _SET_UP,
    "campaigns.CampaignStage": _ASIDE,
    "campaigns.LimitStock": _MADE,
    "sales.CashRounding": _SET_UP,
    "sales.ReversalTerms": _ASIDE,
    "sales.Receipt": _MADE,
    "sales.Reversal": _MADE,
    "sales.Effect": _MADE,
    "sales.ReceiptHome": Table(Part.MADE, without=frozenset({"recalled_at"})),
    "clearing.ClearingMonth": _MADE,
    "clearing.ClearingLine": _MADE,
    "vouchers.VoucherBatch": _MADE,
    "vouchers.Voucher": _MADE,
    "vouchers.VoucherEvent": _MADE,
    "vouchers.VoucherWish": _MADE,
    # The books.
    "ledger.Cause": _MADE,
    "ledger.Account": _MADE,
    "ledger.Lot": _MADE,
    "ledger.Transfer": _MADE,
    # Nothing is nothing, with a row or without: a batch writes none for what came and went in it.
    "ledger.Holding": Table(Part.MADE, only={"amount__gt": 0}),
    "ledger.Debt": _MADE,
    # Staff hand out.
    "ledger.Redemption": Table(Part.MADE, without=frozenset({"handed_out_at", "handed_out_by"})),
}
