"""Discounts of campaigns and vouchers on this receipt, and why the others were not taken."""

from __future__ import annotations

from collections.abc import Sequence

from loyalty.evaluation.awards import worth_alone
from loyalty.evaluation.limits import budget_left
from loyalty.evaluation.presented import Reducing
from loyalty.evaluation.reductions import FREE, Candidate, Prices, candidate, take_pieces
from loyalty.evaluation.result import Discount, NotApplied, Reason
from loyalty.evaluation.search import Choice, choose
from loyalty.evaluation.work import Work


def discount(work: Work, vouchers: Sequence[Reducing]) -> tuple[tuple[Discount, ...], bool]:
    """Lower the prices by the best set; what each takes off, and whether the set is proven the best."""
    candidates = _settle_mixed_groups(work, _of_campaigns(work)) + _of_vouchers(work, vouchers)
    if not candidates:
        return (), True
    choice = choose(candidates, Prices(work.basket.left, work.basket.pieces))
    work.not_applied += _reasons(candidates, choice)
    discounts = []
    for one, parts in choice.taken:
        if one.rank == FREE:
            take_pieces(one.number, one.positions, work.basket)
        shares = work.basket.lower_by(parts, one.positions, work.basket.discount)
        discounts.append(Discount(kind=one.terms.kind, id=one.terms.id, minor=sum(parts), shares=shares))
    _drop_outdone_awards(work, choice)
    return tuple(discounts), choice.proven


def _of_campaigns(work: Work) -> list[Candidate]:
    stocks = {stock.campaign: stock for stock in work.sale.stocks}
    found = []
    for ready in work.campaigns:
        if ready.reduction is None:
            continue
        budget = budget_left(ready, stocks.get(ready.id)) if ready.limited else None
        one = candidate(ready.reduction, ready.terms, work.basket, group=ready.group, budget=budget, burns=False)
        if one is None:
            work.not_applied.append(ready.terms.no(Reason.NO_ARTICLE))
        else:
            found.append(one)
    return found


def _of_vouchers(work: Work, vouchers: Sequence[Reducing]) -> list[Candidate]:
    found = []
    for voucher in vouchers:
        one = candidate(voucher.benefit, voucher.terms, work.basket, group="", budget=None, burns=True)
        if one is None:
            work.not_applied.append(voucher.terms.no(Reason.NO_ARTICLE))
        else:
            found.append(one)
    return found


def _settle_mixed_groups(work: Work, candidates: list[Candidate]) -> list[Candidate]:
    """Drop the reductions of a group in which an award or rebate would give more.

    A group that has both is decided by what each would give alone on this receipt, in minor units:
    what is really paid is not known before the discounts.
    """
    for group in sorted(work.rules.mixed):
        reducing = [(-one.alone_minor, one.terms.id) for one in candidates if one.group == group]
        rivals = [ready for ready in work.campaigns if ready.group == group and ready.reduction is None]
        giving = [(-worth_alone(work, ready), ready.id) for ready in rivals]
        if not reducing or not giving or min(reducing) < min(giving):
            continue
        winner = min(giving)[1]
        dropped = [one for one in candidates if one.group == group]
        work.not_applied += [one.terms.outdone(Reason.OUTDONE, (winner,)) for one in dropped]
        candidates = [one for one in candidates if one.group != group]
    return candidates


def _drop_outdone_awards(work: Work, choice: Choice) -> None:
    """An award does not stand beside a discount of its exclusive group that was taken."""
    taken = {one.group: one.terms.id for one, _ in choice.taken if one.group in work.rules.mixed}
    if not taken:
        return
    campaigns, work.campaigns = work.campaigns, []
    for ready in campaigns:
        if ready.reduction is None and ready.group in taken:
            work.not_applied.append(ready.terms.outdone(Reason.OUTDONE, (taken[ready.group],)))
        else:
            work.campaigns.append(ready)


def _reasons(candidates: Sequence[Candidate], choice: Choice) -> list[NotApplied]:
    taken = [one for one, _ in choice.taken]
    numbers = {id(one) for one in taken}
    return [_reason(one, taken) for one in candidates if id(one) not in numbers]


def _reason(one: Candidate, taken: Sequence[Candidate]) -> NotApplied:
    if not one.alone_minor:
        return one.terms.no(Reason.NOTHING_LEFT)
    if not one.affordable:
        return one.terms.no(Reason.BUDGET_SPENT, needed=one.alone_minor, have=one.budget)
    rival = next((other for other in taken if other.group and other.group == one.group), None)
    if rival is not None:
        return one.terms.outdone(Reason.OUTDONE, (rival.terms.id,))
    if not one.combinable or any(not other.combinable for other in taken):
        return one.terms.outdone(Reason.NOT_COMBINABLE, tuple(sorted(other.terms.id for other in taken)))
    return one.terms.no(Reason.NOTHING_LEFT)
