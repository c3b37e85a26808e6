"""What campaigns and vouchers give. Plain values; `loyalty.evaluation` says what they come to.

`combinable` is a price reduction's own word on whether another may stand beside it.
"""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from loyalty.bounds import BasisPoints, Id, Ids, Minor, PointCount
from loyalty.expiry import PointsLast

#: Hundredths of a point per 1.00 of turnover: 1000 is 10 points per euro (P1).
Rate = Annotated[int, Meta(ge=0, le=10**6)]
#: How many pieces one voucher can make free.
Pieces = Annotated[int, Meta(ge=1, le=100)]


class PercentOff(msgspec.Struct, frozen=True, kw_only=True, tag="percent", forbid_unknown_fields=True):
    """A share of the covered lines' price; several percentages add up (C4)."""

    rate_bp: BasisPoints
    combinable: bool = True


class AmountOff(msgspec.Struct, frozen=True, kw_only=True, tag="amount", forbid_unknown_fields=True):
    """An amount, at most what the covered lines still cost (C4)."""

    amount_minor: Minor
    combinable: bool = True


class FreeGoods(msgspec.Struct, frozen=True, kw_only=True, tag="goods", forbid_unknown_fields=True):
    """The dearest covered pieces of goods (V3, C4)."""

    pieces: Pieces = 1
    combinable: bool = True


class FreeService(msgspec.Struct, frozen=True, kw_only=True, tag="service", forbid_unknown_fields=True):
    """The dearest covered services (V4)."""

    pieces: Pieces = 1
    combinable: bool = True


class PastOff(msgspec.Struct, frozen=True, kw_only=True, tag="past", forbid_unknown_fields=True):
    """A share of what was paid in the past, taken off a later receipt and never off its own (V5)."""

    rate_bp: BasisPoints
    turnover_minor: Minor
    receipts: Ids = ()
    combinable: bool = True

    @property
    def value_minor(self) -> int:
        """What it comes to, rounded down."""
        return self.turnover_minor * self.rate_bp // 10_000


class PointsPerTurnover(
    msgspec.Struct, frozen=True, kw_only=True, tag="award", omit_defaults=True, forbid_unknown_fields=True
):
    """Points of `pool` for what is really paid (P1). Below `minimum_balance` no point of the pool can be
    spent at this company; the highest of the pool's own and its campaigns' counts (P8). `last` says until when
    they can be spent; without it they do not run out, and programs that do not know it can read the rest."""

    pool: Id
    rate: Rate
    minimum_balance: PointCount = 0
    last: PointsLast | None = None


class Rebate(msgspec.Struct, frozen=True, kw_only=True, tag="rebate", forbid_unknown_fields=True):
    """A voucher for later over a share of what is really paid now (V5)."""

    rate_bp: BasisPoints


class MoneyValue(msgspec.Struct, frozen=True, kw_only=True, tag="money", forbid_unknown_fields=True):
    """An amount that can be used in parts; `rest_minor` is what is still on it (V1)."""

    rest_minor: Minor


class PointsValue(msgspec.Struct, frozen=True, kw_only=True, tag="points", forbid_unknown_fields=True):
    """Points that are posted when the voucher is registered, which ends it (V2)."""

    pool: Id
    points: PointCount


PriceReduction = PercentOff | AmountOff | FreeGoods | FreeService | PastOff
CampaignBenefit = PercentOff | AmountOff | FreeGoods | FreeService | PointsPerTurnover | Rebate
VoucherValue = MoneyValue | PointsValue | FreeGoods | FreeService | PercentOff | AmountOff | PastOff
