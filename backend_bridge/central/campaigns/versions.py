"""Saving a campaign: checked as a whole, then kept as a new version. Old versions stay readable."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping

import msgspec
from django.core.exceptions import ValidationError
from django.db import transaction

from backend_bridge.central.campaigns.errors import CampaignError
from backend_bridge.central.campaigns.models import Campaign, CampaignStage, CampaignVersion, Stage
from backend_bridge.central.organisation.models import Branch, Company, accepted_pools, slug
from loyalty.benefits import PointsPerTurnover
from loyalty.campaigns.campaign import Campaign as Rule
from loyalty.evaluation.case import PoolTerms, RuleSet
from loyalty.evaluation.errors import CaseError
from loyalty.evaluation.rules import compile_rules
from loyalty.receipts.receipt import Branch as Place

_OWN_PATH = re.compile(r"^campaigns\[0\]\.")
_LONGEST_NAME = 120


def campaign_id(company: Company, code: str) -> str:
    """The id of the company's campaign of this short name."""
    return f"{company.number}-{code}"


def rule_of(version: CampaignVersion) -> Rule:
    """The rule of a version; raises `CampaignError` for one that no longer reads as a rule."""
    return read_rule(version.rule)


def read_rule(plain: object) -> Rule:
    """The rule in plain data (JSON); raises `CampaignError` naming the field."""
    try:
        return msgspec.convert(plain, Rule)
    except msgspec.ValidationError as error:
        raise CampaignError("rule", str(error)) from error


@transaction.atomic
def save(
    *, company: Company, code: str, rule: Rule, names: Mapping[str, str], by: str, at: dt.datetime
) -> CampaignVersion:
    """Keep `rule` as the newest version of the company's campaign `code`, which begins as a draft.

    The same rule and names as before make no new version. Raises `CampaignError` naming the field that
    is wrong; nothing is saved then.
    """
    check(rule, names=names, company=company, code=code)
    campaign, _made = Campaign.objects.select_for_update().get_or_create(
        company=company, code=code, defaults={"id": campaign_id(company, code)}
    )
    if campaign.stage == Stage.ENDED:
        raise CampaignError("stage", "a campaign that has ended is not changed; make a new one")
    plain, before = msgspec.json.decode(msgspec.json.encode(rule)), campaign.current
    if before is not None and (before.rule, before.names) == (plain, dict(names)):
        return before
    version = CampaignVersion.objects.create(
        campaign=campaign,
        number=1 if before is None else before.number + 1,
        names=dict(names),
        rule=plain,
        valid_from=rule.valid_from,
        valid_until=rule.valid_until,
        by=by,
        at=at,
    )
    campaign.current = version
    campaign.save(update_fields=["current"])
    return version


def set_stage(campaign: Campaign, stage: Stage, *, at: dt.datetime | None = None) -> None:
    """Release, pause or end a campaign from `at` on, or from when its current version was saved; raises
    `CampaignError` for one that has ended."""
    if campaign.stage == Stage.ENDED and stage != Stage.ENDED:
        raise CampaignError("stage", "a campaign that has ended stays so; make a new one")
    if campaign.stage != Stage.DRAFT and stage == Stage.DRAFT:
        raise CampaignError("stage", "what was released cannot be a draft again; pause it")
    if campaign.stage == stage:
        return
    since = at or (campaign.current.at if campaign.current is not None else None)
    if since is None:
        raise CampaignError("stage", "a campaign without a version is a draft")
    with transaction.atomic():
        Campaign.objects.filter(pk=campaign.pk).update(stage=stage)
        CampaignStage.objects.create(campaign=campaign, stage=stage, at=since)
    campaign.stage = stage


def check(rule: Rule, *, names: Mapping[str, str], company: Company, code: str) -> None:
    """Raise `CampaignError` for a campaign that could not be judged, or that is not the company's."""
    _check_code(code)
    if rule.company != company.pk:
        raise CampaignError("company", "the rule names another company")
    if rule.campaign != campaign_id(company, code):
        raise CampaignError("campaign", "the rule names another campaign")
    _check_names(names)
    if rule.valid_from and rule.valid_until and rule.valid_until < rule.valid_from:
        raise CampaignError("valid_until", "the last day is before the first")
    own = set(Branch.objects.filter(company=company).values_list("pk", flat=True))
    if not own.issuperset(rule.branches):
        raise CampaignError("branches", "a branch is not one of this company")
    if isinstance(rule.benefit, PointsPerTurnover):
        _check_pool(rule.benefit.pool, company)
    _check_judgeable(rule, company)


def _check_code(code: str) -> None:
    try:
        slug(code)
    except ValidationError as error:
        raise CampaignError("code", error.messages[0]) from error


def _check_names(names: Mapping[str, str]) -> None:
    if not names or not all(text.strip() and len(text) <= _LONGEST_NAME for text in names.values()):
        raise CampaignError("names", f"a name in one language at least, each with 1 to {_LONGEST_NAME} characters")


def _check_pool(pool: str, company: Company) -> None:
    if not accepted_pools(company).filter(pk=pool).exists():
        raise CampaignError("benefit.pool", "this company does not accept these points")


def _check_judgeable(rule: Rule, company: Company) -> None:
    """By the code that judges receipts: schema, bounds and windows."""
    branch = Place(branch="any", company=company.pk, currency=company.currency, timezone="UTC")
    pools: tuple[PoolTerms, ...] = ()
    if isinstance(rule.benefit, PointsPerTurnover):
        pools = (PoolTerms(pool=rule.benefit.pool, currency=company.currency),)
    try:
        compile_rules(RuleSet(branch=branch, pools=pools, campaigns=(rule,)))
    except CaseError as error:
        raise CampaignError(_OWN_PATH.sub("", error.field), error.message) from error
