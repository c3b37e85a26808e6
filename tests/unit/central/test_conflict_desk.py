"""X6: whatever went wrong is listed: what, when, how much, and who bears it. A company sees its own (P6)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec
from django.contrib.auth.models import User
from django.test import Client

from backend_bridge.central.clearing.models import ClearingLine
from backend_bridge.central.conflicts import risk
from backend_bridge.central.conflicts.blocked import bear_blocked
from backend_bridge.central.conflicts.models import Conflict, RiskTerms
from backend_bridge.central.conflicts.settling import settle
from backend_bridge.central.customers.models import Card
from backend_bridge.central.instants import from_ms
from backend_bridge.central.jobs.running import run_jobs
from backend_bridge.central.office.staff import add_operator
from loyalty.entries import CouponNoted, EpochBegun, PointsSpent
from loyalty.rights import LotSpend
from tests.unit.central.api_neighbour import Neighbour, token
from tests.unit.central.lab import (
    BREAD,
    NETWORK,
    NOW_MS,
    Lab,
    PaperTerminal,
    balance,
    card,
    coupon_id,
    member,
    points_wanted,
    spent,
)
from tests.unit.central.replaying import assert_replays
from tests.unit.central.test_epochs_of_terminals import at_risk, part_of
from tests.unit.central.test_office import logged_in

AT = from_ms(NOW_MS)


def listed() -> list[tuple[Any, ...]]:
    """What is on the desk, in the order in which it came."""
    return list(Conflict.objects.order_by("pk").values_list("kind", "entry", "points", "pool", "bearer"))


def block(name: str, *, at: dt.datetime) -> None:
    """The customer has reported the card; it was so at `at`."""
    Card.objects.filter(pk=card(name)).update(status=Card.Status.BLOCKED, blocked_at=at)


def test_x6_an_entry_in_suspense_is_listed_with_its_points(lab: Lab) -> None:
    molen = PaperTerminal("molen-1")
    grant = lab.grant(molen, points_wanted("anna", 150))
    for _ in range(2):
        molen.write(part_of(grant, 100))
    for _ in range(2):
        lab.upload(molen)

    assert listed() == [("suspense", "molen-1/1/3", 100, BREAD, "de-molen")]
    row = Conflict.objects.get()
    assert (row.value_minor, row.state, row.company_id) == (100, "open", "de-molen")
    assert row.detail.startswith("points_spent: ")


def test_x6_both_branches_of_a_fork_are_told_with_their_points(lab: Lab) -> None:
    molen = PaperTerminal("molen-1")
    grant = lab.grant(molen, points_wanted("anna", 150))
    other = PaperTerminal("molen-1")
    other.journal = list(molen.journal)
    molen.write(part_of(grant, 70))
    other.write(part_of(grant, 90))
    other.write(EpochBegun("1.0"))
    lab.upload(molen)
    lab.upload(other)

    first, second = listed()
    assert first == ("fork", "molen-1/1/2", 90, BREAD, "de-molen")
    assert "applied in its place: points_spent of 70 points" in Conflict.objects.order_by("pk")[0].detail
    assert second == ("fork", "molen-1/1/3", 0, None, None)


def test_x6_a_noted_coupon_that_was_used_is_listed(lab: Lab) -> None:
    molen = PaperTerminal("molen-1")
    molen.write(CouponNoted(coupon=coupon_id("used-75"), member=member("anna"), points=75))
    lab.upload(molen)

    assert listed() == [("noted_coupon", "molen-1/1/1", 75, BREAD, None)]


def test_x6_what_a_blocked_card_spent_is_the_companys_and_not_the_customers(lab: Lab) -> None:
    molen = PaperTerminal("molen-1")
    held = lab.grant(molen, points_wanted("anna", 150))
    block("anna", at=AT - dt.timedelta(hours=1))
    molen.write(spent(held.lots))
    lab.upload(molen)
    assert balance("anna") == 490

    for _ in range(2):
        run_jobs(at=AT)

    assert (balance("anna"), at_risk()) == (640, 150)
    assert listed() == [("blocked_card", "molen-1/1/2", 150, BREAD, "de-molen")]
    assert_replays()


def test_what_was_spent_before_the_card_was_blocked_is_the_customers(lab: Lab) -> None:
    molen = PaperTerminal("molen-1")
    held = lab.grant(molen, points_wanted("anna", 150))
    molen.write(spent(held.lots))
    block("anna", at=AT + dt.timedelta(seconds=1))
    lab.upload(molen)

    assert bear_blocked(at=AT + dt.timedelta(minutes=1)) == 0
    assert balance("anna") == 490


def test_who_has_another_card_may_have_spent_with_it(lab: Lab) -> None:
    molen = PaperTerminal("molen-1")
    held = lab.grant(molen, points_wanted("anna", 150))
    block("anna", at=AT - dt.timedelta(hours=1))
    Card.objects.create(token="f" * 32, customer_id=member("anna"), family="test")
    molen.write(spent(held.lots))
    lab.upload(molen)

    assert bear_blocked(at=AT) == 0


def test_an_entry_that_names_its_card_leaves_no_doubt(lab: Lab) -> None:
    molen = PaperTerminal("molen-1")
    held = lab.grant(molen, points_wanted("anna", 150))
    block("anna", at=AT - dt.timedelta(hours=1))
    Card.objects.create(token="f" * 32, customer_id=member("anna"), family="test")
    molen.write(msgspec.structs.replace(part_of(held, 50), card="f" * 32))
    molen.write(msgspec.structs.replace(part_of(held, 60), card=card("anna")))
    lab.upload(molen)

    assert bear_blocked(at=AT) == 1
    assert (balance("anna"), at_risk()) == (590, 60)


def test_p5_network_points_of_a_blocked_card_are_owed_by_the_bearer(lab: Lab) -> None:
    RiskTerms.objects.create(company_id="de-molen", bearer_id="kavarna-kaple")
    molen = PaperTerminal("molen-1")
    held = lab.grant(molen, points_wanted("anna", 700, pool=NETWORK))
    before = balance("anna", NETWORK)
    block("anna", at=AT - dt.timedelta(hours=1))
    molen.write(spent(held.lots))
    lab.upload(molen)
    assert bear_blocked(at=AT) == 1

    owed: dict[str, int] = {}
    for line in ClearingLine.objects.all():
        owed[line.issuer_id] = owed.get(line.issuer_id, 0) + line.points
    assert {issuer: points for issuer, points in owed.items() if points} == {"kavarna-kaple": 700}
    assert balance("anna", NETWORK) == before
    assert_replays()


def test_a_company_allows_no_risk_unless_it_says_so(lab: Lab) -> None:
    assert (risk.bearer_of("de-molen"), risk.allowance_minor("de-molen")) == ("de-molen", 0)
    RiskTerms.objects.create(company_id="de-molen", bearer_id="cocktailbar-zuid", allowance_minor=500)
    assert (risk.bearer_of("de-molen"), risk.allowance_minor("de-molen")) == ("cocktailbar-zuid", 500)


def test_a_conflict_is_settled_once_with_a_note(lab: Lab) -> None:
    molen = PaperTerminal("molen-1")
    grant = lab.grant(molen, points_wanted("anna", 150))
    for _ in range(2):
        molen.write(part_of(grant, 100))
    lab.upload(molen)
    one = add_operator("one", password="not-a-secret-1")

    assert settle(Conflict.objects.values_list("pk", flat=True), note="paid by hand", by=one, at=AT) == 1
    assert settle(Conflict.objects.values_list("pk", flat=True), note="again", by=one, at=AT) == 0
    row = Conflict.objects.get()
    assert (row.state, row.note, row.settled_by, row.settled_at) == ("settled", "paid by hand", one, AT)


def test_p6_a_company_sees_its_own_conflicts_in_the_office(lab: Lab) -> None:
    for terminal, company in (("molen-1", "de-molen"), ("zuid-1", "cocktailbar-zuid")):
        paper = PaperTerminal(terminal)
        paper.write(CouponNoted(coupon=coupon_id("used-75"), member=member("anna"), points=75))
        paper.write(part_of_nothing(company))
        lab.upload(paper)

    page = logged_in("molen").get("/office/conflicts/conflict/")
    assert page.status_code == 200
    assert b"molen-1/1/2" in page.content
    assert b"zuid-1" not in page.content
    everything = operator().get("/office/conflicts/conflict/").content
    assert b"zuid-1/1/2" in everything


def test_p6_a_neighbour_reads_its_own_companys_conflicts(lab: Lab) -> None:
    for terminal, company in (("molen-1", "de-molen"), ("zuid-1", "cocktailbar-zuid")):
        paper = PaperTerminal(terminal)
        paper.write(part_of_nothing(company))
        lab.upload(paper)
    neighbour = Neighbour(token(scopes=["conflicts:read"]))

    told = neighbour.get("conflicts", state="open").body

    assert [(one["entry"], one["points"], one["bearer"]) for one in told["items"]] == [("molen-1/1/1", 10, "de-molen")]
    assert neighbour.get("conflicts", state="settled").body["items"] == []


def part_of_nothing(company: str) -> Any:
    """A spend of what was never granted."""
    return PointsSpent(
        spend="s",
        member=member("anna"),
        pool=NETWORK,
        lots=(LotSpend("opening-anna-1", 10),),
        reward="r",
        company=company,
        code="ABCDEFG",
    )


def operator() -> Client:
    """The operator's browser."""
    client = Client(HTTP_HOST="localhost")
    client.force_login(User.objects.filter(is_superuser=True).first() or add_operator("op", password="not-a-secret-0"))
    return client
