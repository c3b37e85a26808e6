"""What comes late is judged by what a company gave when it was bought, not by what it has made of it since."""

from __future__ import annotations

import datetime as dt

import pytest

from backend_bridge.central.campaigns import versions
from backend_bridge.central.campaigns.models import Campaign as Row
from backend_bridge.central.campaigns.models import CampaignStage, Stage
from backend_bridge.central.organisation.models import Company
from backend_bridge.central.sales.services import record_sale, try_sale
from loyalty.benefits import PointsPerTurnover
from loyalty.campaigns.campaign import Campaign
from tests.unit.central.lab import BREAD, Lab
from tests.unit.central.replaying import assert_replays
from tests.unit.central.sales_shop import MOLEN, NOW, no_campaigns, request

HOUR = dt.timedelta(hours=1)
NIGHT = NOW + 12 * HOUR


@pytest.fixture(autouse=True)
def _quiet(lab: Lab) -> None:
    no_campaigns()


def saved(rate: int, *, at: dt.datetime, code: str = "rate") -> Row:
    """The bakery's campaign gives this rate from now on."""
    row = Company.objects.get(pk=MOLEN[0])
    rule = Campaign(
        campaign=versions.campaign_id(row, code),
        company=row.pk,
        benefit=PointsPerTurnover(pool=BREAD, rate=rate),
    )
    return versions.save(company=row, code=code, rule=rule, names={"en": code}, by="test", at=at).campaign


def given(bought: dt.datetime, *, number: str = "see") -> int:
    """What a receipt of 10.00 that was bought then earns, when it comes at night."""
    told = try_sale(company=MOLEN[0], branch=MOLEN[1], request=request(receipt=number), at=NIGHT, happened_at=bought)
    return sum(one.points for one in told.evaluation.awards)


def test_p9_the_version_that_was_in_force_counts() -> None:
    campaign = saved(100, at=NOW)
    versions.set_stage(campaign, Stage.RELEASED, at=NOW + HOUR)
    saved(5000, at=NOW + 3 * HOUR)
    earned = {hours: given(NOW + hours * HOUR) for hours in (0, 1, 2, 3, 12)}
    assert earned == {0: 0, 1: 10, 2: 10, 3: 500, 12: 500}

    asked = request(receipt="late")
    told = record_sale(company=MOLEN[0], branch=MOLEN[1], request=asked, by="x", at=NIGHT, happened_at=NOW + 2 * HOUR)
    assert told.versions == {campaign.pk: 1}
    assert_replays()


def test_p9_a_campaign_that_was_made_since_gives_nothing() -> None:
    versions.set_stage(saved(100, at=NOW + HOUR), Stage.RELEASED)
    assert (given(NOW), given(NOW + HOUR)) == (0, 10)


def test_p9_what_was_released_then_counts() -> None:
    campaign = saved(100, at=NOW)
    for hours, stage in enumerate((Stage.RELEASED, Stage.PAUSED, Stage.RELEASED, Stage.ENDED)):
        versions.set_stage(campaign, stage, at=NOW + hours * HOUR)
    assert [given(NOW + hours * HOUR) for hours in range(5)] == [10, 0, 10, 0, 0]
    versions.set_stage(campaign, Stage.ENDED, at=NIGHT)
    assert list(CampaignStage.objects.filter(campaign=campaign).values_list("stage", flat=True)) == [
        "released",
        "paused",
        "released",
        "ended",
    ]
