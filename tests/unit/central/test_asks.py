"""Rights are moved before they are granted, granted once, and never more than there are."""

from __future__ import annotations

import msgspec
import pytest

from backend_bridge.central.customers.models import Card
from backend_bridge.central.fleet.models import Grant as GrantRow
from backend_bridge.central.instants import from_ms
from backend_bridge.central.ledger.models import Account, Lot, Transfer
from backend_bridge.central.organisation.models import Company
from loyalty.wire import codec
from loyalty.wire.messages import Answer, Ask, Balance, BalanceWanted, Grant, PointsWanted, PoolBalance, Refused
from tests.unit.central.lab import (
    BREAD,
    NETWORK,
    NOW_MS,
    Lab,
    PaperTerminal,
    Sent,
    balance,
    card,
    incidents,
    main_points,
    member,
    points_wanted,
    returned,
    spent,
    taken,
)


def refusal(sent: list[Sent]) -> Refused:
    [one] = sent
    assert isinstance(one.message, Answer)
    assert isinstance(one.message.result, Refused), one
    return one.message.result


def balance_of(sent: list[Sent]) -> Balance:
    [one] = sent
    assert isinstance(one.message, Answer)
    assert isinstance(one.message.result, Balance), one
    return one.message.result


@pytest.fixture
def molen(lab: Lab) -> PaperTerminal:
    """A terminal of the bakery whose journal has begun."""
    paper = PaperTerminal("molen-1")
    lab.upload(paper)
    return paper


def test_a_balance_is_main_and_all_escrows_by_accepted_pool(lab: Lab, molen: PaperTerminal) -> None:
    lab.grant(molen, points_wanted("anna", 150))

    told = balance_of(lab.ask(molen, BalanceWanted(card("anna"))))

    assert told.pools == (
        PoolBalance(pool=BREAD, total=640, held_here=150, keep=500),
        PoolBalance(pool=NETWORK, total=1240, keep=500),
    )
    assert (told.member, told.at_ms, told.applied_seq) == (member("anna"), NOW_MS, 1)


def test_another_company_sees_only_what_can_be_spent_there(lab: Lab) -> None:
    zuid, kaple = PaperTerminal("zuid-1"), PaperTerminal("kaple-1")

    assert [one.pool for one in balance_of(lab.ask(zuid, BalanceWanted(card("anna")))).pools] == [NETWORK]
    assert balance_of(lab.ask(kaple, BalanceWanted(card("anna")))).pools == (PoolBalance(pool="kaple-points", total=0),)


def test_expired_lots_are_not_in_a_balance_and_not_granted(lab: Lab, molen: PaperTerminal) -> None:
    Lot.objects.filter(pk="opening-anna-0").update(expires_at=from_ms(NOW_MS))

    assert balance_of(lab.ask(molen, BalanceWanted(card("anna")))).pools[0].total == 200
    assert refusal(lab.ask(molen, points_wanted("anna", 201))).points == 200


@pytest.mark.parametrize(("name", "reason"), [("stranger", "card_unknown"), ("blocked", "card_blocked")])
def test_a_card_that_cannot_be_used_gets_no_balance(lab: Lab, molen: PaperTerminal, name: str, reason: str) -> None:
    refused = refusal(lab.ask(molen, BalanceWanted(card(name))))

    assert refused.reason == reason
    assert refused.at_ms == (NOW_MS - 3 * 24 * 3600 * 1000 if name == "blocked" else None)


def test_points_are_in_escrow_before_the_grant_leaves(lab: Lab, molen: PaperTerminal) -> None:
    grant = lab.grant(molen, points_wanted("anna", 500), take=False)

    assert [(one.lot, one.points) for one in grant.lots] == [("opening-anna-0", 440), ("opening-anna-1", 60)]
    assert main_points("anna") == 140
    escrow = Account.objects.get(kind=Account.Kind.MEMBER_ESCROW)
    assert (escrow.terminal_id, escrow.epoch) == ("molen-1", 1)
    assert sum(holding.amount for holding in escrow.holdings.all()) == 500
    assert grant.unlocked


