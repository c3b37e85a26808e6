"""What a customer really paid in a period, and the voucher for a discount on it (V5).

Counted is what money paid for goods and services, net of discounts, vouchers and points, less what came back
since. The figure goes into the voucher: what is bought or reversed later changes neither it nor any receipt.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import TypeVar, cast

import msgspec
from django.db import transaction

from backend_bridge.central.customers.knowing import membership_of
from backend_bridge.central.ledger.models import Cause
from backend_bridge.central.organisation.models import Branch
from backend_bridge.central.sales import at_terminals
from backend_bridge.central.sales.errors import BadSale, NothingBought, RebateGiven
from backend_bridge.central.sales.models import Receipt, Reversal
from backend_bridge.central.vouchers.clock import last_begun_day
from backend_bridge.central.vouchers.services.rebates import issue_rebate
from loyalty.acts.sales import SaleMade, SaleReversed
from loyalty.benefits import PastOff
from loyalty.evaluation.result import RebateDue
from loyalty.receipts.receipt import MERCHANDISE, Line

#: The longest period, in days.
LONGEST = 366
_CHUNK = 500
AnyAct = TypeVar("AnyAct", SaleMade, SaleReversed)


class Period(msgspec.Struct, frozen=True, kw_only=True):
    """From `first` to `last`, both whole on the branches' own wall clocks. Empty names restrict nothing: a line
    counts when its article is in `articles` or its group in `article_groups`."""

    first: dt.date
    last: dt.date
    branches: tuple[str, ...] = ()
    articles: tuple[str, ...] = ()
    article_groups: tuple[str, ...] = ()

    def covers(self, line: Line) -> bool:
        """Whether what was paid for `line` counts. Points and vouchers that are bought are not spent yet."""
        if line.kind not in MERCHANDISE:
            return False
        everything = not self.articles and not self.article_groups
        return everything or line.article in self.articles or line.group in self.article_groups


class Turnover(msgspec.Struct, frozen=True, kw_only=True):
    """What `receipts` receipts come to, in minor units of `currency`."""

    turnover_minor: int
    receipts: int
    currency: str


class RebateIssued(msgspec.Struct, frozen=True, kw_only=True):
    """The voucher over `value_minor`, which is `rate_bp` of the turnover."""

    voucher: str
    value_minor: int
    rate_bp: int
    turnover: Turnover


def turnover_of(*, company: str, member: str, period: Period) -> Turnover:
    """What `member` paid at `company` in `period`, after all reversals until now.

    Raises `BadSale` for a period or a branch that cannot be, and `NotKnown` for a customer whom the company
    does not know.
    """
    _check(period, company=company)
    currency = membership_of(company=company, member=member).company.currency
    rows = Receipt.objects.filter(
        company=company, customer=member, day__gte=period.first, day__lte=period.last, currency=currency
    )
    if period.branches:
        rows = rows.filter(branch__in=period.branches)
    causes = dict(rows.order_by("pk").values_list("pk", "cause"))
    lines: dict[str, dict[int, Line]] = {}
    sold = back = counted = 0
    for cause, sale in _acts(list(causes.values()), SaleMade):
        lines[cause] = {line.line: line for line in sale.sold.lines if period.covers(line)}
        counted += bool(lines[cause])
        sold += sum(one.paid_minor for one in sale.sold.evaluation.lines if one.line in lines[cause])
    for _cause, reversal in _acts(_reversals(list(causes)), SaleReversed):
        back += sum(one.paid_minor for one in reversal.reversal.lines if one.line in lines[reversal.sale])
    return Turnover(turnover_minor=sold - back, receipts=counted, currency=currency)


def issue_turnover_rebate(
    *,
    company: str,
    member: str,
    period: Period,
    rule: str,
    rate_bp: int,
    by: str,
    at: dt.datetime,
    branch: str = "",
    channel: str = "",
) -> RebateIssued:
    """Give `member` a voucher over `rate_bp` of their turnover of a `period` that is over, by the company's own
    `rule`; the days of the voucher are counted on the wall clock of `branch`.

    By one rule nothing is counted twice: raises `RebateGiven` where a period of it shares a day with this one,
    `NothingBought` where the voucher would be worth nothing, and what `turnover_of` and `issue_rebate` raise.
    """
    with transaction.atomic():
        # Two requests for one customer follow each other here, so that the second sees the first one's voucher.
        membership_of(company=company, member=member, lock=True)
        if period.last >= last_begun_day(company, at):
            raise BadSale("last", "over", "the period is not over yet at every branch")
        _check_free(f"{_PREFIX}/{company}/{member}/{rule}/", period)
        turnover = turnover_of(company=company, member=member, period=period)
        value = PastOff(rate_bp=rate_bp, turnover_minor=turnover.turnover_minor)
        if not value.value_minor:
            raise NothingBought
        made = issue_rebate(
            company=company,
            due=RebateDue(campaign=rule, value_minor=value.value_minor, value=value),
            receipt="",
            key=f"{_PREFIX}/{company}/{member}/{rule}/{period.first:%Y%m%d}-{period.last:%Y%m%d}",
            by=by,
            at=at,
            branch=branch,
            owner=member,
            channel=channel,
        )
    return RebateIssued(voucher=made.voucher, value_minor=value.value_minor, rate_bp=rate_bp, turnover=turnover)


_PREFIX = "turnover"


def _check(period: Period, *, company: str) -> None:
    if not period.first <= period.last:
        raise BadSale("last", "order", "a period does not end before it begins")
    if (period.last - period.first).days >= LONGEST:
        raise BadSale("last", "range", f"a period has {LONGEST} days at most")
    own = set(Branch.objects.filter(company=company, pk__in=period.branches).values_list("pk", flat=True))
    if own != set(period.branches):
        raise BadSale("branches", "known", "this company has no such branch")


def _check_free(prefix: str, period: Period) -> None:
    """Raises `RebateGiven` where a voucher was given under `prefix` for one of the days of `period`."""
    for key in Cause.objects.filter(key__startswith=prefix).values_list("key", flat=True):
        first, last = (dt.date.fromisoformat(day) for day in key.removeprefix(prefix).split("-"))
        if first <= period.last and period.first <= last:
            raise RebateGiven


def _reversals(receipts: Sequence[int]) -> list[str]:
    found: list[str] = []
    for start in range(0, len(receipts), _CHUNK):
        rows = Reversal.objects.filter(receipt__in=receipts[start : start + _CHUNK])
        found += rows.values_list("cause", flat=True)
    return found


def _signed(cause: str, kind: type[AnyAct]) -> AnyAct:
    """The act of a terminal, which is kept as its terminal signed it."""
    kept = at_terminals.kept_sale(cause) if kind is SaleMade else at_terminals.kept_reversal(cause)
    return cast(AnyAct, kept)


def _acts(causes: Sequence[str], kind: type[AnyAct]) -> Iterable[tuple[str, AnyAct]]:
    for start in range(0, len(causes), _CHUNK):
        rows = Cause.objects.filter(key__in=causes[start : start + _CHUNK]).values_list("key", "payload")
        for key, payload in rows:
            yield key, msgspec.json.decode(payload, type=kind) if payload else _signed(key, kind)
