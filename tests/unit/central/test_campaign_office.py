"""The office's pages of campaigns: made, changed and tried by a company's own staff (P1, P6, P9, P10)."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from backend_bridge.central.campaigns.models import Campaign
from backend_bridge.central.campaigns.versions import rule_of
from loyalty.benefits import AmountOff, FreeGoods, FreeService, PercentOff, PointsPerTurnover, Rebate
from loyalty.campaigns.campaign import Limits
from loyalty.windows import Weekday, Window
from tests.unit.central.lab import Lab
from tests.unit.central.test_office import logged_in

PAGE = "/office/campaigns/campaign/"
NEW: dict[str, Any] = {"name_en": "Bread week", "stage": "draft", "kind": "percent", "percent": "12.5"}


@pytest.fixture
def molen(lab: Lab) -> Client:
    """The browser of the bakery's own staff."""
    return logged_in("molen")


def errors(answer: Any) -> dict[str, list[str]]:
    assert answer.status_code == 200, "it was accepted"
    found: dict[str, list[str]] = answer.context_data["adminform"].form.errors
    return found


def made(client: Client, **told: Any) -> Campaign:
    answer: Any = client.post(f"{PAGE}add/", NEW | told)
    assert answer.status_code == 302, answer.context_data["adminform"].form.errors
    return Campaign.objects.latest("current__pk")


@pytest.mark.parametrize(
    ("told", "benefit"),
    [
        ({"kind": "percent", "percent": "12.5", "combinable": "on"}, PercentOff(rate_bp=1250)),
        ({"kind": "amount", "amount": "2.50"}, AmountOff(amount_minor=250, combinable=False)),
        ({"kind": "goods", "pieces": "2", "combinable": "on"}, FreeGoods(pieces=2)),
        ({"kind": "service", "combinable": "on"}, FreeService()),
        ({"kind": "rebate", "percent": "5"}, Rebate(rate_bp=500)),
        (
            {"kind": "award", "pool": "bread-points", "points_per_unit": "7.5", "minimum_balance": "1000"},
            PointsPerTurnover(pool="bread-points", rate=750, minimum_balance=1000),
        ),
    ],
)
def test_p1_every_kind_is_made_in_the_form_and_shown_in_it_again(
    molen: Client, told: dict[str, Any], benefit: object
) -> None:
    campaign = made(molen, **told)
    assert campaign.current is not None
    assert (campaign.pk, campaign.company_id, rule_of(campaign.current).benefit) == (
        "1-bread-week",
        "de-molen",
        benefit,
    )

    shown: Any = molen.get(f"{PAGE}{campaign.pk}/change/")
    values = shown.context_data["adminform"].form.initial
    again = {name: value for name, value in values.items() if value not in (None, False, (), [])}
    assert molen.post(f"{PAGE}{campaign.pk}/change/", again).status_code == 302
    assert Campaign.objects.get(pk=campaign.pk).current == campaign.current  # nothing changed: no version


def test_p9_p10_conditions_and_limits_are_kept_as_they_were_filled_in(molen: Client) -> None:
    campaign = made(
        molen,
        article_groups="bread, rolls\ncakes",
        articles="4711",
        valid_from="2026-03-01",
        valid_until="2026-03-31",
        weekdays_1=["mon", "tue"],
        start_1="08:00",
        end_1="10:30",
        start_2="22:00",
        end_2="02:00",
        branches=["utrecht-centraal"],
        channels=["terminal"],
        customer_groups=["vip"],
        budget="100.00",
        uses="50",
        uses_per_customer="2",
        uses_per_day="9",
        exclusive_group="spring",
    )
    assert campaign.current is not None
    rule = rule_of(campaign.current)

    assert (rule.article_groups, rule.articles, rule.customer_groups) == (
        ("bread", "rolls", "cakes"),
        ("4711",),
        ("vip",),
    )
    assert (str(rule.valid_from), str(rule.valid_until), rule.branches) == (
        "2026-03-01",
        "2026-03-31",
        ("utrecht-centraal",),
    )
    morning = Window(weekdays=(Weekday.MONDAY, Weekday.TUESDAY), start="08:00", end="10:30")
    assert rule.windows == (morning, Window(start="22:00", end="02:00"))
    assert rule.limits == Limits(budget=10_000, uses=50, uses_per_customer=2, uses_per_day=9)
    assert (rule.exclusive_group, campaign.current.by) == ("spring", f"office:{User.objects.get(username='molen').pk}")


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"percent": ""}, "percent"),
        ({"percent": "101"}, "percent"),
        ({"kind": "amount", "amount": "1.005"}, "amount"),
        ({"kind": "award", "points_per_unit": "1"}, "pool"),
        ({"kind": "award", "points_per_unit": "1", "pool": "kaple-points"}, "pool"),
        ({"kind": "award", "pool": "bread-points", "points_per_unit": "1", "budget": "1.5"}, "budget"),
        ({"start_1": "25:00"}, "end_1"),
        ({"start_1": "10:00", "end_1": "10:00"}, "end_1"),
        ({"valid_from": "2026-03-02", "valid_until": "2026-03-01"}, "valid_until"),
        ({"branches": ["zuid"]}, "branches"),
        ({"name_en": ""}, "code"),
        ({"code": "bread"}, "code"),
    ],
)
def test_what_cannot_be_is_told_at_its_field_and_nothing_is_saved(
    molen: Client, told: dict[str, Any], field: str
) -> None:
    before = Campaign.objects.count()
    assert field in errors(molen.post(f"{PAGE}add/", NEW | told))
    assert Campaign.objects.count() == before


