"""A receipt before anything is judged: lines with gross amounts, the branch, the customer."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from loyalty.bounds import BasisPoints, Currency, Id, Ids, Minor
from loyalty.conditions import Channel


class LineKind(StrEnum):
    """What a line sells. Only goods and services earn, are discounted and are paid with points or
    vouchers: a voucher must not buy a voucher. The sale of a single-purpose voucher is taxed, that of
    points and of multi-purpose vouchers is not: they are taxed when they are spent."""

    GOODS = "goods"
    SERVICE = "service"
    VOUCHER_SINGLE = "voucher_single"
    VOUCHER_MULTI = "voucher_multi"
    POINTS = "points"


#: The kinds that earn, are discounted and are paid with points or vouchers.
MERCHANDISE = frozenset({LineKind.GOODS, LineKind.SERVICE})
#: The kinds whose sale carries no VAT.
UNTAXED = frozenset({LineKind.VOUCHER_MULTI, LineKind.POINTS})


class Line(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`quantity` pieces of one article for `gross_minor` altogether, VAT included. What is weighed is
    one piece. Nothing here is taken back: that is a reversal, not a line."""

    line: Annotated[int, Meta(ge=1, le=10**6)]
    article: Id
    group: Annotated[str, Meta(max_length=64)] = ""
    quantity: Annotated[int, Meta(ge=1, le=10**6)] = 1
    gross_minor: Minor
    vat_rate_bp: BasisPoints = 0
    kind: LineKind = LineKind.GOODS


class Receipt(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Lines in any order; their numbers decide ties."""

    receipt: Id
    lines: Annotated[tuple[Line, ...], Meta(max_length=500)]
    channel: Channel = Channel.TERMINAL


class Branch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where it is bought: whose branch, its currency and its wall clock. `country` (ISO 3166, two
    letters) decides cash rounding where the currency alone does not; `cash_step_minor` overrides both."""

    branch: Id
    company: Id
    currency: Currency
    timezone: Id
    country: Annotated[str, Meta(pattern="^([A-Z]{2})?$")] = ""
    cash_step_minor: Annotated[int, Meta(ge=1, le=10_000)] | None = None


class Customer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who buys, and in which of this company's groups they are."""

    customer: Id
    groups: Ids = ()