def test_what_expires_first_is_granted_first(lab: Lab, molen: PaperTerminal) -> None:
    Lot.objects.filter(pk="opening-anna-1").update(expires_at=from_ms(NOW_MS + 1000))

    [first, second] = lab.grant(molen, points_wanted("anna", 250)).lots

    chosen = {one.lot: (one.points, one.expires_ms) for one in (first, second)}
    assert chosen == {"opening-anna-1": (200, NOW_MS + 1000), "opening-anna-0": (50, None)}


def test_a_repeated_ask_gets_the_same_grant(lab: Lab, molen: PaperTerminal) -> None:
    wanted = points_wanted("anna", 100)
    [first] = lab.ask(molen, wanted, request="r1")
    lab.now_ms += 60_000
    [again] = lab.ask(molen, wanted, request="r1", wait_ms=-50_000)

    assert again == first
    assert main_points("anna") == 540


def test_the_same_request_id_in_another_epoch_is_another_request(lab: Lab, molen: PaperTerminal) -> None:
    [first] = lab.ask(molen, points_wanted("anna", 100), request="r1")
    [second] = lab.ask(PaperTerminal("molen-1", epoch=2), points_wanted("anna", 100), request="r1")

    assert isinstance(first.message, Grant)
    assert isinstance(second.message, Grant)
    assert first.message.grant != second.message.grant


def test_a_repeated_ask_gets_the_same_refusal(lab: Lab, molen: PaperTerminal) -> None:
    wanted = points_wanted("bram", 100)
    first = refusal(lab.ask(molen, wanted, request="r1"))
    lab.now_ms += 60_000

    assert refusal(lab.ask(molen, wanted, request="r1", wait_ms=-1)) == first
    assert first == Refused(reason="not_enough_points", points=80)


def test_an_ask_past_its_deadline_is_refused(lab: Lab, molen: PaperTerminal) -> None:
    assert refusal(lab.ask(molen, points_wanted("anna", 100), wait_ms=-1)).reason == "late"
    assert main_points("anna") == 640


def test_an_epoch_that_is_not_the_newest_gets_no_rights(lab: Lab, molen: PaperTerminal) -> None:
    lab.upload(PaperTerminal("molen-1", epoch=2))

    assert refusal(lab.ask(molen, points_wanted("anna", 100))).reason == "late"


def test_a_newer_epoch_may_ask_before_its_journal_came_and_ends_the_older_ones(lab: Lab, molen: PaperTerminal) -> None:
    newer = PaperTerminal("molen-1", epoch=3)
    lab.grant(newer, points_wanted("anna", 100), take=False)

    assert refusal(lab.ask(molen, points_wanted("anna", 100))).reason == "late"
    assert lab.upload(newer) != []


def test_below_the_minimum_nothing_can_be_spent(lab: Lab, molen: PaperTerminal) -> None:
    assert refusal(lab.ask(molen, points_wanted("bram", 100, pool=NETWORK))) == Refused(
        reason="below_minimum", points=1000
    )


def test_at_the_minimum_any_part_can_be_spent(lab: Lab, molen: PaperTerminal) -> None:
    lab.grant(molen, points_wanted("anna", 1200, pool=NETWORK))

    assert lab.grant(molen, points_wanted("anna", 40, pool=NETWORK)).lots[0].points == 40


def test_by_default_a_copied_number_spends_nothing(lab: Lab) -> None:
    zuid = PaperTerminal("zuid-1")

    assert refusal(lab.ask(zuid, points_wanted("anna", 100, pool=NETWORK))).reason == "trust_too_low"
    Company.objects.filter(pk="cocktailbar-zuid").update(trust={"uid": {"spend_online": True, "spend_offline": False}})
    assert lab.grant(zuid, points_wanted("anna", 100, pool=NETWORK)).lots[0].points == 100


def test_a_pool_of_another_company_is_not_accepted(lab: Lab) -> None:
    assert refusal(lab.ask(PaperTerminal("zuid-1"), points_wanted("anna", 10))).reason == "pool_not_accepted"


def test_a_card_of_another_member_gets_nothing(lab: Lab, molen: PaperTerminal) -> None:
    wanted = PointsWanted(card=card("bram"), member=member("anna"), pool=BREAD, points=10)

    assert refusal(lab.ask(molen, wanted)).reason == "card_unknown"


