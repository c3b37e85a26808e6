"""The rules by which receipts of a branch are judged, here and on its terminals."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass
from functools import lru_cache

import msgspec
from django.db.models import F, OuterRef, Q, Subquery, Value
from django.db.models.lookups import Exact

from backend_bridge.central.campaigns.models import CampaignStage, CampaignVersion, Stage
from backend_bridge.central.campaigns.versions import rule_of
from backend_bridge.central.organisation.models import Branch, Company, accepted_pools
from backend_bridge.central.sales.tills import till_of
from loyalty.benefits import PointsPerTurnover, Rebate
from loyalty.campaigns.campaign import Campaign
from loyalty.evaluation.case import PoolTerms, RuleSet
from loyalty.evaluation.rules import Rules, compile_rules
from loyalty.receipts.receipt import Branch as Place

#: How long before it begins a campaign is sent to terminals: longer than any is expected to be offline.
AHEAD = dt.timedelta(days=35)
#: How many campaigns one set of rules can hold; the newest are kept.
_MOST = 500
_DAY = dt.timedelta(days=1)


def running_versions(
    company: Company, *, on: dt.date, ahead: dt.timedelta = dt.timedelta(), then: dt.datetime | None = None
) -> list[CampaignVersion]:
    """The current versions of the released campaigns that hold on `on`, or will within `ahead`; with `then`, those
    that were current and released at that moment.

    A day either side is allowed for, since branches have clocks of their own; evaluating judges exactly.
    """
    rows = CampaignVersion.objects.filter(
        Q(valid_from=None) | Q(valid_from__lte=on + ahead + _DAY),
        Q(valid_until=None) | Q(valid_until__gte=on - _DAY),
        _NOW if then is None else _at(then),
        campaign__company=company,
    )
    return sorted(rows.order_by("-pk")[:_MOST], key=lambda row: row.campaign_id)


_NOW = Q(campaign__stage=Stage.RELEASED, campaign__current=F("pk"))


def _at(then: dt.datetime) -> Q:
    versions = CampaignVersion.objects.filter(campaign=OuterRef("campaign"), at__lte=then).order_by("-number")
    stages = CampaignStage.objects.filter(campaign=OuterRef("campaign"), at__lte=then).order_by("-at", "-pk")
    newest = Q(pk=Subquery(versions.values("pk")[:1]))
    return newest & Q(Exact(Subquery(stages.values("stage")[:1]), Value(Stage.RELEASED.value)))


@dataclass(frozen=True, slots=True)
class BranchRules:
    """What receipts of a branch are judged by: the rules, made ready, and their version. `versions` are those
    of the campaigns."""

    ruleset: RuleSet
    ready: Rules
    version: str
    versions: dict[str, int]


def branch_rules(branch: Branch, *, at: dt.datetime, late: bool = False, reducing: bool = True) -> BranchRules:
    """The rules of `branch` at `at`, which is now or, for what comes `late`, a moment of the past; without those that
    lower prices where they are not `reducing`."""
    rows = running_versions(branch.company, on=at.date(), then=at if late else None)
    campaigns = tuple(rule_of(row) for row in rows)
    if not reducing:
        campaigns = tuple(one for one in campaigns if isinstance(one.benefit, PointsPerTurnover | Rebate))
    rules = ruleset(branch, campaigns)
    encoded = msgspec.msgpack.encode(rules, order="deterministic")
    return BranchRules(
        ruleset=rules,
        ready=_compiled(encoded),
        version=hashlib.sha256(encoded).hexdigest()[:12],
        versions={row.campaign_id: row.number for row in rows},
    )


@lru_cache(maxsize=256)
def _compiled(encoded: bytes) -> Rules:
    return compile_rules(msgspec.msgpack.decode(encoded, type=RuleSet))


def bundled_campaigns(company: Company, *, at: dt.datetime) -> tuple[Campaign, ...]:
    """What terminals of `company` are given at `at`: what holds, and what begins soon."""
    return tuple(rule_of(row) for row in running_versions(company, on=at.date(), ahead=AHEAD))


def ruleset(branch: Branch, campaigns: tuple[Campaign, ...]) -> RuleSet:
    """`campaigns` at `branch`, with the pools that its company accepts."""
    return RuleSet(branch=place_of(branch), pools=pool_terms(branch.company), campaigns=campaigns)


def place_of(branch: Branch) -> Place:
    """The branch as the rules know it."""
    till = till_of(branch)
    return Place(
        branch=branch.pk,
        company=branch.company_id,
        currency=till.currency,
        timezone=branch.timezone,
        country=till.country,
        cash_step_minor=till.cash_step_minor,
    )


def pool_terms(company: Company) -> tuple[PoolTerms, ...]:
    """The pools that `company` accepts, as the rules know them."""
    return tuple(
        PoolTerms(
            pool=pool.pk,
            currency=pool.currency,
            point_value_minor=pool.point_value_minor,
            minimum_balance=pool.minimum_balance,
        )
        for pool in accepted_pools(company)
    )
