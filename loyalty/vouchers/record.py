"""A voucher with what its life needs to know beside the terms: what it was issued with and what is left."""

from __future__ import annotations

import msgspec

from loyalty.benefits import AmountOff, FreeGoods, FreeService, MoneyValue, PastOff, PercentOff, PointsValue
from loyalty.bounds import Minor, Uses
from loyalty.vouchers.refusal import Refusal
from loyalty.vouchers.voucher import Voucher, VoucherState

#: States in which a voucher can be used. A registered point voucher has ended all the same.
ALIVE = frozenset({VoucherState.ISSUED, VoucherState.REGISTERED})


class VoucherRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A voucher as its company keeps it; `voucher` is what `loyalty.evaluation` judges.

    `face_minor` is the amount that a money voucher was issued with, or the price of sold goods and services.
    `unearned_minor` is the part of such a price that is not used yet; what is on a money voucher is its
    value's own `rest_minor`. `lapsed_minor` and `lapsed_uses` were left when it expired; the money went to
    breakage, and comes back if the voucher is revived. `uses_total` were given when it was issued, `uses_made`
    numbers them. A money voucher has one use left until nothing is on it.
    """

    voucher: Voucher
    face_minor: Minor = 0
    unearned_minor: Minor = 0
    lapsed_minor: Minor = 0
    lapsed_uses: Uses = 0
    uses_total: Uses = 0
    uses_made: Uses = 0

    @property
    def is_money(self) -> bool:
        """Whether it is used in parts."""
        return isinstance(self.voucher.value, MoneyValue)

    @property
    def on_it_minor(self) -> int:
        """The money that the books hold for it: nothing for drafts, for discounts and points, and for goods
        and services that were given away."""
        value = self.voucher.value
        if self.voucher.state is VoucherState.DRAFT:
            return 0
        return value.rest_minor if isinstance(value, MoneyValue) else self.unearned_minor

    @property
    def has_posted_points(self) -> bool:
        """Whether it was a point coupon, and is registered."""
        return isinstance(self.voucher.value, PointsValue) and self.voucher.state is VoucherState.REGISTERED

    @property
    def is_alive(self) -> bool:
        """Whether it may still be used by its state."""
        return self.voucher.state in ALIVE and not self.has_posted_points


class UseMade(msgspec.Struct, frozen=True, kw_only=True):
    """Use `number` took `minor` off what is on the voucher; `returned_minor` of it is back. `returned` says
    that the use itself was given back, where it is no money."""

    number: int
    minor: int
    returned_minor: int = 0
    returned: bool = False


class Changed(msgspec.Struct, frozen=True, kw_only=True):
    """The voucher as it is now. `minor` is the money that moved onto or off it; `use` the use that was
    made or given back."""

    record: VoucherRecord
    minor: int = 0
    use: UseMade | None = None


Outcome = Changed | Refusal


def draft(voucher: Voucher) -> VoucherRecord:
    """The record of a new voucher that nobody has yet."""
    unsold = msgspec.structs.replace(voucher, state=VoucherState.DRAFT, sold=None)
    return VoucherRecord(voucher=unsold, uses_total=voucher.uses_left)


def gives_something(voucher: Voucher) -> bool:
    """Whether the voucher is worth issuing: at least one use, and a value above nothing."""
    if not voucher.uses_left:
        return False
    match voucher.value:
        case MoneyValue(rest_minor=given) | AmountOff(amount_minor=given) | PercentOff(rate_bp=given):
            return given > 0
        case PointsValue(points=given):
            return given > 0
        case PastOff():
            return voucher.value.value_minor > 0
        case FreeGoods() | FreeService():
            return True


def with_more(record: VoucherRecord, minor: int) -> VoucherRecord:
    """The record with `minor` more on it (less, where it is below zero)."""
    value = record.voucher.value
    if isinstance(value, MoneyValue):
        fuller = MoneyValue(rest_minor=value.rest_minor + minor)
        return msgspec.structs.replace(record, voucher=msgspec.structs.replace(record.voucher, value=fuller))
    return msgspec.structs.replace(record, unearned_minor=record.unearned_minor + minor)


def emptied(record: VoucherRecord, state: VoucherState) -> VoucherRecord:
    """The record at its end: nothing is on it, and no use is left."""
    value = MoneyValue(rest_minor=0) if record.is_money else record.voucher.value
    voucher = msgspec.structs.replace(record.voucher, value=value, state=state, uses_left=0)
    return msgspec.structs.replace(record, voucher=voucher, unearned_minor=0)