def test_p6_staff_neither_see_nor_change_nor_try_another_companys_campaigns(molen: Client) -> None:
    listed: Any = molen.get(PAGE)
    assert {row.company_id for row in listed.context_data["cl"].result_list} == {"de-molen"}
    for path in (f"{PAGE}2-cocktails/change/", f"{PAGE}2-cocktails/try/"):
        assert molen.get(path).status_code in (302, 403)
    assert molen.post(f"{PAGE}2-cocktails/change/", NEW).status_code in (302, 403)
    assert Campaign.objects.get(pk="2-cocktails").current.number == 1  # type: ignore[union-attr]


def test_p6_a_company_in_the_form_is_not_listened_to(molen: Client) -> None:
    assert made(molen, company="cocktailbar-zuid").company_id == "de-molen"


def test_the_operator_makes_campaigns_of_any_company(lab: Lab) -> None:
    assert made(logged_in("office"), company="kavarna-kaple", name_cs="Týden").pk == "3-bread-week"


def test_without_logging_in_or_a_company_there_is_no_campaign(lab: Lab) -> None:
    User.objects.create_user("nobody", password=None, is_staff=True)
    assert logged_in("nobody").get(PAGE).status_code == 403
    assert Client(HTTP_HOST="localhost").get(PAGE).status_code == 302


def test_what_has_ended_is_shown_and_not_changed(molen: Client) -> None:
    campaign = made(molen, stage="ended")
    assert molen.get(f"{PAGE}{campaign.pk}/change/").status_code == 200
    assert molen.post(f"{PAGE}{campaign.pk}/change/", NEW | {"percent": "50"}).status_code == 403


def tried(client: Client, campaign: str, *lines: tuple[str, str], **told: Any) -> Any:
    receipt: dict[str, Any] = {
        "branch": "utrecht-centraal",
        "day": "2026-03-02",
        "time": "12:00",
        "channel": "terminal",
        "known": "on",
        "lines-TOTAL_FORMS": len(lines),
        "lines-INITIAL_FORMS": 0,
    }
    for number, (group, price) in enumerate(lines):
        receipt |= {f"lines-{number}-group": group, f"lines-{number}-price": price}
    answer: Any = client.post(f"{PAGE}{campaign}/try/", receipt | told)
    assert answer.status_code == 200
    return answer


def told_by(answer: Any) -> tuple[list[str], list[str]]:
    result = answer.context_data["result"]
    return [f"{row.name} {row.told}" for row in result.given], [f"{row.name}: {row.told}" for row in result.not_given]


def test_a_campaign_is_tried_on_a_receipt_and_says_what_it_gives_and_why_not(molen: Client) -> None:
    answer = tried(molen, "1-bread", ("bread", "7.30"), ("drinks", "4.00"), with_others="on")
    given, not_given = told_by(answer)

    assert given == ["5 points for every euro of bread in our bakeries gives 36 points"]
    assert not_given == [
        "20 points per euro on all products for VIP customers: The customer is in none of its groups.",
    ]
    assert "11.30 EUR" in answer.content.decode()


def test_a_draft_is_tried_alone_and_its_limits_are_not_used_up(molen: Client) -> None:
    campaign = made(molen, kind="amount", amount="1.00", uses="1", customer_groups=["vip"])
    for _time in range(2):
        given, not_given = told_by(tried(molen, campaign.pk, ("bread", "3.00"), groups=["vip"]))
        assert (given, not_given) == (["Bread week takes off 1.00 EUR"], [])


def test_a_trial_without_a_price_that_is_one_says_so(molen: Client) -> None:
    answer = tried(molen, "1-bread", ("bread", "-1"))
    assert "result" not in answer.context_data
    assert "greater than or equal to 0" in answer.content.decode()


def test_the_page_of_a_trial_begins_with_a_line_that_is_covered(molen: Client) -> None:
    page = molen.get(f"{PAGE}1-bread/try/").content.decode()
    assert 'value="bread"' in page
    assert "utrecht-centraal" in page


def test_a_group_of_another_company_cannot_be_ticked(molen: Client) -> None:
    from backend_bridge.central.customers.services import groups

    groups.create(company="cocktailbar-zuid", group="theirs", name="Theirs")
    assert "customer_groups" in errors(molen.post(f"{PAGE}add/", NEW | {"customer_groups": ["theirs"]}))
    assert "Theirs" not in molen.get(f"{PAGE}add/").content.decode()
