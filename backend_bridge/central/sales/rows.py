"""The rows of receipts and reversals: their figures, and what each campaign, voucher and pool did."""

from __future__ import annotations

from collections.abc import Iterable

from backend_bridge.central.ledger.posting import Posting
from backend_bridge.central.organisation.models import Branch
from backend_bridge.central.sales.models import Effect, Receipt, Reversal
from loyalty.acts.sales import SaleMade, SaleReversed
from loyalty.evaluation.result import Evaluation, Kind

What = Effect.What
_PURCHASED = "purchased"


def write_receipt(act: SaleMade, posting: Posting, branch: Branch) -> Receipt:
    """Write a receipt with its effects."""
    evaluation = act.sold.evaluation
    by_type = {kind: sum(one.minor for one in evaluation.paid if one.type == kind) for kind in _TYPES}
    receipt = Receipt.objects.create(
        company_id=posting.company,
        branch=branch,
        number=act.receipt,
        customer_id=act.member,
        channel=act.channel.value,
        currency=branch.company.currency,
        rules=act.rules,
        cause_id=posting.key,
        gross_minor=evaluation.gross_minor,
        discount_minor=evaluation.discount_minor,
        voucher_minor=by_type["voucher"],
        points_minor=by_type["points"],
        paid_minor=by_type["card"] + by_type["cash"],
        open_minor=evaluation.open_minor,
        rounding_minor=evaluation.rounding_minor,
        by=posting.facts.by,
        day=act.day,
        happened_at=posting.happened_at,
        at=posting.at,
    )
    _write(_effects(act, evaluation), receipt, None)
    return receipt


def write_reversal(act: SaleReversed, posting: Posting, receipt: Receipt) -> Reversal:
    """Write a reversal with its effects, all of them below zero."""
    told = act.reversal
    reversal = Reversal.objects.create(
        receipt=receipt,
        company_id=posting.company,
        number=act.number,
        policy=act.policy.value,
        complete=told.complete,
        reason=act.reason,
        cause_id=posting.key,
        gross_minor=-told.gross_minor,
        discount_minor=-told.discount_minor,
        voucher_minor=-sum(one.minor for one in told.vouchers),
        points_minor=-sum(one.minor for one in told.points),
        paid_minor=-told.refund_minor,
        open_minor=-told.open_minor,
        rounding_minor=-told.rounding_minor,
        by=posting.facts.by,
        day=act.day,
        happened_at=posting.happened_at,
        at=posting.at,
    )
    _write(_effects_back(act), receipt, reversal)
    return reversal


_TYPES = ("voucher", "points", "card", "cash")


def _effects(act: SaleMade, evaluation: Evaluation) -> Iterable[Effect]:
    for discount in evaluation.discounts:
        by_campaign = discount.kind is Kind.CAMPAIGN
        what = What.CAMPAIGN_DISCOUNT if by_campaign else What.VOUCHER_DISCOUNT
        yield Effect(what=what, source=discount.id, version=act.versions.get(discount.id), minor=discount.minor)
    for paid in evaluation.paid:
        if paid.type == "voucher":
            yield Effect(what=What.VOUCHER_PAID, source=paid.id, minor=paid.minor)
        elif paid.type == "points":
            what = What.PURCHASED_PAID if paid.origin == _PURCHASED else What.POINTS_PAID
            yield Effect(what=what, source=paid.id, pool=paid.id, minor=paid.minor, points=paid.points)
    for award in evaluation.awards:
        yield Effect(
            what=What.AWARDED,
            source=award.campaign,
            version=act.versions.get(award.campaign),
            pool=award.pool,
            points=award.points,
            turnover_minor=award.turnover_minor,
        )
    for rebate in evaluation.rebates:
        yield Effect(
            what=What.REBATE,
            source=rebate.campaign,
            version=act.versions.get(rebate.campaign),
            minor=rebate.value_minor,
            turnover_minor=rebate.value.turnover_minor,
        )
    for registered in act.registered:
        yield Effect(what=What.REGISTERED, source=registered.by, pool=registered.pool, points=registered.points)
    for one in act.bought:
        yield Effect(what=What.BOUGHT, source=one.pool, pool=one.pool, minor=one.minor, points=one.points)
        if one.bonus is not None:
            yield Effect(what=What.BONUS, source=one.pool, pool=one.pool, points=one.bonus.points)


def _effects_back(act: SaleReversed) -> Iterable[Effect]:
    told = act.reversal
    for discount in told.discounts:
        what = What.CAMPAIGN_DISCOUNT if discount.kind is Kind.CAMPAIGN else What.VOUCHER_DISCOUNT
        yield Effect(what=what, source=discount.id, minor=-discount.minor)
    for voucher in told.vouchers:
        yield Effect(what=What.VOUCHER_PAID, source=voucher.voucher, minor=-voucher.minor)
    for paid in told.points:
        what = What.PURCHASED_PAID if paid.origin == _PURCHASED else What.POINTS_PAID
        yield Effect(what=what, source=paid.pool, pool=paid.pool, minor=-paid.minor, points=-paid.points)
    for award in told.awards:
        yield Effect(
            what=What.AWARDED,
            source=award.campaign,
            pool=award.pool,
            points=-award.points,
            turnover_minor=-award.turnover_minor,
        )
    for rebate in told.rebates:
        yield Effect(
            what=What.REBATE,
            source=rebate.campaign,
            minor=-rebate.value_minor,
            turnover_minor=-rebate.turnover_minor,
        )
    for registered in told.registered:
        yield Effect(what=What.REGISTERED, source=registered.voucher, pool=registered.pool, points=-registered.points)
    for one in act.bought:
        yield Effect(what=What.BOUGHT, source=one.pool, pool=one.pool, minor=-one.minor, points=-one.points)
        if one.bonus:
            yield Effect(what=What.BONUS, source=one.pool, pool=one.pool, points=-one.bonus)


def _write(effects: Iterable[Effect], receipt: Receipt, reversal: Reversal | None) -> None:
    rows = []
    for effect in effects:
        if effect.minor or effect.points or effect.turnover_minor:
            effect.receipt, effect.reversal, effect.company_id = receipt, reversal, receipt.company_id
            effect.day = receipt.day if reversal is None else reversal.day
            rows.append(effect)
    Effect.objects.bulk_create(rows)
