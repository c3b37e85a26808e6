"""Vouchers that are presented: whether each may be used at all, and as what.

A voucher either lowers the price, or pays, or posts points. What it comes to is decided elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from loyalty.benefits import FreeGoods, FreeService, MoneyValue, PastOff, PointsValue, PriceReduction
from loyalty.evaluation.result import Kind, NotApplied, Reason, Registered
from loyalty.evaluation.terms import Terms, terms_of
from loyalty.evaluation.work import Work
from loyalty.vouchers.voucher import Voucher, VoucherForm, VoucherState

_CLOSED = {
    VoucherState.DRAFT: Reason.NOT_ISSUED,
    VoucherState.REDEEMED: Reason.REDEEMED,
    VoucherState.EXPIRED: Reason.EXPIRED,
    VoucherState.CANCELLED: Reason.CANCELLED,
}


@dataclass(frozen=True, slots=True, eq=False)
class Reducing:
    """A voucher that lowers the price."""

    terms: Terms
    benefit: PriceReduction


@dataclass(frozen=True, slots=True, eq=False)
class FreePieces:
    """A sold voucher for goods or services: it pays for pieces."""

    terms: Terms
    voucher: Voucher
    benefit: FreeGoods | FreeService


@dataclass(frozen=True, slots=True, eq=False)
class Money:
    """A money voucher."""

    terms: Terms
    voucher: Voucher
    rest_minor: int


@dataclass(slots=True, eq=False)
class Presented:
    """The usable vouchers by what they do, in the order of their ids."""

    reducing: list[Reducing] = field(default_factory=list)
    pieces: list[FreePieces] = field(default_factory=list)
    money: list[Money] = field(default_factory=list)
    registered: list[Registered] = field(default_factory=list)


def present(work: Work) -> Presented:
    """Sort the sale's vouchers; those that may not be used go to `work.not_applied`."""
    found = Presented()
    for voucher in sorted(work.sale.vouchers, key=lambda one: one.voucher):
        terms = terms_of(voucher, kind=Kind.VOUCHER, name=voucher.voucher, branch=work.rules.branch)
        refusal = _refusal(voucher, terms, work)
        if refusal is not None:
            work.not_applied.append(refusal)
            continue
        match voucher.value:
            case MoneyValue(rest_minor=rest):
                found.money.append(Money(terms, voucher, rest))
            case PointsValue(pool=pool, points=points):
                found.registered.append(Registered(voucher=voucher.voucher, pool=pool, points=points))
            case FreeGoods() | FreeService() if voucher.sold is not None:
                found.pieces.append(FreePieces(terms, voucher, voucher.value))
            case _:
                found.reducing.append(Reducing(terms, voucher.value))
    return found


def _refusal(voucher: Voucher, terms: Terms, work: Work) -> NotApplied | None:
    value = voucher.value
    if terms.misplaced is not None:
        return terms.misplaced
    if isinstance(value, PointsValue) and value.pool not in work.rules.pools:
        return terms.no(Reason.POOL_NOT_ACCEPTED)
    closed = _closed(voucher)
    if closed is not None:
        return terms.no(closed)
    refusal = terms.refusal(work.occasion) or _owner_refusal(voucher, terms, work)
    if refusal is None and isinstance(value, PastOff) and work.basket.receipt in value.receipts:
        return terms.no(Reason.OWN_RECEIPT)
    return refusal


def _closed(voucher: Voucher) -> Reason | None:
    if voucher.state in _CLOSED:
        return _CLOSED[voucher.state]
    if isinstance(voucher.value, PointsValue) and voucher.state is VoucherState.REGISTERED:
        return Reason.REDEEMED
    if not voucher.uses_left:
        return Reason.NO_USES_LEFT
    if isinstance(voucher.value, MoneyValue) and not voucher.value.rest_minor:
        return Reason.EMPTY
    return None


def _owner_refusal(voucher: Voucher, terms: Terms, work: Work) -> NotApplied | None:
    bound = voucher.owner_bound or voucher.form is VoucherForm.ACCOUNT
    if not bound and not isinstance(voucher.value, PointsValue):
        return None
    customer = work.sale.customer
    if customer is None:
        return terms.no(Reason.CUSTOMER_NEEDED)
    if bound and voucher.owner != customer.customer:
        return terms.no(Reason.OTHER_OWNER)
    return None
