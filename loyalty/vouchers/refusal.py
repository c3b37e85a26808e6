"""Why something cannot be done with a voucher: what stands in the way, and the rule that says so."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

import msgspec


class Deed(StrEnum):
    """What can be done with a voucher."""

    ISSUE = "issue"
    SELL = "sell"
    REGISTER = "register"
    TRANSFER = "transfer"
    USE = "use"
    GIVE_BACK = "give_back"
    CHANGE_VALIDITY = "change_validity"
    CHANGE_TERMS = "change_terms"
    CANCEL = "cancel"
    EXPIRE = "expire"


class Hindrance(StrEnum):
    """What stands in the way. In brackets: which data of `Refusal` go with it."""

    DRAFT = "draft"
    ISSUED_BEFORE = "issued_before"
    NOT_REGISTERED = "not_registered"
    REGISTERED_BEFORE = "registered_before"
    POINTS_POSTED = "points_posted"
    REDEEMED = "redeemed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    GIVES_NOTHING = "gives_nothing"
    NOT_FOR_SALE = "not_for_sale"
    FACE_VALUE = "face_value"  # (needed, have)
    RATE_MISSING = "rate_missing"
    NOT_YET_VALID = "not_yet_valid"  # (day)
    NO_LONGER_VALID = "no_longer_valid"  # (day)
    OWNER_BOUND = "owner_bound"
    SAME_OWNER = "same_owner"
    FOR_ANOTHER = "for_another"
    REGISTER_POINTS = "register_points"
    AMOUNT_WANTED = "amount_wanted"
    NO_AMOUNT = "no_amount"
    MORE_THAN_LEFT = "more_than_left"  # (needed, have)
    MORE_THAN_USED = "more_than_used"  # (needed, have)
    ONLY_WHOLE = "only_whole"
    DATES_REVERSED = "dates_reversed"  # (day)
    ENDS_IN_PAST = "ends_in_past"  # (day)
    NEEDS_REVIVAL = "needs_revival"
    NEVER_NARROWED = "never_narrowed"
    RECEIPT_REVERSED = "receipt_reversed"
    OTHER_COMPANY = "other_company"
    OTHER_CHANNEL = "other_channel"
    OTHER_BRANCH = "other_branch"
    BRANCH_NEEDED = "branch_needed"
    OUTSIDE_WINDOW = "outside_window"
    CUSTOMER_NEEDED = "customer_needed"
    OTHER_GROUP = "other_group"
    OTHER_OWNER = "other_owner"
    NOT_DUE = "not_due"  # (day)


#: The rule behind each hindrance, in one sentence.
RULES = {
    Hindrance.DRAFT: "a draft is issued before anything else is done with it",
    Hindrance.ISSUED_BEFORE: "a voucher is issued or sold once",
    Hindrance.NOT_REGISTERED: "only a registered voucher is transferred; a free one belongs to whoever brings it",
    Hindrance.REGISTERED_BEFORE: "a voucher is registered once; after that it is transferred",
    Hindrance.POINTS_POSTED: "registering a point coupon posts its points and ends it",
    Hindrance.REDEEMED: "a voucher that is used up has ended",
    Hindrance.EXPIRED: "an expired voucher has ended; it can be revived by a new validity",
    Hindrance.CANCELLED: "a cancelled voucher has ended for good",
    Hindrance.GIVES_NOTHING: "a voucher gives something at least once",
    Hindrance.NOT_FOR_SALE: "only vouchers for money, goods and services are sold",
    Hindrance.FACE_VALUE: "money is sold for the amount that is on it, anything else for more than nothing",
    Hindrance.RATE_MISSING: "a single-purpose voucher is taxed when it is sold, at a rate that is named",
    Hindrance.NOT_YET_VALID: "a voucher cannot be used before its first day",
    Hindrance.NO_LONGER_VALID: "a voucher cannot be used after its last day",
    Hindrance.OWNER_BOUND: "an owner-bound voucher stays with its owner",
    Hindrance.SAME_OWNER: "a voucher is transferred to somebody else than its owner",
    Hindrance.FOR_ANOTHER: "a voucher that was made for one customer is registered to nobody else",
    Hindrance.REGISTER_POINTS: "a point coupon is registered, not used",
    Hindrance.AMOUNT_WANTED: "a part of a money voucher is an amount above zero",
    Hindrance.NO_AMOUNT: "only a money voucher is used by an amount; any other is used as a whole",
    Hindrance.MORE_THAN_LEFT: "no more is used than is left on a voucher",
    Hindrance.MORE_THAN_USED: "no more of a use is given back than it took",
    Hindrance.ONLY_WHOLE: "a use of anything but money is given back as a whole",
    Hindrance.DATES_REVERSED: "the last day is not before the first",
    Hindrance.ENDS_IN_PAST: "a voucher that is changed ends today or later; what should end now is cancelled",
    Hindrance.NEEDS_REVIVAL: "an expired voucher gets a new validity only by reviving it, which has to be asked for",
    Hindrance.NEVER_NARROWED: "what a customer has paid for is never narrowed",
    Hindrance.RECEIPT_REVERSED: "a voucher that a receipt gave goes with it, and what earned this one was taken back",
    Hindrance.OTHER_COMPANY: "a voucher stays with the company that issued it",
    Hindrance.OTHER_CHANNEL: "a voucher holds in the channels it was made for",
    Hindrance.OTHER_BRANCH: "a voucher holds at the branches it was made for",
    Hindrance.BRANCH_NEEDED: "a voucher for some branches, weekdays or hours is judged at a branch; name it",
    Hindrance.OUTSIDE_WINDOW: "a voucher holds on the weekdays and at the hours it was made for",
    Hindrance.CUSTOMER_NEEDED: "a voucher for certain customers holds when it is known who brings it",
    Hindrance.OTHER_GROUP: "a voucher for groups of customers holds for who is in one of them",
    Hindrance.OTHER_OWNER: "an owner-bound voucher holds for its owner only",
    Hindrance.NOT_DUE: "a voucher expires when its last day is over everywhere",
}


class Refusal(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`deed` cannot be done with `voucher`, and nothing has changed."""

    deed: Deed
    voucher: str
    reason: Hindrance
    day: dt.date | None = None
    needed: int | None = None
    have: int | None = None

    @property
    def rule(self) -> str:
        """The rule that stands in the way, in a sentence without a full stop."""
        return RULES[self.reason]
