"""What is set up later changes nothing of what has happened: a replay comes out the same."""

from __future__ import annotations

import datetime as dt

from backend_bridge.central.acting import perform
from backend_bridge.central.clearing.models import ClearingLine
from backend_bridge.central.commands import register_terminal
from backend_bridge.central.customers.services.giving import Giving, register_points
from backend_bridge.central.fleet.models import JournalEntry
from backend_bridge.central.organisation.models import Branch
from backend_bridge.central.vouchers.models import VoucherEvent
from backend_bridge.central.vouchers.services import issuing
from backend_bridge.central.vouchers.services.expiring import expire_vouchers
from loyalty.acts.points import PointsGiven
from loyalty.benefits import MoneyValue, PercentOff, PointsPerTurnover
from tests.unit.central.lab import (
    BREAD,
    NETWORK,
    Lab,
    PaperTerminal,
    balance,
    member,
    points_wanted,
    spent,
    terminal_key,
)
from tests.unit.central.replaying import assert_replays
from tests.unit.central.sales_shop import line, no_campaigns, pay, released, reverse, sell
from tests.unit.central.voucher_counter import (
    DAY,
    MOLEN,
    NOW,
    TODAY,
    ZUID,
    back,
    issued,
    like,
    points,
    redate,
    register,
    use,
    who,
)

AMSTERDAM = "Europe/Amsterdam"
END_OF_MARCH = dt.datetime(2026, 3, 31, 20, tzinfo=dt.UTC)


def open_first_branch() -> None:
    """The bakery opens a branch that comes before all others, in another time zone."""
    Branch.objects.create(id="a-first", company_id=MOLEN, name="First", timezone="Pacific/Kiritimati")


def test_an_entry_is_judged_by_the_branch_where_its_terminal_stood(lab: Lab) -> None:
    molen = PaperTerminal("molen-1")
    held = lab.grant(molen, points_wanted("anna", 200, pool=NETWORK))
    molen.write(spent(held.lots))
    lab.upload(molen)
    open_first_branch()
    register_terminal(terminal="molen-1", branch="kaple", public=terminal_key("molen-1").public.hex())

    assert set(JournalEntry.objects.values_list("branch", flat=True)) == {"utrecht-centraal"}
    assert_replays()


def days() -> set[object]:
    """The days on which something was done since today began."""
    return set(VoucherEvent.objects.filter(day__gte=TODAY).values_list("day", flat=True))


def test_what_was_done_with_vouchers_stays_on_its_day(lab: Lab) -> None:
    """Before noon in Utrecht it is Tuesday already on Kiritimati."""
    no_campaigns()
    first = issued(like(MoneyValue(rest_minor=500)))
    use(first, 200)
    back(first, 1)
    coupon = issued(points())
    register(coupon, member("anna"))
    redate(first, TODAY)
    issuing.create_and_register(like=points(), customer=member("anna"), **who())
    off = issued(like(PercentOff(rate_bp=1000)))
    sell(vouchers=(off,))
    reverse()
    expire_vouchers(NOW + 5 * DAY)
    assert days() == {TODAY, TODAY + 5 * DAY}

    open_first_branch()
    assert_replays()
    issued(like(PercentOff(rate_bp=1000)), at=NOW + 6 * DAY)
    assert TODAY + 7 * DAY in days()
    assert_replays()


def test_what_is_cleared_stays_in_its_month(lab: Lab) -> None:
    """Anna owes the bakery network points, and fills them on the last evening of March."""
    no_campaigns()
    released("net", PointsPerTurnover(pool=NETWORK, rate=10_000))
    sell(line(1, 5000), who="bram")
    there = balance("bram", NETWORK)
    sell(line(1, there), receipt="spent", who="bram", tenders=pay(there, NETWORK))
    reverse()
    giving = Giving(company=ZUID, member=member("bram"), pool=NETWORK, points=10)
    register_points(giving, key="fill", by="test", at=END_OF_MARCH)
    lines = ClearingLine.objects.filter(cause__key="fill").values_list("timezone", "month")
    assert set(lines) == {(AMSTERDAM, "2026-03")}

    for company in (MOLEN, ZUID):
        Branch.objects.create(id=f"a-{company}"[:48], company_id=company, name="First", timezone="Pacific/Kiritimati")
    assert_replays()


def test_a_branch_that_was_told_another_zone_changes_no_sale(lab: Lab) -> None:
    no_campaigns()
    sell(line(1, 500), tenders=pay(100, NETWORK))
    reverse()
    assert set(ClearingLine.objects.values_list("timezone", flat=True)) == {AMSTERDAM}
    Branch.objects.filter(pk="utrecht-centraal").update(timezone="Pacific/Kiritimati")
    assert_replays()


def test_the_same_is_asked_for_again_after_a_branch_was_opened(lab: Lab) -> None:
    made = issuing.issue_vouchers(like=points(), **who(key="once"))
    open_first_branch()
    assert issuing.issue_vouchers(like=points(), **who(key="once")) == made
    act = PointsGiven(member=member("anna"), pool=BREAD, points=5, issuer=MOLEN)
    for _ in range(2):
        perform(act, **who(key="twice"))
        Branch.objects.filter(pk="a-first").update(timezone="UTC")
