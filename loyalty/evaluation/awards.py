"""Awards and rebates: for what is really paid with money, once per campaign and receipt.

points = floor(turnover * rate / (100 * 10^exponent)), with the rate in hundredths of a point per 1.00.
"""

from __future__ import annotations

from dataclasses import dataclass

from loyalty.benefits import PastOff
from loyalty.evaluation.limits import budget_left
from loyalty.evaluation.result import Award, Reason, RebateDue
from loyalty.evaluation.rules import ReadyCampaign, Rules
from loyalty.evaluation.work import Work
from loyalty.expiry import expires_ms


@dataclass(frozen=True, slots=True)
class _Gift:
    """What one campaign gives; `worth_minor` compares points of different pools and rebates."""

    ready: ReadyCampaign
    turnover_minor: int
    amount: int
    worth_minor: int


def award(work: Work) -> tuple[tuple[Award, ...], tuple[RebateDue, ...]]:
    """What the campaigns give for this receipt, after everything has been paid."""
    stocks = {stock.campaign: stock for stock in work.sale.stocks}
    gifts, turnovers = [], dict[int, int]()
    for ready in work.campaigns:
        if ready.reduction is not None:
            continue
        gift = _gift(work, ready, turnovers)
        if gift is None:
            continue
        budget = budget_left(ready, stocks.get(ready.id)) if ready.limited else None
        if budget is not None and gift.amount > budget:
            work.not_applied.append(ready.terms.no(Reason.BUDGET_SPENT, needed=gift.amount, have=budget))
        else:
            gifts.append(gift)
    gifts = _best_of_groups(work, gifts)
    awards = tuple(_award(work, gift) for gift in gifts if gift.ready.award is not None)
    rebates = tuple(_rebate(gift, work.basket.receipt) for gift in gifts if gift.ready.rebate is not None)
    return awards, rebates


def worth_alone(work: Work, ready: ReadyCampaign) -> int:
    """What an award or rebate is worth in minor units for what is open on its lines now."""
    positions = work.basket.positions(work.basket.covered(ready.terms.articles, ready.terms.article_groups))
    amount = _amount(ready, work.basket.open_on(positions), work.rules)
    return amount * _unit_worth(ready, work.rules)


def minimum_balance(work: Work, pool: str) -> int:
    """Below which balance no point of `pool` can be spent at this company today (P8): the highest of
    the pool's own and of those of the company's campaigns that are valid today."""
    minimum = work.rules.pools[pool].minimum_balance
    today = work.occasion.clock.date
    for ready in work.rules.campaigns:
        awarded = ready.award
        if awarded is None or awarded.pool != pool or ready.campaign.company != work.rules.branch.company:
            continue
        first, last = ready.terms.first_day, ready.terms.last_day
        if (first is None or first <= today) and (last is None or today <= last):
            minimum = max(minimum, awarded.minimum_balance)
    return minimum


def _gift(work: Work, ready: ReadyCampaign, turnovers: dict[int, int]) -> _Gift | None:
    mask = work.basket.covered(ready.terms.articles, ready.terms.article_groups)
    if not mask:
        work.not_applied.append(ready.terms.no(Reason.NO_ARTICLE))
        return None
    turnover = turnovers.get(mask)
    if turnover is None:
        turnover = turnovers[mask] = work.basket.open_on(work.basket.positions(mask))
    amount = _amount(ready, turnover, work.rules)
    if not amount:
        work.not_applied.append(ready.terms.no(Reason.NOTHING_TO_AWARD))
        return None
    return _Gift(ready, turnover, amount, amount * _unit_worth(ready, work.rules))


def _amount(ready: ReadyCampaign, turnover: int, rules: Rules) -> int:
    if ready.award is not None:
        return turnover * ready.award.rate // rules.award_divisor
    return turnover * ready.rebate.rate_bp // 10_000 if ready.rebate is not None else 0


def _unit_worth(ready: ReadyCampaign, rules: Rules) -> int:
    return rules.pools[ready.award.pool].point_value_minor if ready.award is not None else 1


def _best_of_groups(work: Work, gifts: list[_Gift]) -> list[_Gift]:
    best: dict[str, _Gift] = {}
    for gift in gifts:  # in the order of the ids, so that the first of equals stays
        group = gift.ready.group
        if group and (group not in best or gift.worth_minor > best[group].worth_minor):
            best[group] = gift
    kept = []
    for gift in gifts:
        winner = best.get(gift.ready.group, gift)
        if winner is gift:
            kept.append(gift)
        else:
            work.not_applied.append(gift.ready.terms.outdone(Reason.OUTDONE, (winner.ready.id,)))
    return kept


def _award(work: Work, gift: _Gift) -> Award:
    terms = gift.ready.award
    if terms is None:
        raise AssertionError("an award without its terms")
    ends = None
    if terms.last is not None:
        ends = expires_ms(terms.last, awarded=work.occasion.clock.date, zone=work.rules.zone)
    return Award(
        campaign=gift.ready.id,
        pool=terms.pool,
        turnover_minor=gift.turnover_minor,
        points=gift.amount,
        expires_ms=ends,
    )


def _rebate(gift: _Gift, receipt: str) -> RebateDue:
    terms = gift.ready.rebate
    if terms is None:
        raise AssertionError("a rebate without its terms")
    value = PastOff(rate_bp=terms.rate_bp, turnover_minor=gift.turnover_minor, receipts=(receipt,))
    return RebateDue(campaign=gift.ready.id, value_minor=value.value_minor, value=value)
