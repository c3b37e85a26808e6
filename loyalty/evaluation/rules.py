"""The rules of one version made ready for one branch: once per version, then used for every receipt.

Nothing of a receipt is kept here, so no result can be reused.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from loyalty.benefits import PointsPerTurnover, PriceReduction, Rebate
from loyalty.calendar import is_timezone
from loyalty.campaigns.campaign import Campaign
from loyalty.evaluation.case import PoolTerms, RuleSet
from loyalty.evaluation.checks import check_rules
from loyalty.evaluation.errors import CaseError
from loyalty.evaluation.result import Kind, NotApplied, Reason
from loyalty.evaluation.terms import Terms, terms_of
from loyalty.receipts.cash import cash_step
from loyalty.receipts.receipt import Branch
from loyalty.units import EXPONENTS


@dataclass(frozen=True, slots=True, eq=False)
class ReadyCampaign:
    """A campaign with its terms; exactly one of `reduction`, `award` and `rebate` is set."""

    campaign: Campaign
    terms: Terms
    group: str
    limited: bool
    reduction: PriceReduction | None
    award: PointsPerTurnover | None
    rebate: Rebate | None

    @property
    def id(self) -> str:
        """The campaign's id."""
        return self.campaign.campaign


@dataclass(frozen=True, slots=True, eq=False)
class Rules:
    """What `evaluate_sale` judges by. `mixed` names the exclusive groups that have both price
    reductions and awards or rebates."""

    branch: Branch
    zone: ZoneInfo
    cash_step: int
    award_divisor: int
    pools: dict[str, PoolTerms]
    campaigns: tuple[ReadyCampaign, ...]
    mixed: frozenset[str]


def compile_rules(rules: RuleSet) -> Rules:
    """Make the rules ready; raises `CaseError` naming the field that is wrong."""
    check_rules(rules)
    branch = rules.branch
    if branch.currency not in EXPONENTS:
        raise CaseError("branch.currency", f"{branch.currency!r} is not known here")
    if not is_timezone(branch.timezone):
        raise CaseError("branch.timezone", f"{branch.timezone!r} is not a time zone that is known here")
    pools = {pool.pool: pool for pool in rules.pools if pool.currency == branch.currency}
    campaigns = tuple(_ready(one, branch, pools) for one in sorted(rules.campaigns, key=lambda one: one.campaign))
    reducing = {one.group for one in campaigns if one.group and one.reduction is not None}
    giving = {one.group for one in campaigns if one.group and one.reduction is None}
    return Rules(
        branch=branch,
        zone=ZoneInfo(branch.timezone),
        cash_step=cash_step(branch),
        # rate in hundredths of a point per 1.00, which is 10 to the exponent minor units
        award_divisor=100 * 10 ** EXPONENTS[branch.currency],
        pools=pools,
        campaigns=campaigns,
        mixed=frozenset(reducing & giving),
    )


def _ready(campaign: Campaign, branch: Branch, pools: dict[str, PoolTerms]) -> ReadyCampaign:
    benefit = campaign.benefit
    terms = terms_of(campaign, kind=Kind.CAMPAIGN, name=campaign.campaign, branch=branch)
    if isinstance(benefit, PointsPerTurnover) and terms.misplaced is None and benefit.pool not in pools:
        refusal = NotApplied(kind=Kind.CAMPAIGN, id=campaign.campaign, reason=Reason.POOL_NOT_ACCEPTED)
        terms = replace(terms, misplaced=refusal)
    limits = campaign.limits
    every = (limits.budget, limits.uses, limits.uses_per_customer, limits.uses_per_day)
    return ReadyCampaign(
        campaign=campaign,
        terms=terms,
        group=campaign.exclusive_group,
        limited=any(one is not None for one in every),
        reduction=None if isinstance(benefit, PointsPerTurnover | Rebate) else benefit,
        award=benefit if isinstance(benefit, PointsPerTurnover) else None,
        rebate=benefit if isinstance(benefit, Rebate) else None,
    )
