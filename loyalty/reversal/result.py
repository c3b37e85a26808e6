"""What a reversal does. All amounts are what comes back now, at least 0; those of all reversals of a
receipt together never exceed the receipt, and are exactly the receipt when it is reversed as a whole.
"""

from __future__ import annotations

import msgspec

from loyalty.clearing.split import Cell
from loyalty.evaluation.result import Kind, Share


class ReversalLine(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A line: gross = discount + vouchers + points + paid. `finished`: nothing of it is left."""

    line: int
    quantity: int
    gross_minor: int
    discount_minor: int
    voucher_minor: int
    points_minor: int
    paid_minor: int
    net_minor: int
    tax_minor: int
    finished: bool


class ReversalDiscount(msgspec.Struct, frozen=True, kw_only=True):
    """What a campaign or voucher had taken off. `use_back`: all that it applied to is reversed now, so that
    the voucher can be used again, and the campaign's limits have a use more."""

    kind: Kind
    id: str
    minor: int
    shares: tuple[Share, ...]
    use_back: bool


class ReversalVoucher(msgspec.Struct, frozen=True, kw_only=True):
    """What comes back of a payment by voucher. `restores`: `minor` goes back onto a money voucher; otherwise
    it was goods or a service, whose use comes back with `use_back`. `payment` is its place in `Evaluation.paid`."""

    payment: int
    voucher: str
    minor: int
    shares: tuple[Share, ...]
    restores: bool
    use_back: bool


class ReversalPoints(msgspec.Struct, frozen=True, kw_only=True):
    """Points that go back to their lots with their old expiry. A cell is a lot and a VAT rate; its lot is empty
    where the payment named none. `minor` is what the points had paid; where a point is worth more than a
    minor unit, points follow it as soon as half a point is reached."""

    payment: int
    pool: str
    origin: str
    points: int
    minor: int
    shares: tuple[Share, ...]
    cells: tuple[Cell, ...]

    def by_lot(self) -> dict[str, int]:
        """The points that go back to each lot, without those that get none."""
        sums: dict[str, int] = {}
        for cell in self.cells:
            if cell.points:
                sums[cell.lot] = sums.get(cell.lot, 0) + cell.points
        return sums


class ReversalAward(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Points of a campaign that are taken back, for `turnover_minor` that is reversed."""

    campaign: str
    pool: str
    turnover_minor: int
    points: int
    finished: bool


class ReversalRebate(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What is taken off the voucher for later that a campaign gave; `finished`: all of it."""

    campaign: str
    turnover_minor: int
    value_minor: int
    finished: bool


class ReversalRegistration(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A point voucher that was registered with the receipt: its points are taken back, and it can be used
    again. It belongs to no line, so that it goes with the last of them."""

    voucher: str
    pool: str
    points: int


class ReversalVat(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One rate: gross = discount + reduction + prepaid + net + tax, as in `VatPart`."""

    rate_bp: int
    gross_minor: int
    discount_minor: int
    reduction_minor: int
    prepaid_minor: int
    net_minor: int
    tax_minor: int


class Refund(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Money that is paid back the way it was paid: `type` card or cash, `payment` its place in `Evaluation.paid`."""

    payment: int
    type: str
    minor: int


class Reversal(msgspec.Struct, frozen=True, kw_only=True):
    """The whole answer: gross = discount + vouchers + points + what money paid, and
    what money paid = open + refund - rounding. `open_minor` was never paid, and is no longer owed.
    `untaxed_minor` is of sales of points and multi-purpose vouchers. `complete`: nothing is left."""

    lines: tuple[ReversalLine, ...]
    discounts: tuple[ReversalDiscount, ...]
    vouchers: tuple[ReversalVoucher, ...]
    points: tuple[ReversalPoints, ...]
    awards: tuple[ReversalAward, ...]
    rebates: tuple[ReversalRebate, ...]
    registered: tuple[ReversalRegistration, ...]
    vat: tuple[ReversalVat, ...]
    refunds: tuple[Refund, ...]
    untaxed_minor: int
    gross_minor: int
    discount_minor: int
    open_minor: int
    rounding_minor: int
    refund_minor: int
    complete: bool
