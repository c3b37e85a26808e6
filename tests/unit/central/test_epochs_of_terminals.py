"""Journals (terminal, epoch): applied whenever they come, and complete ones give back what they hold (ADR 0018)."""

from __future__ import annotations

from typing import Any

import pytest

from backend_bridge.central.conflicts.models import Conflict
from backend_bridge.central.fleet.models import Grant as GrantRow
from backend_bridge.central.fleet.models import Incident, JournalClosing, JournalEntry
from backend_bridge.central.ledger import accounts
from backend_bridge.central.ledger.models import Account, Transfer
from backend_bridge.central.vouchers.models import Voucher
from loyalty.entries import ClockEvidence, CouponRegistered, EpochBegun, PointsSpent
from loyalty.rights import LotRight, LotSpend
from loyalty.wire.messages import Ack, Answer, Grant, Refused
from tests.unit.central.lab import (
    BREAD,
    NOW_MS,
    Lab,
    PaperTerminal,
    balance,
    coupon_id,
    coupon_wanted,
    incidents,
    main_points,
    member,
    points_wanted,
    spent,
    taken,
)
from tests.unit.central.replaying import assert_replays


def new_epoch(before: PaperTerminal, *, end: int | None, reason: str = "new_disk", by: int = 1) -> PaperTerminal:
    """The journal that the terminal begins after `before`, whose end its anchor remembers."""
    after = PaperTerminal(before.terminal, epoch=before.epoch + by, begun=False)
    after.write(EpochBegun("1.0", reason=reason, before_epoch=before.epoch, before_seq=end))
    return after


def part_of(grant: Grant, points: int) -> PointsSpent:
    """A spend of `points` of a grant's first lot."""
    lots = (LotSpend(grant.lots[0].lot, points),)
    body: dict[str, Any] = {"spend": f"s{points}", "member": grant.member, "pool": grant.lots[0].pool, "lots": lots}
    return PointsSpent(**body, reward="free-coffee", company="de-molen", code="ABCDEFG")


def at_risk(pool: str = BREAD, company: str = "de-molen") -> int:
    """What the company has borne, in points."""
    account = accounts.risk(company=company, unit=pool).id
    return sum(Transfer.objects.filter(debit=account).values_list("amount", flat=True))


def in_escrows() -> int:
    """The points that terminals hold, of everybody."""
    escrows = Account.objects.filter(kind=Account.Kind.MEMBER_ESCROW).prefetch_related("holdings")
    return sum(holding.amount for account in escrows for holding in account.holdings.all())


def test_d4_a_complete_journal_gives_back_what_it_holds(lab: Lab) -> None:
    molen = PaperTerminal("molen-1")
    grant = lab.grant(molen, points_wanted("anna", 150))
    molen.write(part_of(grant, 50))
    lab.upload(molen)

    after = new_epoch(molen, end=2)
    lab.upload(after)

    assert (balance("anna"), main_points("anna"), in_escrows()) == (590, 590, 0)
    assert JournalClosing.objects.get().how == "complete"
    assert incidents() == []
    lab.upload(after)
    lab.upload(molen)
    assert (main_points("anna"), at_risk()) == (590, 0)
    assert_replays()


def test_d4_an_incomplete_journal_is_frozen_until_the_rest_of_it_has_come(lab: Lab) -> None:
    molen, other = PaperTerminal("molen-1"), PaperTerminal("molen-2")
    grant = lab.grant(molen, points_wanted("anna", 600))
    molen.write(part_of(grant, 50))
    molen.write(part_of(grant, 30))

    lab.upload(new_epoch(molen, end=3))
    assert (main_points("anna"), in_escrows()) == (40, 600)
    [sent] = lab.ask(other, points_wanted("anna", 100))
    assert isinstance(sent.message, Answer)
    assert sent.message.result == Refused(reason="not_enough_points", points=40)

    lab.upload(molen, 2, 3)
    assert in_escrows() == 550
    lab.upload(molen, 3)
    assert (main_points("anna"), in_escrows(), incidents()) == (560, 0, [])
    assert_replays()


def test_rights_that_come_back_answer_who_waits_for_them(lab: Lab) -> None:
    molen, other = PaperTerminal("molen-1"), PaperTerminal("molen-2")
    lab.grant(molen, points_wanted("anna", 600))
    [recall] = lab.ask(other, points_wanted("anna", 100))
    assert recall.channel == "down/recall"

    sent = lab.upload(new_epoch(molen, end=1))

    [grant] = [one.message for one in sent if isinstance(one.message, Grant)]
    assert (grant.terminal, sum(lot.points for lot in grant.lots)) == ("molen-2", 100)


def test_a_grant_that_a_dead_journal_never_took_goes_back_with_it(lab: Lab) -> None:
    molen = PaperTerminal("molen-1")
    took = lab.grant(molen, points_wanted("anna", 100), take=False)
    never = lab.grant(molen, points_wanted("anna", 150), take=False)
    molen.write(taken(took))
    after = new_epoch(molen, end=1)

    lab.upload(after)
    # The rest of the journal might say that it was taken.
    assert in_escrows() == 250
    lab.upload(molen)

    assert (main_points("anna"), in_escrows()) == (640, 0)
    assert {row.pk: row.status for row in GrantRow.objects.all()} == {took.grant: "taken", never.grant: "returned"}
    lab.now_ms += 60_000
    assert [one for one in lab.due() if one.channel == "down/grant"] == []
    assert_replays()


