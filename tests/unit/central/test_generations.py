"""D4: a central system that comes back from its backup gives nothing twice, and catches up from the journals."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from backend_bridge.central.acting import perform
from backend_bridge.central.conflicts.models import Conflict
from backend_bridge.central.fleet import generations
from backend_bridge.central.fleet.models import Generation, Incident, Terminal
from backend_bridge.central.fleet.models import Grant as GrantRow
from backend_bridge.central.instants import from_ms
from backend_bridge.central.ledger import accounts
from backend_bridge.central.ledger.models import Transfer
from backend_bridge.central.recovery import write_off
from backend_bridge.central.recovery.restoring import begin_generation
from backend_bridge.central.vouchers.models import Voucher
from loyalty.acts.points import PointsGiven
from loyalty.entries import CouponRegistered
from loyalty.rights import LotRight
from loyalty.wire import codec
from loyalty.wire.messages import Ack, Answer, Grant, JournalBatch, Refused
from tests.unit.central import databases
from tests.unit.central.lab import (
    BREAD,
    NOW_MS,
    TERMINALS,
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
    returned,
    spent,
    taken,
)
from tests.unit.central.replaying import assert_replays
from tests.unit.central.test_epochs_of_terminals import in_escrows
from tests.unit.central.test_write_off import operators

AT = from_ms(NOW_MS)
LATER = AT + dt.timedelta(days=3)


def restore(lab: Lab) -> int:
    """The books are put back to what the test began with, and a generation begins."""
    databases.in_use().restore(databases_template())
    return begin_generation(reason="test", at=AT).number


def databases_template() -> Path:
    """What `fresh_database` puts back in this test."""
    return _TEMPLATE[0]


_TEMPLATE: list[Path] = []


def replay(lab: Lab, paper: PaperTerminal, *, generation: int, start: int = 0, acked: int = -1) -> list[Sent]:
    """The terminal has heard of the generation, and sends everything after what was acknowledged."""
    batch = JournalBatch(
        epoch=paper.epoch,
        entries=tuple(paper.journal[start:]),
        generation=generation,
        head_seq=len(paper.journal) - 1,
        acked_seq=acked,
    )
    return lab.send(paper.terminal, "up/journal", codec.encode_up(batch))


def replay_others(lab: Lab, *papers: PaperTerminal, generation: int) -> None:
    """The terminals that had nothing to do with it have replayed too."""
    for terminal in set(TERMINALS) - {paper.terminal for paper in papers}:
        replay(lab, PaperTerminal(terminal), generation=generation)


def borne_by_the_operator(pool: str = BREAD) -> int:
    risk = accounts.risk(company=None, unit=pool).id
    return sum(Transfer.objects.filter(debit=risk).values_list("amount", flat=True))


def refusal(sent: list[Sent]) -> str:
    [answer] = [one.message for one in sent if isinstance(one.message, Answer)]
    assert isinstance(answer.result, Refused)
    return answer.result.reason


def test_d4_journals_bring_back_what_the_backup_did_not_have(lab: Lab, template: Path) -> None:
    _TEMPLATE[:] = [template]
    molen, zuid = PaperTerminal("molen-1"), PaperTerminal("molen-2")
    held = lab.grant(molen, points_wanted("anna", 150))
    molen.write(spent(held.lots))
    back = lab.grant(zuid, points_wanted("vera", 80))
    zuid.write(returned(back.lots))
    kept = lab.grant(zuid, points_wanted("vera", 40))
    coupon = lab.grant(molen, coupon_wanted("bram", coupon_id("bread-50"))).coupon
    assert coupon is not None
    lot = LotRight(lot="brams", member=member("bram"), pool=BREAD, points=50, issuer="de-molen")
    molen.write(CouponRegistered(coupon=coupon.coupon, lot=lot))
    for paper in (molen, zuid):
        lab.upload(paper)
    before = {name: (balance(name), main_points(name)) for name in ("anna", "bram", "vera")}

    generation = restore(lab)
    for paper in (molen, zuid):
        replay(lab, paper, generation=generation)
    replay_others(lab, molen, zuid, generation=generation)

    assert {name: (balance(name), main_points(name)) for name in before} == before
    assert in_escrows() == 50 + sum(right.points for right in kept.lots)
    assert borne_by_the_operator() == 0
    assert incidents() == []
    assert Generation.objects.get().done_at is not None
    assert set(Conflict.objects.values_list("kind", "points")) == {("unknown_grant", 0)}
    assert_replays()


def test_while_it_catches_up_nothing_is_granted_and_then_it_is(lab: Lab, template: Path) -> None:
    _TEMPLATE[:] = [template]
    molen, other = PaperTerminal("molen-1"), PaperTerminal("molen-2")
    lab.grant(molen, points_wanted("anna", 600))
    generation = restore(lab)

    [ack] = replay(lab, other, generation=generation)
    assert isinstance(ack.message, Ack)
    assert ack.message.generation == generation
    # Anna's points are in the main account, as far as these books know.
    assert main_points("anna") == 640
    assert refusal(lab.ask(other, points_wanted("anna", 600))) == "catching_up"
    assert refusal(lab.ask(other, coupon_wanted("bram", coupon_id("bread-50")))) == "catching_up"

    replay_others(lab, molen, generation=generation)
    assert refusal(lab.ask(other, points_wanted("anna", 600))) == "catching_up"
    replay(lab, molen, generation=generation)
    assert main_points("anna") == 40
    grant = lab.grant(other, points_wanted("anna", 40))
    assert grant.generation == generation


def test_who_has_not_said_that_it_knows_the_generation_has_not_replayed(lab: Lab, template: Path) -> None:
    _TEMPLATE[:] = [template]
    molen = PaperTerminal("molen-1")
    lab.grant(molen, points_wanted("anna", 150))
    generation = restore(lab)
    replay_others(lab, molen, generation=generation)

    lab.upload(molen)
    replay(lab, molen, generation=generation - 1)
    assert Generation.objects.get().done_at is None
    replay(lab, molen, generation=generation, start=2)
    assert Generation.objects.get().done_at is not None


def test_a_terminal_whose_journal_is_not_applied_to_its_end_has_not_replayed(lab: Lab, template: Path) -> None:
    _TEMPLATE[:] = [template]
    molen = PaperTerminal("molen-1")
    lab.grant(molen, points_wanted("anna", 150))
    generation = restore(lab)
    replay_others(lab, molen, generation=generation)

    said = JournalBatch(epoch=1, entries=tuple(molen.journal[:1]), generation=generation, head_seq=1)
    lab.send("molen-1", "up/journal", codec.encode_up(said))

    assert not generations.may_get_rights("molen-1")


def test_an_open_grant_from_before_is_given_back_when_its_journal_has_come_without_it(lab: Lab) -> None:
    molen = PaperTerminal("molen-1")
    took = lab.grant(molen, points_wanted("anna", 100), take=False)
    never = lab.grant(molen, points_wanted("anna", 150), take=False)
    home = lab.grant(molen, coupon_wanted("bram", coupon_id("bread-50")), take=False)
    generation = begin_generation(reason="test", at=AT).number
    lab.now_ms += 60_000
    assert [one for one in lab.due() if one.channel == "down/grant"] == []
    assert in_escrows() == 250

    molen.write(taken(took))
    replay(lab, molen, generation=generation)

    assert (main_points("anna"), in_escrows()) == (540, 100)
    told = {row.pk: row.status for row in GrantRow.objects.all()}
    assert told == {took.grant: "taken", never.grant: "returned", home.grant: "returned"}
    assert Voucher.objects.get(pk=coupon_id("bread-50")).home_terminal is None
    assert_replays()


def test_what_the_books_do_not_have_for_a_grant_comes_from_the_operators_risk(lab: Lab, template: Path) -> None:
    """The lot was given after the backup: the terminal's journal is all that is left of it."""
    _TEMPLATE[:] = [template]
    gift = PointsGiven(member=member("anna"), pool=BREAD, points=500, issuer="de-molen")
    perform(gift, key="gift", company="de-molen", by="test", at=AT)
    molen = PaperTerminal("molen-1")
    grant = lab.grant(molen, points_wanted("anna", 1000))
    molen.write(spent(grant.lots))
    lab.upload(molen)
    assert balance("anna") == 140
    generation = restore(lab)

    replay(lab, molen, generation=generation)

    # All that was granted was spent; what is left of the gift was not in any journal.
    lost = next(lot.points for lot in grant.lots if not lot.lot.startswith("opening-"))
    assert borne_by_the_operator() == lost
    assert balance("anna") == 640 - (1000 - lost)
    told = Conflict.objects.get(kind="unknown_grant")
    assert (told.points, told.bearer, told.company_id) == (lost, None, "de-molen")
    assert incidents() == []
    assert_replays()


