"""Campaigns in versions, their states, and what terminals and receipts get of them."""

from __future__ import annotations

import datetime as dt
import time
from typing import Any

import msgspec
import pytest
from django.db import DatabaseError

from backend_bridge.central.campaigns import rulesets, versions
from backend_bridge.central.campaigns.errors import CampaignError
from backend_bridge.central.campaigns.models import Campaign, CampaignVersion, Stage, State
from backend_bridge.central.desk import rules as published
from backend_bridge.central.errors import AppendOnly
from backend_bridge.central.instants import from_ms
from backend_bridge.central.organisation.models import Branch, Company
from loyalty.benefits import PercentOff, PointsPerTurnover
from loyalty.campaigns.campaign import Campaign as Rule
from loyalty.evaluation.rules import compile_rules
from loyalty.rules import ruleset_of
from loyalty.windows import Window
from tests.unit.central.lab import NOW_MS, Lab

NOW = from_ms(NOW_MS)
TODAY = NOW.date()


def molen() -> Company:
    return Company.objects.get(pk="de-molen")


def rule(code: str = "spring", **more: Any) -> Rule:
    fields: dict[str, Any] = {"company": "de-molen", "benefit": PercentOff(rate_bp=1000)}
    return Rule(campaign=f"1-{code}", **(fields | more))


def save(code: str = "spring", **more: Any) -> CampaignVersion:
    names = more.pop("names", {"en": "Spring"})
    return versions.save(company=molen(), code=code, rule=rule(code, **more), names=names, by="test", at=NOW)


def bundled(branch: str = "utrecht-centraal", *, at: dt.datetime = NOW) -> list[str]:
    row = Branch.objects.select_related("company").get(pk=branch)
    return [one.campaign for one in published.build(row, at=at).campaigns]


def test_a_change_makes_a_version_and_the_old_one_stays_readable(lab: Lab) -> None:
    first = save()
    second = save(benefit=PercentOff(rate_bp=2000))

    assert (first.number, second.number) == (1, 2)
    assert Campaign.objects.get(pk="1-spring").current == second
    assert versions.rule_of(CampaignVersion.objects.get(pk=first.pk)).benefit == PercentOff(rate_bp=1000)


def test_saving_the_same_again_makes_no_version(lab: Lab) -> None:
    assert save() == save()
    assert save(names={"en": "Spring!"}).number == 2


def test_a_version_is_never_changed_nor_deleted_not_even_by_sql(lab: Lab) -> None:
    version = save()
    with pytest.raises(AppendOnly):
        version.save()
    from django.db import connection, transaction

    for statement in ("UPDATE campaigns_campaignversion SET number = 7", "DELETE FROM campaigns_campaignversion"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"company": "cocktailbar-zuid"}, "company"),
        ({"campaign": "2-spring"}, "campaign"),
        ({"branches": ("zuid",)}, "branches"),
        ({"benefit": PointsPerTurnover(pool="kaple-points", rate=100)}, "benefit.pool"),
        ({"valid_from": dt.date(2026, 3, 2), "valid_until": dt.date(2026, 3, 1)}, "valid_until"),
        ({"windows": (Window(start="10:00", end="10:00"),)}, "windows[0].end"),
        ({"benefit": PercentOff(rate_bp=10_001)}, "benefit.rate_bp"),
    ],
)
def test_what_could_not_be_judged_or_is_not_the_companys_is_refused_by_field(
    lab: Lab, changed: dict[str, Any], field: str
) -> None:
    wrong = msgspec.structs.replace(rule(), **changed)
    with pytest.raises(CampaignError) as caught:
        versions.save(company=molen(), code="spring", rule=wrong, names={"en": "x"}, by="test", at=NOW)

    assert caught.value.field == field
    assert not Campaign.objects.filter(pk="1-spring").exists()


@pytest.mark.parametrize(("code", "names"), [("", {"en": "x"}), ("A b", {"en": "x"}), ("ok", {}), ("ok", {"en": " "})])
def test_a_campaign_has_a_plain_code_and_a_name(lab: Lab, code: str, names: dict[str, str]) -> None:
    with pytest.raises(CampaignError):
        save(code, names=names)


def test_stages_and_dates_make_the_state(lab: Lab) -> None:
    day = dt.timedelta(days=1)
    campaign = save(valid_from=TODAY, valid_until=TODAY + day).campaign
    states = [campaign.state_on(TODAY)]
    for stage in (Stage.PAUSED, Stage.RELEASED):
        versions.set_stage(campaign, stage)
        states.append(campaign.state_on(TODAY))

    assert states == [State.DRAFT, State.PAUSED, State.RUNNING]
    assert [campaign.state_on(TODAY + n * day) for n in (-1, 1, 2)] == [State.SCHEDULED, State.RUNNING, State.ENDED]


def test_what_has_ended_stays_so(lab: Lab) -> None:
    campaign = save().campaign
    versions.set_stage(campaign, Stage.ENDED)

    with pytest.raises(CampaignError):
        versions.set_stage(campaign, Stage.RELEASED)
    with pytest.raises(CampaignError):
        save(benefit=PercentOff(rate_bp=1))


def test_terminals_get_what_is_released_and_holds_or_begins_soon_and_only_their_companys(lab: Lab) -> None:
    for code, first in (
        ("now", None),
        ("soon", TODAY + dt.timedelta(days=30)),
        ("late", TODAY + dt.timedelta(days=60)),
    ):
        versions.set_stage(save(code, valid_from=first).campaign, Stage.RELEASED)
    versions.set_stage(save("over", valid_until=TODAY - dt.timedelta(days=3)).campaign, Stage.RELEASED)
    versions.set_stage(save("paused").campaign, Stage.PAUSED)
    save("draft")

    assert bundled() == ["1-bread", "1-friday-bread", "1-now", "1-soon", "1-vip"]
    assert bundled("zuid") == ["2-cocktails"]


def test_a_bundle_carries_the_newest_version_and_the_tills_rounding(lab: Lab) -> None:
    versions.set_stage(save().campaign, Stage.RELEASED)
    save(benefit=PercentOff(rate_bp=2500))
    branch = Branch.objects.select_related("company").get(pk="utrecht-centraal")
    bundle = published.build(branch, at=NOW)
    ready = compile_rules(ruleset_of(bundle))

    assert {one.campaign: one.benefit for one in bundle.campaigns}["1-spring"] == PercentOff(rate_bp=2500)
    assert ready.cash_step == 5  # D2: NL, euro
    assert ruleset_of(bundle) == rulesets.ruleset(branch, bundle.campaigns)


def test_fifty_campaigns_are_published_within_a_moment(lab: Lab) -> None:
    for number in range(50):
        groups = tuple(f"group-{number}-{one}" for one in range(5))
        versions.set_stage(save(f"many-{number}", article_groups=groups).campaign, Stage.RELEASED)
    branch = Branch.objects.select_related("company").get(pk="utrecht-centraal")
    began = time.thread_time()
    row = published.publish(branch, at=NOW)

    assert time.thread_time() - began < 0.5  # of work: how long others keep the processor does not count
    assert len(row.data) < 40_000
