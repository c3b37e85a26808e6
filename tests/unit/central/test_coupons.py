"""A coupon gives its points once: its home is one terminal, and registering ends it."""

from __future__ import annotations

import datetime as dt

import msgspec
import pytest

from backend_bridge.central.customers.models import Membership
from backend_bridge.central.vouchers.models import Voucher
from loyalty.entries import CouponNoted, CouponRegistered, RightsReturned
from loyalty.rights import LotRight
from loyalty.wire.messages import Answer, Grant, Refused
from tests.unit.central.lab import (
    NOW_MS,
    Lab,
    PaperTerminal,
    Sent,
    balance,
    coupon_id,
    coupon_wanted,
    incidents,
    main_points,
    member,
    points_wanted,
    spent,
)


def refused(sent: list[Sent]) -> Refused:
    [one] = sent
    assert isinstance(one.message, Answer)
    assert isinstance(one.message.result, Refused), one
    return one.message.result


def registered(grant: Grant, paper: PaperTerminal) -> CouponRegistered:
    """The entry by which a terminal registers the coupon of `grant`."""
    assert grant.coupon is not None
    lot = LotRight(
        lot=f"{paper.terminal}.{paper.epoch}.{len(paper.journal)}",
        member=grant.member,
        pool=grant.coupon.pool,
        points=grant.coupon.points,
        issuer=grant.coupon.issuer,
        created_ms=NOW_MS,
    )
    return CouponRegistered(coupon=grant.coupon.coupon, lot=lot)


def noted(coupon: str, name: str) -> CouponNoted:
    return CouponNoted(coupon=coupon, member=member(name), points=100)


def test_a_free_coupon_gets_its_home_and_its_points_can_be_spent_there(lab: Lab) -> None:
    molen, coupon = PaperTerminal("molen-1"), coupon_id("welcome-100")
    grant = lab.grant(molen, coupon_wanted("bram", coupon))
    body = registered(grant, molen)
    molen.write(body)
    molen.write(spent((body.lot,)))

    lab.upload(molen)

    assert balance("bram") == 80
    row = Voucher.objects.get(pk=coupon)
    assert (row.state, row.owner_id, row.home_terminal_id) == ("registered", member("bram"), None)
    assert incidents() == []


def test_a_coupon_whose_home_is_at_another_terminal_is_refused_there(lab: Lab) -> None:
    lab.grant(PaperTerminal("molen-1"), coupon_wanted("anna", coupon_id("welcome-100")), take=False)

    sent = lab.ask(PaperTerminal("molen-2"), coupon_wanted("bram", coupon_id("welcome-100")))

    assert refused(sent).reason == "coupon_elsewhere"


def test_a_returned_coupon_is_free_again(lab: Lab) -> None:
    molen, coupon = PaperTerminal("molen-1"), coupon_id("welcome-100")
    lab.grant(molen, coupon_wanted("anna", coupon))
    molen.write(RightsReturned(member=member("anna"), coupon=coupon))
    lab.upload(molen)

    assert lab.grant(PaperTerminal("molen-2"), coupon_wanted("bram", coupon)).coupon is not None
    assert incidents() == []


@pytest.mark.parametrize(
    ("name", "reason", "days_ago"),
    [
        ("expired-100", "coupon_expired", None),
        ("cancelled-25", "coupon_cancelled", 7),
        ("used-75", "coupon_used", 7),
    ],
)
@pytest.mark.parametrize("customer", ["anna", "vera"])
def test_an_ended_coupon_is_refused_with_when_it_ended(
    lab: Lab, name: str, reason: str, days_ago: int | None, customer: str
) -> None:
    told = refused(lab.ask(PaperTerminal("molen-1"), coupon_wanted(customer, coupon_id(name))))

    at_ms = None if days_ago is None else NOW_MS - days_ago * 24 * 3600 * 1000
    assert told == Refused(reason=reason, at_ms=at_ms)


@pytest.mark.parametrize("coupon", ["0" * 16, "x", "Ω", "A" * 16])
def test_an_unknown_coupon_is_refused(lab: Lab, coupon: str) -> None:
    sent = lab.ask(PaperTerminal("molen-1"), coupon_wanted("anna", coupon))

    assert sent == [] or refused(sent).reason == "coupon_unknown"