def test_a_grant_that_nobody_gave_is_not_booked_without_a_restore_or_after_it(lab: Lab) -> None:
    molen = PaperTerminal("molen-1")
    lot = LotRight(lot="opening-anna-0", member=member("anna"), pool=BREAD, points=300, issuer="de-molen")
    forged = Grant(
        grant="f" * 32, request="r", terminal="molen-1", epoch=1, member=lot.member, central_ms=0, lots=(lot,)
    )
    molen.write(taken(forged))
    lab.upload(molen)
    generation = begin_generation(reason="test", at=AT).number
    replay(lab, molen, generation=generation)

    molen.write(taken(forged))
    lab.upload(molen)

    assert (main_points("anna"), in_escrows()) == (640, 0)
    assert incidents() == ["suspense", "suspense"]


def test_a_terminal_that_is_declared_lost_is_not_waited_for_and_may_still_come_back(lab: Lab, template: Path) -> None:
    _TEMPLATE[:] = [template]
    molen, other = PaperTerminal("molen-1"), PaperTerminal("molen-2")
    held = lab.grant(molen, points_wanted("anna", 600))
    molen.write(spent(held.lots))
    generation = restore(lab)
    replay_others(lab, molen, other, generation=generation)
    replay(lab, other, generation=generation)
    one, two = operators()
    asked = write_off.ask_replay(terminal="molen-1", reason="burnt", by=one, at=LATER)
    write_off.confirm(asked.pk, by=two, at=LATER)
    assert Generation.objects.get().done_at is not None
    again = lab.grant(other, points_wanted("anna", 640))
    other.write(spent(again.lots))
    lab.upload(other)

    # It turns up after all, and has to replay before it gets anything.
    assert not generations.may_get_rights("molen-1")
    replay(lab, molen, generation=generation)

    assert (balance("anna"), in_escrows(), borne_by_the_operator()) == (0, 0, 600)
    assert generations.may_get_rights("molen-1")
    assert Conflict.objects.get(kind="unknown_grant").points == 600
    assert_replays()


