"""What happened to vouchers. Amounts are minor units of the company's currency, dates its wall clock's.

Each of these is an act of its own, and a part of larger ones: a sale names the uses that it made, a
reversal those that it gives back.
"""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from loyalty.acts.clocked import Clocked
from loyalty.benefits import VoucherValue
from loyalty.bounds import Id, Minor, Uses
from loyalty.conditions import Conditions
from loyalty.vouchers.voucher import Sold, VoucherForm

#: The id of a voucher, which its printed code carries: 64 bits as hex digits.
VoucherId = Annotated[str, Meta(pattern="^[0-9a-f]{16}$")]
#: Where something was done: a sales channel, the office, a job.
ChannelName = Annotated[str, Meta(max_length=20)]
#: The id of a receipt; empty for none.
ReceiptId = Annotated[str, Meta(max_length=64)]
#: The most vouchers that one act makes or ends.
MOST_AT_ONCE = 10_000


class NewVoucher(Conditions, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What each voucher of an issue is like. With an `owner` it is registered to them at once, unless it
    gives points, which wait for that owner. `funded_by` bears what it gives; empty: its own company."""

    value: VoucherValue
    form: VoucherForm = VoucherForm.BARCODE
    owner: Id | None = None
    owner_bound: bool = False
    uses: Annotated[int, Meta(ge=1, le=10**9)] = 1
    funded_by: Annotated[str, Meta(max_length=64)] = ""


class VouchersIssued(Clocked, frozen=True, kw_only=True, tag="vouchers_issued"):
    """`vouchers` were made. With `sold` each was sold for `price_minor`; as drafts they are not issued yet.
    `receipt` is the one that they were bought with, earned by or printed on."""

    vouchers: Annotated[tuple[VoucherId, ...], Meta(min_length=1, max_length=MOST_AT_ONCE)]
    like: NewVoucher
    sold: Sold | None = None
    price_minor: Minor = 0
    draft: bool = False
    batch: Annotated[str, Meta(max_length=60)] = ""
    channel: ChannelName = ""
    receipt: ReceiptId = ""


class DraftIssued(Clocked, frozen=True, kw_only=True, tag="draft_issued"):
    """A draft was issued, or sold for `price_minor`."""

    voucher: VoucherId
    sold: Sold | None = None
    price_minor: Minor = 0
    channel: ChannelName = ""


class VoucherRegistered(Clocked, frozen=True, kw_only=True, tag="voucher_registered"):
    """A free voucher belongs to `customer` now. A point coupon has become a lot of points, and ended."""

    voucher: VoucherId
    customer: Id
    today: dt.date
    channel: ChannelName = ""


class VoucherMadeFor(Clocked, frozen=True, kw_only=True, tag="voucher_made_for"):
    """A voucher was made and registered to a customer in one step (B4)."""

    issued: VouchersIssued
    registered: VoucherRegistered


class VoucherTransferred(Clocked, frozen=True, kw_only=True, tag="voucher_transferred"):
    """A registered voucher belongs to `to` now."""

    voucher: VoucherId
    to: Id
    today: dt.date
    channel: ChannelName = ""


class VoucherUsed(Clocked, frozen=True, kw_only=True, tag="voucher_used"):
    """Use `number` took `minor` of the money that is on it; 0 where the voucher holds none. `worth_minor` is
    what a discount, or goods that were given away, came to on the receipt."""

    voucher: VoucherId
    number: Uses
    minor: Minor
    worth_minor: Minor = 0
    channel: ChannelName = ""
    receipt: ReceiptId = ""


class VoucherUseReturned(Clocked, frozen=True, kw_only=True, tag="voucher_use_returned"):
    """Use `number` was given back, or `minor` of it where it is money."""

    voucher: VoucherId
    number: Uses
    minor: Minor
    channel: ChannelName = ""
    receipt: ReceiptId = ""


class ValidityChanged(Clocked, frozen=True, kw_only=True, tag="voucher_validity_changed"):
    """It holds from `valid_from` until `valid_until`, both included. `revived`: it had expired, and what it
    held then is on it again."""

    voucher: VoucherId
    valid_from: dt.date | None
    valid_until: dt.date | None
    today: dt.date
    revived: bool = False
    channel: ChannelName = ""


class TermsChanged(Clocked, frozen=True, kw_only=True, tag="voucher_terms_changed"):
    """Other restrictions hold. The days in `conditions` are not looked at."""

    voucher: VoucherId
    conditions: Conditions
    owner_bound: bool
    channel: ChannelName = ""


class LeftOver(StrEnum):
    """What becomes of what is left on a cancelled voucher that was sold."""

    REFUND = "refund"
    KEEP = "keep"


class VoucherCancelled(Clocked, frozen=True, kw_only=True, tag="voucher_cancelled"):
    """It ended for good with `minor` on it, which was paid back, or kept by the company."""

    voucher: VoucherId
    minor: Minor
    left_over: LeftOver = LeftOver.KEEP
    reason: Annotated[str, Meta(max_length=200)] = ""
    channel: ChannelName = ""


class Lapsed(msgspec.Struct, frozen=True):
    """One voucher that expired with `minor` on it."""

    voucher: VoucherId
    minor: Minor


class VouchersExpired(Clocked, frozen=True, kw_only=True, tag="vouchers_expired"):
    """The last day of these was over everywhere on `today`."""

    today: dt.date
    lapsed: Annotated[tuple[Lapsed, ...], Meta(min_length=1, max_length=MOST_AT_ONCE)]


Change = ValidityChanged | TermsChanged | VoucherCancelled


class ChangeWished(Clocked, frozen=True, kw_only=True, tag="voucher_change_wished"):
    """A voucher whose home is a terminal is to be changed when it comes back: only then it is judged."""

    change: Change
