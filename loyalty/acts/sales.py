"""Receipts that were sold, and what was taken back of them: facts, by lots and amounts.

A sale was judged by `loyalty.evaluation`, a reversal by `loyalty.reversal`; nothing here is judged again.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import msgspec
from msgspec import Meta

from loyalty.acts.clocked import Clocked
from loyalty.acts.vouchers import VoucherCancelled, VouchersIssued, VoucherUsed, VoucherUseReturned
from loyalty.bounds import Id, Minor, PointCount
from loyalty.campaigns.taking import Taken
from loyalty.conditions import Channel
from loyalty.reversal.record import SoldReceipt
from loyalty.reversal.result import Reversal
from loyalty.reversal.taking_back import SpentPolicy
from loyalty.rights import LotSpend

#: A digest of what was asked for, by which a repetition is told from something else.
Digest = Annotated[str, Meta(pattern="^[0-9a-f]{32}$")]


class LotGiven(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`points` of `pool` became the lot `lot`: by the campaign, voucher or line that `by` names. They run out at
    `expires_ms` (Unix time), or never."""

    lot: Id
    pool: Id
    points: PointCount
    by: Annotated[str, Meta(max_length=64)]
    expires_ms: Annotated[int, Meta(ge=0, le=10**14)] | None = None


class PointsBought(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Points that a line sold (V17): `lot` was paid for with `minor`; `bonus` came on top as goodwill."""

    line: int
    pool: Id
    lot: Id
    points: PointCount
    minor: Minor
    bonus: LotGiven | None = None


class VouchersSold(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Vouchers that a line sold, one for each of its pieces."""

    line: int
    issued: VouchersIssued


class SaleMade(Clocked, frozen=True, kw_only=True, tag="sale_made", forbid_unknown_fields=True):
    """A receipt of `branch` was sold on `day`, its own date, by the rules of the version `rules`.

    `versions` are those of the campaigns that applied. `awards` are in the order of the evaluation's,
    `registered` in that of its own.
    """

    branch: Id
    receipt: Id
    channel: Channel
    member: Id | None
    day: dt.date
    sold: SoldReceipt
    rules: str
    versions: dict[str, int]
    request: Digest
    awards: tuple[LotGiven, ...] = ()
    taken: tuple[Taken, ...] = ()
    used: tuple[VoucherUsed, ...] = ()
    registered: tuple[LotGiven, ...] = ()
    rebates: tuple[VouchersIssued, ...] = ()
    bought: tuple[PointsBought, ...] = ()
    vouchers: tuple[VouchersSold, ...] = ()


class GiftTaken(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Points that had been given were taken back: points = expired + taken + debt + forgiven.

    `lot` is what they had been given as; `taken` came out of that and other lots of the main account,
    `expired` out of breakage; `debt` is owed now, and `forgiven` is gone.
    """

    lot: Id
    pool: Id
    taken: tuple[LotSpend, ...] = ()
    expired: PointCount = 0
    debt: PointCount = 0
    forgiven: PointCount = 0


class BoughtBack(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Purchased points came back unspent, for `minor`; `bonus` points that had come on top are among the gifts
    that were taken back."""

    line: int
    pool: Id
    lot: Id
    points: PointCount
    minor: Minor
    bonus: PointCount = 0


class Reissued(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A voucher in the place of one that was given by `by`, with what of it was not taken back."""

    by: Annotated[str, Meta(max_length=64)]
    issued: VouchersIssued


class SaleReversed(Clocked, frozen=True, kw_only=True, tag="sale_reversed", forbid_unknown_fields=True):
    """The `number`-th reversal of a receipt; `sale` is the key of the receipt's cause.

    `limits` and `returned` are what campaigns and vouchers got back. `cancelled` are vouchers that the
    receipt had given or sold, `reissued` what stands in the place of those it had given or registered.
    """

    branch: Id
    receipt: Id
    sale: str
    number: int
    member: Id | None
    day: dt.date
    policy: SpentPolicy
    reversal: Reversal
    request: Digest
    gifts: tuple[GiftTaken, ...] = ()
    bought: tuple[BoughtBack, ...] = ()
    limits: tuple[Taken, ...] = ()
    returned: tuple[VoucherUseReturned, ...] = ()
    cancelled: tuple[VoucherCancelled, ...] = ()
    reissued: tuple[Reissued, ...] = ()
    reason: Annotated[str, Meta(max_length=200)] = ""


class LotsExpired(msgspec.Struct, frozen=True, kw_only=True, tag="lots_expired", forbid_unknown_fields=True):
    """What was left of these lots in main accounts was booked as breakage: their time was over."""

    lots: tuple[Id, ...]
