"""What `evaluate` answers. Every campaign and voucher is in it exactly once: applied, or with a reason."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

import msgspec

from loyalty.benefits import PastOff


class Reason(StrEnum):
    """Why something did not apply. In brackets: which data of `NotApplied` go with it."""

    OTHER_COMPANY = "other_company"  # it belongs to another company
    OTHER_BRANCH = "other_branch"
    POOL_NOT_ACCEPTED = "pool_not_accepted"
    NOT_ISSUED = "not_issued"  # a draft
    REDEEMED = "redeemed"  # used before, or a point coupon that is registered
    EXPIRED = "expired"  # closed as expired
    CANCELLED = "cancelled"
    NO_USES_LEFT = "no_uses_left"
    EMPTY = "empty"  # nothing is left on a money voucher
    OTHER_CHANNEL = "other_channel"
    NOT_YET_VALID = "not_yet_valid"  # (day) the first on which it is
    NO_LONGER_VALID = "no_longer_valid"  # (day) the last on which it was
    OUTSIDE_WINDOW = "outside_window"  # not on this weekday or at this hour
    CUSTOMER_NEEDED = "customer_needed"  # nobody has shown a card
    OTHER_GROUP = "other_group"  # the customer is in none of its groups
    OTHER_OWNER = "other_owner"  # it works with its owner's card only
    USES_SPENT = "uses_spent"
    CUSTOMER_USES_SPENT = "customer_uses_spent"
    DAY_USES_SPENT = "day_uses_spent"
    BUDGET_SPENT = "budget_spent"  # (needed, have) it gives all or nothing
    OWN_RECEIPT = "own_receipt"  # a discount on a past receipt never alters that receipt
    NO_ARTICLE = "no_article"  # nothing on the receipt is covered
    OUTDONE = "outdone"  # (by) another of its exclusive group gives more
    NOT_COMBINABLE = "not_combinable"  # (by) what does more for the customer
    NOTHING_LEFT = "nothing_left"  # it would not lower the price any further
    NOTHING_TO_AWARD = "nothing_to_award"  # what is paid for its lines gives less than a point or a cent
    NOT_ASKED = "not_asked"  # it was to pay nothing
    BELOW_MINIMUM = "below_minimum"  # (needed, have) points
    NOT_ENOUGH_POINTS = "not_enough_points"  # (needed, have)
    NOTHING_DUE = "nothing_due"  # there is nothing that it could pay for


class Kind(StrEnum):
    """What is spoken of."""

    CAMPAIGN = "campaign"
    VOUCHER = "voucher"
    TENDER = "tender"


class NotApplied(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One thing that did not apply: the first reason that was found, in the order of `Reason`."""

    kind: Kind
    id: str
    reason: Reason
    needed: int | None = None
    have: int | None = None
    day: dt.date | None = None
    by: tuple[str, ...] = ()


class Share(msgspec.Struct, frozen=True, gc=False):
    """The part of an amount that falls on one line."""

    line: int
    minor: int


class Discount(msgspec.Struct, frozen=True, kw_only=True):
    """What one campaign or voucher takes off, by line."""

    kind: Kind
    id: str
    minor: int
    shares: tuple[Share, ...]


class LotUse(msgspec.Struct, frozen=True, gc=False):
    """Points that are taken from one lot."""

    lot: str
    points: int


class Paid(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One payment. `type`: voucher (by a voucher's id), points (by a pool's), card or cash. Points of
    different origin are different payments. `rest_minor` is what stays on a money voucher."""

    type: str
    minor: int
    id: str = ""
    points: int = 0
    origin: str = ""
    lots: tuple[LotUse, ...] = ()
    rest_minor: int | None = None
    shares: tuple[Share, ...] = ()


class Award(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Points that one campaign gives for `turnover_minor`. They run out at `expires_ms` (Unix time), or never."""

    campaign: str
    pool: str
    turnover_minor: int
    points: int
    expires_ms: int | None = None


class RebateDue(msgspec.Struct, frozen=True, kw_only=True):
    """A voucher for later that one campaign gives, worth `value_minor`."""

    campaign: str
    value_minor: int
    value: PastOff


class Registered(msgspec.Struct, frozen=True, kw_only=True):
    """Points that a point voucher posts; it is ended by that."""

    voucher: str
    pool: str
    points: int


class LineResult(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A line: gross = discount + vouchers + points + paid. `net_minor` and `tax_minor` are what is
    taxed now; `paid_minor` is what money pays."""

    line: int
    gross_minor: int
    discount_minor: int
    voucher_minor: int
    points_minor: int
    paid_minor: int
    net_minor: int
    tax_minor: int


class VatPart(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One rate: gross = discount + reduction + prepaid + net + tax, and so on every line.

    `reduction_minor` is what earned points and vouchers that were given away paid, which lowers the
    price; `prepaid_minor` what single-purpose vouchers paid, which was taxed when they were sold.
    """

    rate_bp: int
    gross_minor: int
    discount_minor: int
    reduction_minor: int
    prepaid_minor: int
    net_minor: int
    tax_minor: int


class Evaluation(msgspec.Struct, frozen=True, kw_only=True):
    """The whole answer. gross - discount = due = all that is paid without cash rounding + open.

    `cash_due_minor` is what the open amount would be in cash. `untaxed_minor` is the sale of points and
    multi-purpose vouchers. `best_is_proven` is false where so many discounts met that not all
    combinations were tried; the one that was taken is then at least as good as taking one after the other.
    """

    lines: tuple[LineResult, ...]
    discounts: tuple[Discount, ...]
    paid: tuple[Paid, ...]
    awards: tuple[Award, ...]
    rebates: tuple[RebateDue, ...]
    registered: tuple[Registered, ...]
    not_applied: tuple[NotApplied, ...]
    vat: tuple[VatPart, ...]
    untaxed_minor: int
    gross_minor: int
    discount_minor: int
    due_minor: int
    open_minor: int
    cash_due_minor: int
    rounding_minor: int
    change_minor: int
    best_is_proven: bool
