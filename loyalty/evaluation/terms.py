"""Conditions made ready, and judged: company, branch, channel, dates, hours, customer.

The order of the checks is the order in which reasons are given.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from loyalty.conditions import Channel, Conditions
from loyalty.evaluation.result import Kind, NotApplied, Reason
from loyalty.receipts.receipt import Branch, Customer
from loyalty.windows import WallClock, Week


@dataclass(frozen=True, slots=True, eq=False)
class Occasion:
    """When, how and for whom a receipt is judged."""

    clock: WallClock
    channel: Channel
    customer: Customer | None
    groups: frozenset[str]


@dataclass(frozen=True, slots=True, eq=False)
class Terms:
    """The conditions of one campaign or voucher at one branch. `misplaced` never changes there."""

    kind: Kind
    id: str
    misplaced: NotApplied | None
    channels: frozenset[Channel]
    first_day: dt.date | None
    last_day: dt.date | None
    week: Week | None
    customer_groups: frozenset[str]
    articles: frozenset[str]
    article_groups: frozenset[str]

    def no(self, reason: Reason, *, needed: int | None = None, have: int | None = None) -> NotApplied:
        """That it does not apply, and why."""
        return NotApplied(kind=self.kind, id=self.id, reason=reason, needed=needed, have=have)

    def outdone(self, reason: Reason, by: tuple[str, ...]) -> NotApplied:
        """That others stand in its way."""
        return NotApplied(kind=self.kind, id=self.id, reason=reason, by=by)

    def refusal(self, occasion: Occasion) -> NotApplied | None:
        """The first condition that is not met, or None."""
        if self.misplaced is not None:
            return self.misplaced
        if self.channels and occasion.channel not in self.channels:
            return self.no(Reason.OTHER_CHANNEL)
        outside = self._outside_dates(occasion.clock.date)
        if outside is not None:
            return outside
        if self.week is not None and not self.week.has(occasion.clock):
            return self.no(Reason.OUTSIDE_WINDOW)
        if self.customer_groups and self.customer_groups.isdisjoint(occasion.groups):
            return self.no(Reason.CUSTOMER_NEEDED if occasion.customer is None else Reason.OTHER_GROUP)
        return None

    def _outside_dates(self, today: dt.date) -> NotApplied | None:
        if self.first_day is not None and today < self.first_day:
            return NotApplied(kind=self.kind, id=self.id, reason=Reason.NOT_YET_VALID, day=self.first_day)
        if self.last_day is not None and today > self.last_day:
            return NotApplied(kind=self.kind, id=self.id, reason=Reason.NO_LONGER_VALID, day=self.last_day)
        return None


def terms_of(conditions: Conditions, *, kind: Kind, name: str, branch: Branch) -> Terms:
    """The conditions of `name` made ready for one branch."""
    misplaced = None
    if conditions.company != branch.company:
        misplaced = NotApplied(kind=kind, id=name, reason=Reason.OTHER_COMPANY)
    elif conditions.branches and branch.branch not in conditions.branches:
        misplaced = NotApplied(kind=kind, id=name, reason=Reason.OTHER_BRANCH)
    return Terms(
        kind=kind,
        id=name,
        misplaced=misplaced,
        channels=frozenset(conditions.channels),
        first_day=conditions.valid_from,
        last_day=conditions.valid_until,
        week=Week(conditions.windows) if conditions.windows else None,
        customer_groups=frozenset(conditions.customer_groups),
        articles=frozenset(conditions.articles),
        article_groups=frozenset(conditions.article_groups),
    )
