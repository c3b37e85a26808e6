"""What the receipt had given: awards, vouchers for later, registered points; in proportion of the turnover.

Rounded down over all reversals together: never more than in proportion is taken back, and all parts
together are exactly what was given.
"""

from __future__ import annotations

from collections.abc import Mapping

from loyalty.reversal.record import SoldReceipt, covered_lines
from loyalty.reversal.result import ReversalAward, ReversalRebate, ReversalRegistration


def awards_back(sold: SoldReceipt, before: Mapping[int, int], now: Mapping[int, int]) -> tuple[ReversalAward, ...]:
    """Points that are taken back where `now`, after `before`, is reversed of what money paid, by line."""
    found = []
    for award in sold.evaluation.awards:
        part = _Part(sold, award.campaign, award.turnover_minor, before, now)
        if part.now:
            points = part.of(award.points)
            found.append(
                ReversalAward(
                    campaign=award.campaign,
                    pool=award.pool,
                    turnover_minor=part.now,
                    points=points,
                    finished=part.finished,
                )
            )
    return tuple(found)


def rebates_back(sold: SoldReceipt, before: Mapping[int, int], now: Mapping[int, int]) -> tuple[ReversalRebate, ...]:
    """What is taken off the vouchers for later."""
    found = []
    for rebate in sold.evaluation.rebates:
        part = _Part(sold, rebate.campaign, rebate.value.turnover_minor, before, now)
        if part.now:
            value = part.of(rebate.value_minor)
            found.append(
                ReversalRebate(
                    campaign=rebate.campaign, turnover_minor=part.now, value_minor=value, finished=part.finished
                )
            )
    return tuple(found)


def registrations_back(sold: SoldReceipt, *, complete: bool) -> tuple[ReversalRegistration, ...]:
    """The point vouchers that were registered with the receipt: with the last of it."""
    if not complete:
        return ()
    return tuple(
        ReversalRegistration(voucher=one.voucher, pool=one.pool, points=one.points)
        for one in sold.evaluation.registered
    )


class _Part:
    """How much of a campaign's turnover is reversed."""

    def __init__(
        self, sold: SoldReceipt, campaign: str, turnover_minor: int, before: Mapping[int, int], now: Mapping[int, int]
    ) -> None:
        lines = covered_lines(sold, campaign, turnover_minor)
        self.whole = turnover_minor
        self.before = sum(before.get(line, 0) for line in lines)
        self.now = sum(now.get(line, 0) for line in lines)

    @property
    def finished(self) -> bool:
        """Whether nothing of it is left."""
        return self.before + self.now == self.whole

    def of(self, given: int) -> int:
        """The part of `given` that is taken back now."""
        return given * (self.before + self.now) // self.whole - given * self.before // self.whole