def test_a_central_system_that_was_put_back_without_a_word_is_noticed(lab: Lab) -> None:
    molen = PaperTerminal("molen-1")
    lab.upload(molen)
    for _ in range(2):
        behind = JournalBatch(epoch=1, entries=(), head_seq=7, acked_seq=5)
        lab.send("molen-1", "up/journal", codec.encode_up(behind))
    newer = JournalBatch(epoch=1, entries=(), head_seq=0, acked_seq=0, generation=3)
    lab.send("molen-1", "up/journal", codec.encode_up(newer))

    assert incidents() == ["central_behind", "central_behind"]
    assert Incident.objects.filter(terminal="molen-1").count() == 2


def test_a_generations_number_is_never_used_again(lab: Lab) -> None:
    first = begin_generation(reason="test", at=AT).number
    second = begin_generation(reason="test", at=AT).number
    assert second > first >= NOW_MS // 1000
    Generation.objects.all().delete()
    assert begin_generation(reason="from the same backup", at=AT + dt.timedelta(minutes=1)).number > second


def test_a_terminal_that_is_registered_later_says_that_it_knows_the_generation(lab: Lab) -> None:
    generation = begin_generation(reason="test", at=AT).number
    papers = [PaperTerminal(terminal) for terminal in TERMINALS]
    for paper in papers:
        replay(lab, paper, generation=generation)
    public = Terminal.objects.get(pk="molen-1").public
    Terminal.objects.create(pk="molen-9", branch_id="utrecht-centraal", public=public)

    assert generations.may_get_rights("molen-1")
    assert not generations.may_get_rights("molen-9")


def test_d4_a_terminal_that_says_nothing_is_told_of_the_generation_until_it_has_replayed(
    lab: Lab, template: Path
) -> None:
    _TEMPLATE[:] = [template]
    generation = restore(lab)
    Terminal.objects.filter(pk="molen-1").update(online=True)
    Terminal.objects.exclude(pk="molen-1").update(online=False, last_seen=None)
    for _ in range(2):
        acks = [one.message for one in lab.due() if isinstance(one.message, Ack)]
        assert [(ack.terminal, ack.generation) for ack in acks] == [("molen-1", generation)]
        assert [one for one in lab.due() if isinstance(one.message, Ack)] == []
        lab.now_ms += 6_000
    replay(lab, PaperTerminal("molen-1"), generation=generation)
    assert [one for one in lab.due() if isinstance(one.message, Ack)] == []
