"""What two people sign as lost: the members have their rights again, and what turns up later is borne at risk."""

from __future__ import annotations

import datetime as dt

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

from backend_bridge.central.acting import perform
from backend_bridge.central.clearing.models import ClearingLine
from backend_bridge.central.conflicts.models import Conflict, RiskTerms
from backend_bridge.central.fleet.models import JournalClosing, Terminal, WriteOff
from backend_bridge.central.instants import from_ms
from backend_bridge.central.ledger.models import Account, Redemption, Transfer
from backend_bridge.central.office.staff import add_company_user, add_operator
from backend_bridge.central.organisation.models import Company
from backend_bridge.central.recovery import write_off
from backend_bridge.central.recovery.errors import RecoveryRefused
from loyalty.acts.points import PointsOpened
from loyalty.entries import EpochBegun
from loyalty.wire.messages import Ack, Answer, Refused
from tests.unit.central.lab import (
    BREAD,
    NETWORK,
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
    returned,
    spent,
)
from tests.unit.central.replaying import assert_replays
from tests.unit.central.test_epochs_of_terminals import at_risk, in_escrows, part_of

AT = from_ms(NOW_MS)
LONG_AFTER = AT + dt.timedelta(days=3)


def operators() -> tuple[User, User]:
    return add_operator("one", password="not-a-secret-1"), add_operator("two", password="not-a-secret-2")


def sign(terminal: str, *, epoch: int = 1, at: dt.datetime = LONG_AFTER, although_in_use: bool = False) -> WriteOff:
    """Two operators write a journal off."""
    one, two = operators()
    asked = write_off.ask_rights(
        terminal=terminal, epoch=epoch, reason="stolen", by=one, at=at, although_in_use=although_in_use
    )
    return write_off.confirm(asked.pk, by=two, at=at)


def the_bar_trusts() -> None:
    """Any card pays there."""
    rule = {"spend_online": True, "spend_offline": False}
    Company.objects.filter(pk="cocktailbar-zuid").update(trust=dict.fromkeys(("uid", "sun", "ev2"), rule))


def last_ack(lab: Lab, paper: PaperTerminal) -> Ack:
    [ack] = [one.message for one in lab.upload(paper) if isinstance(one.message, Ack)]
    return ack


def test_what_a_lost_terminal_held_goes_back_as_the_same_lots(lab: Lab) -> None:
    molen = PaperTerminal("molen-1")
    lab.grant(molen, points_wanted("anna", 600))
    lab.grant(molen, points_wanted("vera", 80), take=False)
    lab.grant(molen, coupon_wanted("bram", coupon_id("bread-50")))
    assert (main_points("anna"), in_escrows()) == (40, 680)

    done = sign("molen-1")

    assert (main_points("anna"), balance("anna"), in_escrows(), at_risk()) == (640, 640, 0, 0)
    closing = JournalClosing.objects.get()
    assert (closing.how, closing.bearer_id, closing.cause) == ("written_off", "de-molen", f"write-off/{done.pk}/0")
    lab.grant(PaperTerminal("molen-2"), coupon_wanted("bram", coupon_id("bread-50")))
    assert_replays()


def test_the_terminal_is_told_and_gets_nothing_more_in_that_epoch(lab: Lab) -> None:
    molen = PaperTerminal("molen-1")
    lab.grant(molen, points_wanted("anna", 100))
    assert not last_ack(lab, molen).closed
    sign("molen-1")

    assert last_ack(lab, molen).closed
    [sent] = lab.ask(molen, points_wanted("anna", 100))
    assert isinstance(sent.message, Answer)
    assert sent.message.result == Refused(reason="late")
    after = PaperTerminal("molen-1", epoch=2, begun=False)
    after.write(EpochBegun("1.0", reason="closed", before_epoch=1, before_seq=1))
    assert not last_ack(lab, after).closed
    lab.grant(after, points_wanted("anna", 100))
    assert balance("anna") == 640
    assert_replays()


def test_x6_what_a_terminal_had_spent_already_is_borne_by_its_company(lab: Lab) -> None:
    molen, other = PaperTerminal("molen-1"), PaperTerminal("molen-2")
    grant = lab.grant(molen, points_wanted("anna", 600))
    molen.write(part_of(grant, 250))
    sign("molen-1")
    spend = lab.grant(other, points_wanted("anna", 640))
    other.write(spent(spend.lots))
    lab.upload(other)
    assert balance("anna") == 0

    for _ in range(2):
        lab.upload(molen)

    assert (balance("anna"), at_risk()) == (0, 250)
    assert Redemption.objects.count() == 2
    [told] = Conflict.objects.all()
    assert (told.kind, told.points, told.pool_id, told.value_minor) == ("late_spend", 250, BREAD, 250)
    assert (told.bearer_id, told.company_id, told.state) == ("de-molen", "de-molen", "open")
    assert incidents() == []
    assert_replays()