def test_a_blocked_card_gets_no_points(lab: Lab, molen: PaperTerminal) -> None:
    Card.objects.filter(pk=card("anna")).update(status="blocked", blocked_at=from_ms(NOW_MS))

    assert refusal(lab.ask(molen, points_wanted("anna", 10))) == Refused(reason="card_blocked", at_ms=NOW_MS)


def test_a_grant_that_came_too_late_and_is_returned_restores_the_main_account(lab: Lab, molen: PaperTerminal) -> None:
    grant = lab.grant(molen, points_wanted("anna", 500))
    molen.write(returned(grant.lots))
    lab.upload(molen)

    assert main_points("anna") == balance("anna") == 640
    assert incidents() == []
    assert lab.grant(molen, points_wanted("anna", 640)).lots != ()


def test_an_open_grant_is_sent_again_until_it_is_journaled(lab: Lab, molen: PaperTerminal) -> None:
    lab.send("molen-1", "state", b'{"v":1,"online":true,"boot":"b","software":"1"}')
    lab.due()
    grant = lab.grant(molen, points_wanted("anna", 100), take=False)
    times = []
    for _ in range(40):
        lab.now_ms += 500
        times += [lab.now_ms - NOW_MS for one in lab.due() if isinstance(one.message, Grant)]
    assert times == [2000, 6000, 14000]

    molen.write(taken(grant))
    lab.upload(molen)
    lab.now_ms += 600_000
    assert lab.due() == []
    assert GrantRow.objects.get().status == "taken"


def test_a_grant_for_an_offline_terminal_waits_for_its_return(lab: Lab, molen: PaperTerminal) -> None:
    lab.send("molen-1", "state", b'{"v":1,"online":false,"boot":"","software":""}')
    grant = lab.grant(molen, points_wanted("anna", 100), take=False)
    lab.now_ms += 10_000
    assert lab.due() == []

    sent = lab.send("molen-1", "state", b'{"v":1,"online":true,"boot":"b","software":"1"}')

    assert [one.channel for one in sent] == ["down/ack", "down/grant", "down/rules"]
    assert sent[1].message == grant


@pytest.mark.parametrize(
    "changes",
    [
        {"request": ""},
        {"request": "x" * 65},
        {"request": "a\0b"},
        {"epoch": -1},
        {"epoch": 2**64 - 1},
        {"deadline_ms": 2**64 - 1},
        {"want": BalanceWanted("š" * 10)},
        {"want": PointsWanted(card="c", member="m", pool="p", points=0)},
        {"want": PointsWanted(card="c", member="m", pool="p", points=2**64 - 1)},
    ],
)
def test_an_impossible_ask_is_garbage(lab: Lab, molen: PaperTerminal, changes: dict[str, object]) -> None:
    ask = Ask(request="r", epoch=1, deadline_ms=NOW_MS + 1000, want=BalanceWanted(card("anna")))

    assert lab.send("molen-1", "up/ask", codec.encode_up(msgspec.structs.replace(ask, **changes))) == []
    assert incidents() == ["garbled"]


def test_every_transfer_says_what_caused_it(lab: Lab, molen: PaperTerminal) -> None:
    grant = lab.grant(molen, points_wanted("anna", 500))
    molen.write(spent(grant.lots))
    lab.upload(molen)

    moved = Transfer.objects.exclude(kind__in=["opening", "coupon"]).select_related("cause").order_by("cause", "line")
    keys = [str(transfer) for transfer in moved]
    assert keys == [f"grant/{grant.grant}/0", f"grant/{grant.grant}/1", "molen-1/1/2/0", "molen-1/1/2/1"]


def test_a_question_that_names_a_far_epoch_gets_no_rights_and_locks_nobody_out(lab: Lab) -> None:
    molen = PaperTerminal("molen-1")
    lab.upload(molen)
    liar = PaperTerminal("molen-1", epoch=2**63 - 1, begun=False)

    [answer] = lab.ask(liar, points_wanted("anna", 150))

    assert isinstance(answer.message, Answer)
    assert answer.message.result == Refused(reason="late")
    assert main_points("anna") == 640
    assert lab.grant(molen, points_wanted("anna", 150)).lots
