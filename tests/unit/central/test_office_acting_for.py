"""B9: one person may represent several companies, and chooses which one to act for."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from backend_bridge.central.customers.models import Customer, Membership
from backend_bridge.central.instants import from_ms
from backend_bridge.central.office.models import OfficeMembership
from backend_bridge.central.office.scope import Scope, choose
from backend_bridge.central.office.staff import NotStaff, let_act_for
from tests.unit.central.lab import NOW_MS, Lab
from tests.unit.central.test_office import ALL_PAGES, logged_in, rows

MOLEN, ZUID, KAPLE = "de-molen", "cocktailbar-zuid", "kavarna-kaple"
ACT_FOR = "/office/act-for/"
BRANCHES = "/office/organisation/branch/"


@pytest.fixture
def two(lab: Lab) -> Client:
    """The browser of somebody who represents De Molen and the bar."""
    let_act_for(User.objects.get(username="molen"), ZUID)
    return logged_in("molen")


def act(browser: Client, company: str, **told: str) -> Any:
    return browser.post(ACT_FOR, {"company": company, **told})


def branches(browser: Client) -> set[str]:
    return {row.company_id for row in rows(browser, BRANCHES)}


def test_b9_who_represents_several_companies_chooses_first(two: Client) -> None:
    for page in ("/office/", *ALL_PAGES):
        assert two.get(page).headers["Location"] == ACT_FOR
    shown = two.get(ACT_FOR).content.decode()
    assert "De Molen" in shown
    assert "Kaple" not in shown


def test_b9_every_page_follows_the_choice_and_says_it(two: Client) -> None:
    for company, name in ((MOLEN, "Bakkerij De Molen"), (ZUID, "Cocktailbar Zuid")):
        act(two, company)
        assert branches(two) == {company}
        for page in ("/office/", *ALL_PAGES):
            assert f"<strong>{name}</strong>" in two.get(page).content.decode(), page


def test_b9_rows_of_the_company_that_is_not_chosen_cannot_be_reached(two: Client) -> None:
    act(two, MOLEN)
    assert two.get(f"{BRANCHES}zuid/change/").status_code == 302
    act(two, ZUID)
    assert two.get(f"{BRANCHES}zuid/change/").status_code == 200
    assert two.get(f"{BRANCHES}utrecht-centraal/change/").status_code == 302


def test_b9_a_company_that_is_not_represented_cannot_be_chosen(two: Client) -> None:
    act(two, MOLEN)

    for company in (KAPLE, "", "no-such-company"):
        assert act(two, company).status_code == 403
    assert branches(two) == {MOLEN}


def test_b9_a_choice_ends_when_the_company_is_not_represented_any_more(two: Client) -> None:
    act(two, ZUID)
    OfficeMembership.objects.filter(company=ZUID).delete()

    assert branches(two) == {MOLEN}


def test_b9_with_one_company_there_is_nothing_to_choose(lab: Lab) -> None:
    molen = logged_in("molen")

    assert molen.get(ACT_FOR).headers["Location"] == "/office/"
    assert act(molen, ZUID).status_code == 302
    assert branches(molen) == {MOLEN}
    shown = molen.get("/office/").content.decode()
    assert "<strong>Bakkerij De Molen</strong>" in shown
    assert ACT_FOR not in shown


def test_b9_the_operator_sees_everything_or_acts_for_one_company(lab: Lab) -> None:
    operator = logged_in("office")
    everything = branches(operator)
    act(operator, MOLEN)
    one = branches(operator)
    added = operator.get("/office/customers/card/add/").status_code
    act(operator, "")

    assert (one, added) == ({MOLEN}, 403)
    assert everything == branches(operator) == {MOLEN, ZUID, KAPLE}


def test_b9_choosing_goes_back_to_the_list_and_never_elsewhere(two: Client) -> None:
    wanted = {
        f"{BRANCHES}zuid/change/": BRANCHES,
        BRANCHES: BRANCHES,
        "/office/": "/office/",
        "https://evil.example/office/": "/office/",
        "/office/../evil": "/office/",
        "//evil.example": "/office/",
    }
    assert {here: act(two, MOLEN, next=here).headers["Location"] for here in wanted} == wanted


def test_b9_a_form_opened_for_one_company_is_not_saved_for_another(lab: Lab) -> None:
    operator = logged_in("office")
    form = operator.get(f"{BRANCHES}add/").content.decode()
    assert '<input type="hidden" name="_acts_for" value="">' in form
    told = {"id": "late", "company": MOLEN, "name": "Late", "timezone": "Europe/Amsterdam"}

    stale = operator.post(f"{BRANCHES}add/", {**told, "_acts_for": MOLEN})
    fresh = operator.post(f"{BRANCHES}add/", {**told, "_acts_for": ""})

    assert stale.headers["Location"] == f"{BRANCHES}add/"
    assert fresh.headers["Location"] == BRANCHES


def test_b9_the_choice_ends_with_the_session(two: Client) -> None:
    act(two, MOLEN)
    two.post("/office/logout/")
    two.force_login(User.objects.get(username="molen"))

    assert two.get(BRANCHES).headers["Location"] == ACT_FOR


def test_an_operator_is_not_narrowed_down_to_a_company_by_mistake(lab: Lab) -> None:
    with pytest.raises(NotStaff):
        let_act_for(User.objects.get(username="office"), MOLEN)


def test_without_a_choice_a_scope_is_empty_not_everything(lab: Lab) -> None:
    """A job or a page that forgets the session shows nothing rather than too much."""
    user = User.objects.get(username="molen")
    let_act_for(user, ZUID)
    scope = Scope(User.objects.get(username="molen"))
    Membership.objects.update_or_create(
        customer=Customer.objects.get(username="vera"),
        company_id=ZUID,
        defaults={"since": from_ms(NOW_MS) - dt.timedelta(days=1)},
    )

    assert (scope.company, scope.everything, scope.must_choose) == (None, False, True)
    choose(user, KAPLE)
    assert Scope(user).company is None