def test_no_more_than_was_frozen_is_ever_charged(lab: Lab) -> None:
    molen = PaperTerminal("molen-1")
    grant = lab.grant(molen, points_wanted("anna", 200))
    sign("molen-1")
    for _ in range(3):
        molen.write(part_of(grant, 90))
    molen.write(returned(grant.lots))

    lab.upload(molen)

    assert (balance("anna"), at_risk()) == (640, 180)
    assert incidents() == ["suspense", "suspense"]
    assert Conflict.objects.filter(kind="late_spend").count() == 2
    assert_replays()


def test_what_a_lost_journal_returned_is_not_given_twice_and_not_spent_after(lab: Lab) -> None:
    molen = PaperTerminal("molen-1")
    grant = lab.grant(molen, points_wanted("anna", 200))
    sign("molen-1")
    molen.write(returned(grant.lots))
    molen.write(part_of(grant, 10))

    lab.upload(molen)

    assert (balance("anna"), main_points("anna"), at_risk()) == (640, 640, 0)
    assert incidents() == ["suspense"]
    assert_replays()


def test_p5_what_the_bearer_took_itself_is_owed_by_nobody(lab: Lab) -> None:
    molen = PaperTerminal("molen-1")
    grant = lab.grant(molen, points_wanted("anna", 700, pool=NETWORK))
    assert {lot.issuer for lot in grant.lots} == {"cocktailbar-zuid"}
    before = balance("anna", NETWORK)
    molen.write(spent(grant.lots))
    sign("molen-1")

    lab.upload(molen)

    assert (at_risk(NETWORK), balance("anna", NETWORK)) == (700, before)
    # Not the bar either, which had issued them.
    assert set(ClearingLine.objects.values_list("issuer", "taker")) == {("de-molen", "de-molen")}
    assert_replays()


def test_the_bearer_that_the_contract_names_owes_who_took_them(lab: Lab) -> None:
    the_bar_trusts()
    RiskTerms.objects.create(company_id="cocktailbar-zuid", bearer_id="de-molen")
    zuid = PaperTerminal("zuid-1")
    grant = lab.grant(zuid, points_wanted("anna", 700, pool=NETWORK))
    zuid.write(spent(grant.lots, company="cocktailbar-zuid"))
    sign("zuid-1")
    RiskTerms.objects.update(bearer=None)

    lab.upload(zuid)

    assert at_risk(NETWORK, "de-molen") == 700
    lines = ClearingLine.objects.values_list("issuer", "taker")
    assert set(lines) == {("de-molen", "cocktailbar-zuid")}
    assert sum(ClearingLine.objects.values_list("points", flat=True)) == 700
    assert_replays()


def test_nobody_signs_alone(lab: Lab) -> None:
    molen = PaperTerminal("molen-1")
    lab.grant(molen, points_wanted("anna", 200))
    one, _two = operators()
    asked = write_off.ask_rights(terminal="molen-1", epoch=1, reason="lost", by=one, at=LONG_AFTER)

    with pytest.raises(RecoveryRefused) as refused:
        write_off.confirm(asked.pk, by=one, at=LONG_AFTER)

    assert refused.value.rule == "same_person"
    assert in_escrows() == 200
    with pytest.raises(IntegrityError), transaction.atomic():
        WriteOff.objects.update(confirmed_by=one, confirmed_at=LONG_AFTER)


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"reason": "  "}, "reason"),
        ({"epoch": 7}, "unknown_journal"),
        ({"terminal": "nobody"}, "unknown_terminal"),
        ({"at": AT}, "in_use"),
    ],
)
def test_what_may_not_be_asked(lab: Lab, change: dict[str, object], rule: str) -> None:
    molen = PaperTerminal("molen-1")
    lab.grant(molen, points_wanted("anna", 200))
    asked = {"terminal": "molen-1", "epoch": 1, "reason": "lost", "by": operators()[0], "at": LONG_AFTER}

    with pytest.raises(RecoveryRefused) as refused:
        write_off.ask_rights(**{**asked, **change})  # type: ignore[arg-type]

    assert refused.value.rule == rule
    assert not WriteOff.objects.exists()