def test_a_coupon_of_a_pool_that_is_not_accepted_is_refused(lab: Lab) -> None:
    sent = lab.ask(PaperTerminal("zuid-1"), coupon_wanted("anna", coupon_id("welcome-100")))

    assert refused(sent).reason == "pool_not_accepted"


def test_the_last_day_ends_at_midnight_on_the_branchs_wall_clock(lab: Lab) -> None:
    coupon, day = coupon_id("welcome-100"), dt.date(2026, 3, 2)
    Voucher.objects.filter(pk=coupon).update(valid_until=day)
    midnight_ms = NOW_MS + 13 * 3600 * 1000  # 23:00 UTC is midnight in Utrecht in winter

    lab.now_ms = midnight_ms
    assert refused(lab.ask(PaperTerminal("molen-1"), coupon_wanted("anna", coupon))).reason == "coupon_expired"
    lab.now_ms = midnight_ms - 1
    assert lab.grant(PaperTerminal("molen-1"), coupon_wanted("anna", coupon), take=False).coupon is not None


@pytest.mark.parametrize(
    "changes", [{"points": 5000}, {"member": "x"}, {"issuer": "cocktailbar-zuid"}, {"expires_ms": 1}, {"pool": "p"}]
)
def test_a_registration_that_is_not_what_was_granted_goes_to_suspense(lab: Lab, changes: dict[str, object]) -> None:
    molen, coupon = PaperTerminal("molen-1"), coupon_id("welcome-100")
    body = registered(lab.grant(molen, coupon_wanted("bram", coupon)), molen)
    molen.write(msgspec.structs.replace(body, lot=msgspec.structs.replace(body.lot, **changes)))

    lab.upload(molen)

    assert balance("bram") == 80
    assert Voucher.objects.get(pk=coupon).state == "issued"
    assert incidents() == ["suspense"]


def test_a_coupon_is_registered_once_however_often_it_is_journaled(lab: Lab) -> None:
    molen = PaperTerminal("molen-1")
    grant = lab.grant(molen, coupon_wanted("bram", coupon_id("welcome-100")))
    for _ in range(3):
        molen.write(registered(grant, molen))

    lab.upload(molen)

    assert balance("bram") == 180
    assert incidents() == ["suspense", "suspense"]


def test_registering_a_coupon_without_its_home_goes_to_suspense(lab: Lab) -> None:
    molen, other = PaperTerminal("molen-1"), PaperTerminal("molen-2")
    grant = lab.grant(molen, coupon_wanted("bram", coupon_id("welcome-100")))
    other.write(registered(grant, other))

    lab.upload(other)

    assert balance("bram") == 80
    assert incidents() == ["suspense"]


def test_a_noted_coupon_that_is_free_goes_to_the_main_account(lab: Lab) -> None:
    molen, coupon = PaperTerminal("molen-1"), coupon_id("welcome-100")
    molen.write(noted(coupon, "bram"))

    lab.upload(molen)

    assert main_points("bram") == 180
    assert Voucher.objects.get(pk=coupon).registered_at is not None
    assert incidents() == []


@pytest.mark.parametrize("name", ["used-75", "cancelled-25", "expired-100"])
def test_a_noted_coupon_that_has_ended_moves_nothing_and_is_noticed(lab: Lab, name: str) -> None:
    molen = PaperTerminal("molen-1")
    molen.write(noted(coupon_id(name), "bram"))

    lab.upload(molen)
    lab.upload(molen)

    assert balance("bram") == 80
    assert incidents() == ["noted_coupon"]


def test_two_terminals_that_noted_one_coupon_offline_register_it_once(lab: Lab) -> None:
    papers = [PaperTerminal("molen-1"), PaperTerminal("molen-2")]
    for paper, name in zip(papers, ["bram", "anna"], strict=True):
        paper.write(noted(coupon_id("welcome-100"), name))
        lab.upload(paper)

    assert (balance("bram"), balance("anna")) == (180, 640)
    assert incidents() == ["noted_coupon"]


def test_a_company_comes_to_know_who_redeems_there(lab: Lab) -> None:
    Membership.objects.all().delete()
    molen = PaperTerminal("molen-1")
    grant = lab.grant(molen, points_wanted("anna", 100))
    assert not Membership.objects.exists()
    molen.write(spent(grant.lots))

    lab.upload(molen)

    assert list(Membership.objects.values_list("company", "customer")) == [("de-molen", member("anna"))]