def test_a_complete_journal_is_the_home_of_no_coupon(lab: Lab) -> None:
    molen = PaperTerminal("molen-1")
    lab.grant(molen, coupon_wanted("bram", coupon_id("bread-50")))
    lab.upload(new_epoch(molen, end=1))

    assert Voucher.objects.get(pk=coupon_id("bread-50")).home_terminal is None
    other = PaperTerminal("molen-2")
    lab.grant(other, coupon_wanted("bram", coupon_id("bread-50")))
    assert_replays()


@pytest.mark.parametrize(("end", "reason"), [(None, "new_disk"), (2, "new_disk"), (1, "other_hardware")])
def test_nothing_comes_back_by_itself_unless_the_end_is_known_and_reached(
    lab: Lab, end: int | None, reason: str
) -> None:
    molen = PaperTerminal("molen-1")
    lab.grant(molen, points_wanted("anna", 150))
    lab.upload(new_epoch(molen, end=end, reason=reason))

    assert in_escrows() == 150
    assert not JournalClosing.objects.exists()


def test_nothing_comes_back_by_itself_from_a_fork(lab: Lab) -> None:
    molen, other = PaperTerminal("molen-1"), PaperTerminal("molen-1")
    lab.grant(molen, points_wanted("anna", 150))
    other.write(EpochBegun("restored"))
    lab.upload(other)
    lab.upload(new_epoch(molen, end=1))

    assert in_escrows() == 150
    assert incidents() == ["fork"]


def test_the_end_is_where_the_last_of_several_newer_journals_puts_it(lab: Lab) -> None:
    molen = PaperTerminal("molen-1")
    grant = lab.grant(molen, points_wanted("anna", 150))
    molen.write(part_of(grant, 50))
    lab.upload(new_epoch(molen, end=2))
    lab.upload(new_epoch(molen, end=1, by=2))

    assert in_escrows() == 150


def test_x4_what_is_behind_a_complete_journals_end_costs_its_company_and_not_the_customer(lab: Lab) -> None:
    molen = PaperTerminal("molen-1")
    grant = lab.grant(molen, points_wanted("anna", 150))
    lab.upload(new_epoch(molen, end=1))
    molen.write(part_of(grant, 50))
    molen.write(part_of(grant, 60))
    molen.write(part_of(grant, 41))  # more than it ever had

    lab.upload(molen)

    assert (balance("anna"), in_escrows(), at_risk()) == (640, 0, 110)
    assert incidents() == ["suspense", "two_machines"]
    told = list(Conflict.objects.order_by("pk").values_list("kind", "points", "bearer", "company"))
    assert told[:2] == [("late_spend", 50, "de-molen", "de-molen"), ("late_spend", 60, "de-molen", "de-molen")]
    assert_replays()


def test_two_machines_under_one_name_are_noticed_by_their_clocks(lab: Lab) -> None:
    molen = PaperTerminal("molen-1")
    after = PaperTerminal("molen-1", epoch=2, begun=False)
    known = ClockEvidence(wall_ms=NOW_MS, monotonic_ms=1, boot_id="b", set_ago_ms=5, offset_ms=0)
    later = ClockEvidence(wall_ms=NOW_MS + 600_000, monotonic_ms=1, boot_id="c", set_ago_ms=5, offset_ms=0)
    after.write(EpochBegun("1.0", reason="restored"), clock=known)
    lab.upload(after)
    lab.upload(molen)
    assert incidents() == []

    molen.write(EpochBegun("1.0"), clock=later)
    lab.now_ms += 600_000
    for _ in range(2):
        lab.upload(molen)

    assert Incident.objects.filter(kind=Incident.Kind.TWO_MACHINES).count() == 1
    assert JournalEntry.objects.filter(terminal="molen-1", epoch=1).count() == 2


def test_only_the_newest_journal_gets_rights_and_none_that_is_closed(lab: Lab) -> None:
    molen = PaperTerminal("molen-1")
    lab.upload(molen)
    after = new_epoch(molen, end=0)
    [ack] = lab.upload(after)
    assert isinstance(ack.message, Ack)
    assert not ack.message.closed

    [sent] = lab.ask(molen, points_wanted("anna", 100))
    assert isinstance(sent.message, Answer)
    assert sent.message.result == Refused(reason="late")
    lab.grant(after, points_wanted("anna", 100))
    [ack] = lab.upload(molen)
    assert isinstance(ack.message, Ack)
    assert ack.message.closed


def test_a_coupon_registered_behind_the_end_counts_once_for_whoever_has_it(lab: Lab) -> None:
    molen, other = PaperTerminal("molen-1"), PaperTerminal("molen-2")
    coupon = coupon_id("bread-50")
    lab.grant(molen, coupon_wanted("bram", coupon))
    lab.upload(new_epoch(molen, end=1))
    again = lab.grant(other, coupon_wanted("anna", coupon)).coupon
    assert again is not None
    lot = LotRight(lot="annas", member=member("anna"), pool=BREAD, points=50, issuer="de-molen")
    other.write(CouponRegistered(coupon=coupon, lot=lot))
    lab.upload(other)
    before = balance("bram")

    for name in ("late", "again"):
        lot = LotRight(lot=name, member=member("bram"), pool=BREAD, points=50, issuer="de-molen")
        molen.write(CouponRegistered(coupon=coupon, lot=lot))
    lot = LotRight(lot="late", member=member("bram"), pool=BREAD, points=50, issuer="de-molen")
    molen.write(spent((lot,)))
    lab.upload(molen)

    # Bram was promised 50 and has spent them there; they were given a second time, at the company's cost.
    assert (balance("bram"), balance("anna"), at_risk()) == (before, 690, 50)
    assert list(Conflict.objects.values_list("kind", "points").order_by("pk")[:1]) == [("late_coupon", 50)]
    assert incidents().count("suspense") == 1
    assert_replays()
