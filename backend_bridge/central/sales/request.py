"""What is asked for: a receipt that is sold, and what of it comes back. Plain values, digested for repetitions."""

from __future__ import annotations

import hashlib
from typing import Annotated

import msgspec
from msgspec import Meta

from loyalty.acts.vouchers import NewVoucher
from loyalty.bounds import Id, PointCount
from loyalty.evaluation.case import Tender
from loyalty.receipts.receipt import Receipt
from loyalty.reversal.request import ReversalRequest
from loyalty.reversal.taking_back import SpentPolicy


class Who(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The customer, by one of: the pseudonym, a card's token, a username."""

    member: Id | None = None
    card: Id | None = None
    username: Id | None = None


class TopUpLine(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A line of kind `points` sells points of `pool` at their value; `bonus` points come on top (V17)."""

    line: int
    pool: Id
    bonus: PointCount = 0


class VoucherLine(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A line of kind `voucher_single` or `voucher_multi` sells one voucher like this for each of its pieces."""

    line: int
    like: NewVoucher


class SaleRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A receipt, who buys, what they present and how they pay. Vouchers in account form need not be named:
    reading the card presents them (C3), unless what is on it is not to be used (`from_card`). Without tenders all is
    open, which counts as money. Where the price is `agreed`, as for what another system has charged already, neither
    campaigns nor vouchers lower it."""

    receipt: Receipt
    who: Who | None = None
    vouchers: Annotated[tuple[Id, ...], Meta(max_length=100)] = ()
    tenders: Annotated[tuple[Tender, ...], Meta(max_length=50)] = ()
    top_ups: Annotated[tuple[TopUpLine, ...], Meta(max_length=50)] = ()
    voucher_sales: Annotated[tuple[VoucherLine, ...], Meta(max_length=500)] = ()
    agreed: bool = False
    from_card: bool = True


class ReverseRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What of a receipt comes back. Where its points are spent already the company's own policy counts, or a stricter
    one that is named here."""

    receipt: Id
    what: ReversalRequest = ReversalRequest()
    policy: SpentPolicy | None = None
    reason: Annotated[str, Meta(max_length=200)] = ""


def digest(request: msgspec.Struct, *, member: str | None = None) -> str:
    """The same for equal requests. A customer counts as the account that was found, however it was named."""
    plain = msgspec.to_builtins(request)
    plain["who"] = member
    return hashlib.blake2b(msgspec.json.encode(plain, order="deterministic"), digest_size=16).hexdigest()
