"""Paying: sold vouchers for goods and services, money vouchers, points, card, and cash at the end.

Nothing pays more than is open on the lines that it may pay for. Points and vouchers never pay for the
sale of points or vouchers.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from loyalty.benefits import FreeGoods
from loyalty.evaluation.basket import Positions
from loyalty.evaluation.case import CardTender, CashTender, PointsTender, VoucherTender
from loyalty.evaluation.points import pay_with_points
from loyalty.evaluation.presented import FreePieces, Money, Presented
from loyalty.evaluation.reductions import take_pieces
from loyalty.evaluation.result import Kind, NotApplied, Paid, Reason
from loyalty.evaluation.work import Work
from loyalty.receipts.cash import round_cash
from loyalty.vouchers.voucher import Purpose, Voucher


@dataclass(slots=True)
class Payment:
    """Everything that was paid, and what is still open."""

    paid: list[Paid] = field(default_factory=list)
    open_minor: int = 0
    rounding_minor: int = 0
    change_minor: int = 0


def pay(work: Work, presented: Presented) -> Payment:
    """Pay what is due, in the order of the design; refusals go to `work.not_applied`."""
    payment = Payment()
    for pieces in presented.pieces:
        _note(work, payment, _pay_pieces(work, pieces))
    asked = {one.voucher: one.amount_minor for one in work.sale.tenders if isinstance(one, VoucherTender)}
    for money in sorted(presented.money, key=_money_order):
        _note(work, payment, _pay_money(work, money, asked.get(money.terms.id)))
    for tender in work.sale.tenders:
        if isinstance(tender, PointsTender):
            payment.paid += pay_with_points(work, tender)
    payment.open_minor = sum(work.basket.left)
    for tender in work.sale.tenders:
        if isinstance(tender, CardTender):
            _pay_by_card(work, payment, tender)
    for tender in work.sale.tenders:
        if isinstance(tender, CashTender):
            _pay_cash(work, payment, tender)
    return payment


def _note(work: Work, payment: Payment, found: Paid | NotApplied) -> None:
    if isinstance(found, Paid):
        payment.paid.append(found)
    else:
        work.not_applied.append(found)


def _money_order(money: Money) -> tuple[bool, bool, int, str]:
    """Single-purpose vouchers first, since they pay for fewer lines; then what ends first."""
    voucher = money.voucher
    end = voucher.valid_until
    return (not _is_single(voucher), end is None, end.toordinal() if end else 0, voucher.voucher)


def _is_single(voucher: Voucher) -> bool:
    return voucher.sold is not None and voucher.sold.purpose is Purpose.SINGLE


def _payable(work: Work, voucher: Voucher, mask: int) -> Positions:
    """The lines that a voucher may pay for: a single-purpose one only those of its VAT rate."""
    positions = work.basket.positions(mask)
    if voucher.sold is None or not _is_single(voucher):
        return positions
    rate = voucher.sold.vat_rate_bp
    return tuple(one for one in positions if work.basket.lines[one].vat_rate_bp == rate)


def _pay_pieces(work: Work, pieces: FreePieces) -> Paid | NotApplied:
    basket, terms = work.basket, pieces.terms
    kind = basket.goods if isinstance(pieces.benefit, FreeGoods) else basket.services
    positions = _payable(work, pieces.voucher, kind & basket.covered(terms.articles, terms.article_groups))
    if not positions:
        return terms.no(Reason.NO_ARTICLE)
    divided = take_pieces(pieces.benefit.pieces, positions, basket)
    if not any(divided):
        return terms.no(Reason.NOTHING_DUE)
    shares = basket.lower_by(divided, positions, basket.voucher, *_effects(work, pieces.voucher))
    return Paid(type="voucher", id=terms.id, minor=sum(divided), shares=shares)


def _pay_money(work: Work, money: Money, asked: int | None) -> Paid | NotApplied:
    basket, terms = work.basket, money.terms
    if asked == 0:
        return terms.no(Reason.NOT_ASKED)
    positions = _payable(work, money.voucher, basket.covered(terms.articles, terms.article_groups))
    if not positions:
        return terms.no(Reason.NO_ARTICLE)
    most = money.rest_minor if asked is None else min(asked, money.rest_minor)
    amount = min(most, basket.open_on(positions))
    if not amount:
        return terms.no(Reason.NOTHING_DUE)
    shares = basket.lower(amount, positions, basket.voucher, *_effects(work, money.voucher))
    return Paid(type="voucher", id=terms.id, minor=amount, rest_minor=money.rest_minor - amount, shares=shares)


def _effects(work: Work, voucher: Voucher) -> list[list[int]]:
    """What a voucher's payment means for VAT: given away, taxed when it was sold, or nothing."""
    if voucher.sold is None:
        return [work.basket.reduction]
    return [work.basket.prepaid] if _is_single(voucher) else []


def _pay_by_card(work: Work, payment: Payment, tender: CardTender) -> None:
    amount = payment.open_minor if tender.amount_minor is None else min(tender.amount_minor, payment.open_minor)
    if not amount:
        work.not_applied.append(_nothing("card", Reason.NOTHING_DUE if not payment.open_minor else Reason.NOT_ASKED))
        return
    payment.paid.append(Paid(type="card", minor=amount))
    payment.open_minor -= amount


def _pay_cash(work: Work, payment: Payment, tender: CashTender) -> None:
    due = round_cash(payment.open_minor, step=work.rules.cash_step)
    given = due if tender.amount_minor is None else tender.amount_minor
    if not payment.open_minor:
        payment.change_minor = given
        work.not_applied.append(_nothing("cash", Reason.NOTHING_DUE))
    elif given >= due:
        payment.paid.append(Paid(type="cash", minor=due))
        payment.rounding_minor = due - payment.open_minor
        payment.change_minor, payment.open_minor = given - due, 0
    elif not given:
        work.not_applied.append(_nothing("cash", Reason.NOT_ASKED))
    else:
        # What does not settle the receipt is not rounded, and may be just the amount before rounding.
        amount = min(given, payment.open_minor)
        payment.paid.append(Paid(type="cash", minor=amount))
        payment.open_minor -= amount
        payment.change_minor = given - amount


def _nothing(name: str, reason: Reason) -> NotApplied:
    return NotApplied(kind=Kind.TENDER, id=name, reason=reason)
