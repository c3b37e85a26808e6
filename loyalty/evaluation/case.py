"""What `evaluate` is given: the rules that hold at a branch, and one sale. Frozen, bounded, complete.

A `Sale` is what differs from receipt to receipt; a `Case` is a sale with its rules beside it.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from loyalty.bounds import Currency, Id, Minor, PointCount
from loyalty.campaigns.campaign import Campaign, Stock
from loyalty.receipts.receipt import Branch, Customer, Receipt
from loyalty.vouchers.voucher import Voucher

Instant = Annotated[dt.datetime, Meta(tz=True)]


class PoolTerms(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A pool that this branch's company accepts (P7, P8)."""

    pool: Id
    currency: Currency
    point_value_minor: Annotated[int, Meta(ge=1, le=10**6)] = 1
    minimum_balance: PointCount = 0


class SpendableLot(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Points of one lot that can be spent here now, as `loyalty.rights.LotRight` has them."""

    lot: Id
    points: PointCount
    issuer: Id
    origin: Literal["earned", "purchased", "goodwill"] = "earned"
    expires_ms: Annotated[int, Meta(ge=0, le=10**14)] | None = None
    created_ms: Annotated[int, Meta(ge=0, le=10**14)] = 0


class Balance(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A customer's account in a pool. `points` is the whole balance, by which the minimum is judged;
    `lots` is what can be spent here. Without lots all of the balance can, as earned points.
    `unlocked` says that the minimum was judged already, when the points were granted."""

    pool: Id
    points: Annotated[int, Meta(ge=-(10**12), le=10**12)]
    lots: Annotated[tuple[SpendableLot, ...], Meta(max_length=1000)] | None = None
    unlocked: bool = False


class PointsTender(msgspec.Struct, frozen=True, kw_only=True, tag="points", forbid_unknown_fields=True):
    """Pay with `points` of a pool; None: as many as there are and as the receipt takes (P2)."""

    pool: Id
    points: PointCount | None = None


class VoucherTender(msgspec.Struct, frozen=True, kw_only=True, tag="voucher", forbid_unknown_fields=True):
    """Use at most `amount_minor` of a money voucher. Without this it pays as much as it can (V1)."""

    voucher: Id
    amount_minor: Minor


class CardTender(msgspec.Struct, frozen=True, kw_only=True, tag="card", forbid_unknown_fields=True):
    """Pay by card; None: all that is open. Never more than is open is taken."""

    amount_minor: Minor | None = None


class CashTender(msgspec.Struct, frozen=True, kw_only=True, tag="cash", forbid_unknown_fields=True):
    """Cash that is handed over; None: exactly what is asked. It comes last and is rounded (D2)."""

    amount_minor: Minor | None = None


Tender = PointsTender | VoucherTender | CardTender | CashTender


class Sale(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One receipt at the instant `at`, with everything that was presented and may be spent for it."""

    at: Instant
    receipt: Receipt
    customer: Customer | None = None
    vouchers: Annotated[tuple[Voucher, ...], Meta(max_length=100)] = ()
    balances: Annotated[tuple[Balance, ...], Meta(max_length=50)] = ()
    tenders: Annotated[tuple[Tender, ...], Meta(max_length=50)] = ()
    stocks: Annotated[tuple[Stock, ...], Meta(max_length=500)] = ()


class RuleSet(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The rules of one version at one branch."""

    branch: Branch
    pools: Annotated[tuple[PoolTerms, ...], Meta(max_length=50)] = ()
    campaigns: Annotated[tuple[Campaign, ...], Meta(max_length=500)] = ()


class Case(Sale, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A sale and the rules it is judged by."""

    branch: Branch
    pools: Annotated[tuple[PoolTerms, ...], Meta(max_length=50)] = ()
    campaigns: Annotated[tuple[Campaign, ...], Meta(max_length=500)] = ()

    def rules(self) -> RuleSet:
        """The part that stays the same from receipt to receipt."""
        return RuleSet(branch=self.branch, pools=self.pools, campaigns=self.campaigns)
