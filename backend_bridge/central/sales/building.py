"""The sale that is judged: who buys, what they have, what was presented, and what campaigns may still give.

With a posting everything is read locked, in the order of stocks, vouchers and holdings; without one it is
looked at as it is now.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from zoneinfo import ZoneInfo

import msgspec

from backend_bridge.central.campaigns import stocks
from backend_bridge.central.campaigns.rulesets import BranchRules, branch_rules
from backend_bridge.central.instants import to_ms
from backend_bridge.central.ledger import accounts, balances
from backend_bridge.central.ledger.posting import Posting
from backend_bridge.central.organisation.models import Branch
from backend_bridge.central.sales import presented
from backend_bridge.central.sales.customers import customer_of
from backend_bridge.central.sales.request import SaleRequest
from loyalty.evaluation.case import Balance, PointsTender, Sale, SpendableLot
from loyalty.evaluation.evaluate import evaluate_sale
from loyalty.evaluation.result import Evaluation
from loyalty.rights import LotRight

#: How many lots of one pool a receipt can be paid with, those first that are spent first.
_MOST_LOTS = 1000
#: Of how many points a case can tell.
_MOST_POINTS = 10**12


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """A sale, what it was judged by, and what it came to."""

    sale: Sale
    rules: BranchRules
    evaluation: Evaluation


def judged(
    request: SaleRequest,
    *,
    branch: Branch,
    member: str | None,
    at: dt.datetime,
    now: dt.datetime,
    posting: Posting | None,
) -> Judged:
    """Judge `request`, which was bought at `at`, at `branch`. Where that is before `now`, it is paid with nothing
    that came later or is over by now. Raises `loyalty.evaluation.errors.CaseError` naming the field for what
    contradicts itself, and whatever the vouchers refuse."""
    rules = branch_rules(branch, at=at, late=at < now, reducing=not request.agreed)
    company = branch.company_id
    left = stocks.left_of(rules.ruleset.campaigns, customer=member, day=local_day(branch, at), lock=posting is not None)
    vouchers = presented.vouchers(
        request.vouchers,
        company=company,
        member=member if request.from_card else None,
        late=at if at < now else None,
        posting=posting,
    )
    sale = Sale(
        at=at,
        receipt=request.receipt,
        customer=customer_of(member, company=company),
        vouchers=() if request.agreed else vouchers,
        balances=_balances(request, member=member, at=at, now=now, posting=posting),
        tenders=request.tenders,
        stocks=left,
    )
    return Judged(sale=sale, rules=rules, evaluation=evaluate_sale(sale, rules.ready))


def local_day(branch: Branch, at: dt.datetime) -> dt.date:
    """The date on the branch's wall clock."""
    return at.astimezone(ZoneInfo(branch.timezone)).date()


def _balances(
    request: SaleRequest, *, member: str | None, at: dt.datetime, now: dt.datetime, posting: Posting | None
) -> tuple[Balance, ...]:
    """What the customer has in the pools that are to pay; that of others does not matter.

    The lots are locked before the whole is summed: whoever was first has spent of it by then (P8).
    """
    pools = sorted({tender.pool for tender in request.tenders if isinstance(tender, PointsTender)})
    if member is None or not pools:
        return ()
    rights = {pool: _rights(member, pool, max(at, now), posting) for pool in pools}
    if at < now:
        rights = {pool: _there_at(held, at, now) for pool, held in rights.items()}
    whole = balances.totals(member=member, pools=pools, at=max(at, now))
    return tuple(
        Balance(pool=pool, points=_bounded(whole.get(pool, 0)), lots=_spendable(rights[pool])) for pool in pools
    )


def _bounded(points: int) -> int:
    """A balance as far as a case can tell it: whoever gives a customer more must not keep them from buying."""
    return max(-_MOST_POINTS, min(points, _MOST_POINTS))


def _there_at(rights: Sequence[LotRight], at: dt.datetime, now: dt.datetime) -> list[LotRight]:
    """What pays for a receipt that comes late: what there was then, and is still good. A date in the past
    brings nothing back that has expired."""
    return [
        right
        for right in rights
        if right.created_ms <= to_ms(at) and (right.expires_ms is None or to_ms(now) < right.expires_ms)
    ]


def _rights(member: str, pool: str, at: dt.datetime, posting: Posting | None) -> list[LotRight]:
    if posting is None:
        return balances.main_rights(member=member, pool=pool, at=at)
    return posting.rights_in(accounts.main(member=member, pool=pool))


def _spendable(rights: Sequence[LotRight]) -> tuple[SpendableLot, ...]:
    first = sorted(rights, key=lambda right: (right.expires_ms is None, right.expires_ms or 0, right.created_ms))
    return tuple(
        SpendableLot(
            lot=right.lot,
            points=right.points,
            issuer=right.issuer,
            origin=right.origin,  # type: ignore[arg-type]  # checked by `evaluate`
            expires_ms=right.expires_ms,
            created_ms=right.created_ms,
        )
        for right in first[:_MOST_LOTS]
    )
