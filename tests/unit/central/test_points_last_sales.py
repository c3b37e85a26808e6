"""P1: a campaign whose points run out: said in the form, fixed when they are awarded, booked as breakage afterwards."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client

from backend_bridge.central.campaigns.models import Campaign
from backend_bridge.central.campaigns.versions import rule_of
from backend_bridge.central.ledger.models import Account, Lot
from backend_bridge.central.sales.expiring import expire_lots
from backend_bridge.central.sales.services import record_sale
from loyalty.benefits import PointsPerTurnover
from loyalty.evaluation.case import CardTender
from loyalty.expiry import PointsLast
from tests.unit.central.lab import BREAD, Lab, balance, member
from tests.unit.central.replaying import assert_replays
from tests.unit.central.sales_shop import NOW, booked, line, no_campaigns, pay, released, request, reverse, sell
from tests.unit.central.test_office import logged_in

PAGE = "/office/campaigns/campaign/"
MONTH = PointsPerTurnover(pool=BREAD, rate=1_000, last=PointsLast(months=1))
#: Bought on Monday 2 March 2026 in Amsterdam: 2 April is the last day, in summer time by then.
END = dt.datetime.fromisoformat("2026-04-03T00:00:00+02:00")
MOMENT = dt.timedelta(milliseconds=1)


@pytest.fixture
def shop(lab: Lab) -> Lab:
    no_campaigns()
    return lab


def awarded() -> Lot:
    return Lot.objects.filter(member=member("bram"), unit=BREAD).latest("created_at")


def bread(receipt: str, **more: Any) -> Any:
    return sell(line(1, 1000), receipt=receipt, who="bram", **more)


def test_p1_points_run_out_after_the_last_day_on_the_branchs_clock_and_become_breakage(shop: Lab) -> None:
    released("month", MONTH)
    before = balance("bram")
    told = bread("r-1")

    assert told.evaluation.awards[0].expires_ms == round(END.timestamp() * 1000)
    assert (awarded().expires_at, awarded().origin, balance("bram")) == (END, "earned", before + 100)
    assert expire_lots(at=END - MOMENT) == 0
    assert expire_lots(at=END) == 100
    assert expire_lots(at=END) == 0
    assert booked(Account.Kind.BREAKAGE, BREAD) == 100
    assert balance("bram") == before
    assert_replays()


def test_p1_points_that_run_out_first_are_spent_first_and_keep_their_end_when_they_come_back(shop: Lab) -> None:
    released("month", MONTH)
    bread("r-1")
    first = awarded().pk
    paid = sell(line(1, 60, "drinks"), receipt="r-2", who="bram", tenders=pay(60)).evaluation.paid[0]
    assert [(use.lot, use.points) for use in paid.lots] == [(first, 60)]
    reverse("r-2")

    assert Lot.objects.get(pk=first).expires_at == END
    assert expire_lots(at=END) == 100
    assert_replays()


def test_p1_an_award_that_has_run_out_is_taken_back_out_of_breakage(shop: Lab) -> None:
    released("month", MONTH)
    before = balance("bram")
    bread("r-1")
    expire_lots(at=END)
    told = reverse("r-1", at=END)

    assert [one.points for one in told.reversal.awards] == [100]
    assert (booked(Account.Kind.BREAKAGE, BREAD), balance("bram")) == (0, before)
    assert_replays()


def test_p1_a_changed_campaign_moves_no_end_that_was_fixed(shop: Lab) -> None:
    released("month", MONTH)
    bread("r-1")
    lot = awarded().pk
    released("month", PointsPerTurnover(pool=BREAD, rate=1_000))
    bread("r-2", at=NOW + MOMENT)

    assert Lot.objects.get(pk=lot).expires_at == END
    assert awarded().expires_at is None


def test_p1_p9_a_receipt_that_comes_late_counts_from_the_day_on_which_it_was_bought(shop: Lab) -> None:
    released("month", MONTH)
    late = request(line(1, 1000), receipt="late", who="bram", tenders=(CardTender(),))
    at = NOW + dt.timedelta(days=20)
    record_sale(company="de-molen", branch="utrecht-centraal", request=late, by="staff:test", at=at, happened_at=NOW)

    assert awarded().expires_at == END


@pytest.mark.parametrize(
    ("told", "last"),
    [
        ({"last_days": "30"}, PointsLast(days=30)),
        ({"last_months": "12"}, PointsLast(months=12)),
        (
            {"last_until": "2026-12-31", "valid_until": "2026-12-31"},
            PointsLast(until=dt.date(2026, 12, 31)),
        ),
        ({}, None),
    ],
)
def test_p1_the_form_says_how_long_points_last_and_shows_it_again(
    shop: Lab, told: dict[str, str], last: PointsLast | None
) -> None:
    browser = logged_in("molen")
    campaign = made(browser, **told)
    assert campaign.current is not None
    benefit = rule_of(campaign.current).benefit
    assert benefit == PointsPerTurnover(pool=BREAD, rate=1_000, last=last)

    shown: Any = browser.get(f"{PAGE}{campaign.pk}/change/")
    values = shown.context_data["adminform"].form.initial
    again = {name: value for name, value in values.items() if value not in (None, False, (), [])}
    assert browser.post(f"{PAGE}{campaign.pk}/change/", again).status_code == 302
    assert Campaign.objects.get(pk=campaign.pk).current == campaign.current


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"last_days": "30", "last_months": "1"}, "last_days"),
        ({"last_until": "2026-12-31"}, "last_until"),
        ({"last_until": "2026-12-31", "valid_until": "2027-01-01"}, "last_until"),
        ({"last_days": "0"}, "last_days"),
        ({"last_months": "121"}, "last_months"),
    ],
)
def test_p1_an_end_that_cannot_be_is_refused_at_its_field(shop: Lab, told: dict[str, str], field: str) -> None:
    answer: Any = logged_in("molen").post(f"{PAGE}add/", NEW | told)

    assert answer.status_code == 200
    assert set(answer.context_data["adminform"].form.errors) == {field}


NEW = {"name_en": "Month", "stage": "draft", "kind": "award", "pool": BREAD, "points_per_unit": "10"}


def made(browser: Client, **told: str) -> Campaign:
    answer: Any = browser.post(f"{PAGE}add/", NEW | told)
    assert answer.status_code == 302, answer.context_data["adminform"].form.errors
    return Campaign.objects.latest("current__pk")
