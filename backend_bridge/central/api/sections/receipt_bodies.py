"""What requests and answers about receipts consist of."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import msgspec
from msgspec import Meta
from ninja import Path
from pydantic import StringConstraints

from backend_bridge.central.sales.request import TopUpLine, VoucherLine
from loyalty.bounds import BasisPoints, Id, PointCount
from loyalty.evaluation.case import Tender
from loyalty.evaluation.result import Evaluation
from loyalty.receipts.receipt import Line, Receipt
from loyalty.reversal.request import ReverseLine
from loyalty.reversal.result import Reversal
from loyalty.reversal.taking_back import SpentPolicy

Number = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[^\u0000-\u001f\u007f-\u009f/]+$")]
NumberPath = Annotated[Number, Path(..., description="The receipt's own number at the branch.")]
ReceiptNumber = Annotated[str, Meta(min_length=1, max_length=64, pattern="^[^/]+$")]
CustomerId = Annotated[str, Meta(pattern="^[0-9a-f]{32}$")]
Amount = Annotated[int, Meta(ge=1, le=10**12)]
Words = Annotated[str, Meta(max_length=60)]
#: When it was bought, where that is not now: up to 35 days ago, with an offset.
Moment = Annotated[dt.datetime, Meta(tz=True)]
PinProof = Annotated[str, Meta(pattern="^[0-9]{1,12}-[0-9a-f]{32}$")]
BranchId = Annotated[str, Meta(pattern="^[a-z0-9-]{1,48}$")]


class Buyer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who buys, by one of: the customer's id, a username, the number of the card in hand. With a card, `proof` is what
    judging its PIN gave: one that does not hold (any more) refuses the whole."""

    customer: CustomerId | None = None
    username: Words | None = None
    card: Words | None = None
    proof: PinProof | None = None


class SaleWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A receipt, who buys, what they present (vouchers by id) and how they pay. Where it is bought is said by the
    API key, not by `receipt.channel`. Without tenders all is open, which counts as money. `happened_at` is when it was
    bought, for a receipt that comes late (35 days at most): what held then, by the branch's clock, counts."""

    receipt: Receipt
    who: Buyer | None = None
    vouchers: Annotated[tuple[Id, ...], Meta(max_length=50)] = ()
    tenders: Annotated[tuple[Tender, ...], Meta(max_length=50)] = ()
    top_ups: Annotated[tuple[TopUpLine, ...], Meta(max_length=50)] = ()
    voucher_sales: Annotated[tuple[VoucherLine, ...], Meta(max_length=50)] = ()
    happened_at: Moment | None = None


class ReversalWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What comes back: everything that is left, or `lines`. Where its points are spent already the company's own policy
    counts, or a stricter one that is named here; `refuse` is the strictest, `within_balance` the mildest."""

    lines: Annotated[tuple[ReverseLine, ...], Meta(min_length=1, max_length=500)] | None = None
    policy: SpentPolicy | None = None
    reason: Annotated[str, Meta(max_length=200)] = ""


class AwardWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Points for an amount that another system took, by the campaigns that hold (P1): a receipt with one line.
    `happened_at` is when it was paid, where that is not now: the campaigns of then count."""

    receipt: ReceiptNumber
    who: Buyer
    amount_minor: Amount
    branch: BranchId | None = None
    article: Id = "amount"
    group: Annotated[str, Meta(max_length=64)] = ""
    vat_rate_bp: BasisPoints = 0
    happened_at: Moment | None = None


class SpendWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Points that pay for something as a whole (P2): a receipt with one line that costs what they are worth."""

    receipt: ReceiptNumber
    who: Buyer
    pool: Id
    points: Amount
    branch: BranchId | None = None
    article: Id = "points-payment"
    group: Annotated[str, Meta(max_length=64)] = ""
    vat_rate_bp: BasisPoints = 0


class TopUpWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Points of the company's own pool that a customer buys for what they are worth (V17)."""

    receipt: ReceiptNumber
    who: Buyer
    pool: Id
    amount_minor: Amount
    bonus: PointCount = 0
    cash: bool = False
    branch: BranchId | None = None


class ReceiptShown(msgspec.Struct, frozen=True, kw_only=True):
    """A receipt that was recorded: as it was sold, and what of it came back. While a terminal has the right to
    reverse it (`at_terminal`), it must be recalled before it can be reversed here."""

    receipt: str
    branch: str
    customer: str | None
    channel: str
    happened_at: dt.datetime
    lines: tuple[Line, ...]
    evaluation: Evaluation
    reversals: tuple[Reversal, ...]
    at_terminal: str | None = None


class ReceiptRecalled(msgspec.Struct, frozen=True, kw_only=True):
    """Where the right to reverse a receipt is; null where it can be reversed here and now."""

    receipt: str
    at_terminal: str | None


class ReceiptListed(msgspec.Struct, frozen=True, kw_only=True):
    """A receipt in a list: gross = discount + vouchers + points + paid + open, in minor units."""

    receipt: str
    customer: str | None
    channel: str
    currency: str
    day: dt.date
    happened_at: dt.datetime
    gross_minor: int
    discount_minor: int
    voucher_minor: int
    points_minor: int
    paid_minor: int
    open_minor: int


class Receipts(msgspec.Struct, frozen=True, kw_only=True):
    """A page of receipts; `next` is the cursor of the next one."""

    items: tuple[ReceiptListed, ...]
    next: str | None