def test_a_companys_staff_does_not_write_off(lab: Lab) -> None:
    molen = PaperTerminal("molen-1")
    lab.grant(molen, points_wanted("anna", 200))
    staff = add_company_user("baker", password="not-a-secret-3", company="de-molen")

    with pytest.raises(RecoveryRefused) as refused:
        write_off.ask_rights(terminal="molen-1", epoch=1, reason="lost", by=staff, at=LONG_AFTER)
    assert refused.value.rule == "not_operator"
    asked = write_off.ask_rights(terminal="molen-1", epoch=1, reason="lost", by=operators()[0], at=LONG_AFTER)
    with pytest.raises(RecoveryRefused):
        write_off.confirm(asked.pk, by=staff, at=LONG_AFTER)


def test_a_terminal_that_comes_back_before_the_second_signature_is_in_use(lab: Lab) -> None:
    molen = PaperTerminal("molen-1")
    lab.grant(molen, points_wanted("anna", 200))
    one, two = operators()
    asked = write_off.ask_rights(terminal="molen-1", epoch=1, reason="lost", by=one, at=LONG_AFTER)
    Terminal.objects.filter(pk="molen-1").update(last_seen=LONG_AFTER)

    with pytest.raises(RecoveryRefused) as refused:
        write_off.confirm(asked.pk, by=two, at=LONG_AFTER)
    assert refused.value.rule == "in_use"
    write_off.withdraw(asked.pk, by=two, at=LONG_AFTER)
    with pytest.raises(RecoveryRefused) as refused:
        write_off.confirm(asked.pk, by=two, at=LONG_AFTER)
    assert refused.value.rule == "not_open"

    sign("molen-1", although_in_use=True)
    assert in_escrows() == 0


def test_an_older_journal_is_written_off_while_its_terminal_works_on(lab: Lab) -> None:
    molen = PaperTerminal("molen-1")
    lab.grant(molen, points_wanted("anna", 200))
    after = PaperTerminal("molen-1", epoch=2, begun=False)
    after.write(EpochBegun("1.0", reason="new_disk"))
    held = lab.grant(after, points_wanted("anna", 100))

    sign("molen-1", epoch=1, at=AT)

    assert in_escrows() == 100
    after.write(spent(held.lots))
    lab.upload(after)
    assert (balance("anna"), at_risk()) == (540, 0)
    assert_replays()


def test_a_journal_is_written_off_once(lab: Lab) -> None:
    molen = PaperTerminal("molen-1")
    lab.grant(molen, points_wanted("anna", 200))
    one, two = operators()
    asked = write_off.ask_rights(terminal="molen-1", epoch=1, reason="lost", by=one, at=LONG_AFTER)
    with pytest.raises(RecoveryRefused) as refused:
        write_off.ask_rights(terminal="molen-1", epoch=1, reason="lost", by=two, at=LONG_AFTER)
    assert refused.value.rule == "asked_already"
    write_off.confirm(asked.pk, by=two, at=LONG_AFTER)
    with pytest.raises(RecoveryRefused) as refused:
        write_off.confirm(asked.pk, by=two, at=LONG_AFTER)
    assert refused.value.rule == "not_open"
    with pytest.raises(RecoveryRefused) as refused:
        write_off.ask_rights(terminal="molen-1", epoch=1, reason="lost", by=two, at=LONG_AFTER)
    assert refused.value.rule == "closed"


def test_prepaid_points_that_turn_up_late_are_owed_to_the_customer_once_more(lab: Lab) -> None:
    bought = PointsOpened(
        lot="prepaid", member=member("bram"), pool=BREAD, points=500, issuer="de-molen", origin="purchased"
    )
    perform(bought, key="opened", company="de-molen", by="test", at=AT)
    before = balance("bram")
    molen = PaperTerminal("molen-1")
    grant = lab.grant(molen, points_wanted("bram", before))
    molen.write(spent(grant.lots))
    sign("molen-1")
    lab.upload(molen)

    assert balance("bram") == before
    owed = Account.objects.get(kind=Account.Kind.PURCHASED_LIABILITY)
    sums = [
        sum(Transfer.objects.filter(**{side: owed}).values_list("amount", flat=True)) for side in ("credit", "debit")
    ]
    assert sums == [500, 500]
    assert_replays()
