"""Receipts that are sold at a terminal without a network reach the books as they were printed (ADR 0021)."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from backend_bridge.central.fleet.models import JournalEntry, Terminal
from backend_bridge.central.ledger.models import Account, Holding
from backend_bridge.central.ledger.verify import verify_books
from backend_bridge.central.sales.errors import ReceiptAtTerminal
from backend_bridge.central.sales.models import Receipt, ReceiptHome
from backend_bridge.central.sales.recalling import recall
from firmware.runtime.seller import NotHere
from loyalty.benefits import PointsPerTurnover
from loyalty.campaigns.campaign import Stock
from loyalty.entries import ReceiptReversed, ReceiptSold
from loyalty.evaluation.case import Balance, PointsTender, SpendableLot
from loyalty.receipts.receipt import Customer
from loyalty.receipts.receipt import Receipt as Paper
from loyalty.reversal.request import ReversalRequest, ReverseLine
from loyalty.selling import entry_of, rules_of, sale_of
from loyalty.signing import Signed
from loyalty.wire import codec
from loyalty.wire.messages import JournalBatch, Recall
from tests.unit.central.counter_terminal import CounterTerminal
from tests.unit.central.lab import BREAD, Lab, PaperTerminal, balance, incidents, main_points, member
from tests.unit.central.replaying import assert_replays
from tests.unit.central.sales_shop import MOLEN, NOW, attempt, line, no_campaigns, pay, released, reverse


@pytest.fixture
def counter(lab: Lab, tmp_path: Path) -> CounterTerminal:
    """A counter of the bakery whose one campaign gives 5 points per euro of bread."""
    no_campaigns()
    released("bread", PointsPerTurnover(pool=BREAD, rate=500), article_groups=("bread",))
    return CounterTerminal(lab, tmp_path)


def outcomes() -> list[str]:
    """What became of the entries after the first, in order; why, for those in suspense."""
    rows = JournalEntry.objects.filter(seq__gt=0).order_by("seq")
    return [row.reason or row.outcome for row in rows]


def escrowed(name: str) -> int:
    """What terminals hold of a customer's bread points, by the books."""
    rows = Holding.objects.filter(
        account__kind=Account.Kind.MEMBER_ESCROW, lot__member=member(name), lot__unit=BREAD, amount__gt=0
    )
    return sum(rows.values_list("amount", flat=True))


def test_x1_what_is_earned_offline_is_held_there_and_in_the_books_when_it_arrives(counter: CounterTerminal) -> None:
    before = balance("anna")
    sold = counter.sell(line(1, 1000), line(2, 260))
    assert [lot.points for lot in sold.lots] == [63]
    assert counter.held("anna") == 63
    assert balance("anna") == before

    counter.upload()
    assert outcomes() == ["posted"]
    assert balance("anna") == before + 63
    assert escrowed("anna") == 63
    receipt = Receipt.objects.get()
    assert (receipt.number, receipt.gross_minor, receipt.paid_minor) == ("molen-1.1.1", 1260, 1260)
    assert verify_books() == []
    assert_replays()


def test_x1_what_was_earned_offline_pays_there_at_once(counter: CounterTerminal) -> None:
    counter.fetch("anna", 200)
    counter.sell(line(1, 10_000))
    assert counter.held("anna") == 700
    paid = counter.sell(line(1, 650), points=650)
    assert [one.points for one in paid.sold.evaluation.paid if one.type == "points"] == [650]
    assert counter.held("anna") == 50
    counter.upload()
    assert outcomes() == ["posted"] * 3
    assert escrowed("anna") == 50
    assert_replays()


def test_a_terminal_pays_with_what_it_holds_and_not_with_what_is_elsewhere(counter: CounterTerminal) -> None:
    counter.fetch("anna", 100)
    sold = counter.sell(line(1, 500), points=None, who="anna")
    told = counter.seller.try_sale(counter.rules, (line(1, 500),), member=member("anna"), tenders=pay(400))
    assert sold.sold.evaluation.paid[0].type == "cash"
    assert sum(one.points for one in told.paid if one.type == "points") <= counter.held("anna")


def test_offline_points_pay_only_while_the_list_of_blocked_cards_is_fresh(counter: CounterTerminal) -> None:
    counter.fetch("anna", 200)
    counter.lab.now_ms += 73 * 3_600_000
    paid = counter.sell(line(1, 100), points=100)
    assert [one.type for one in paid.sold.evaluation.paid] == ["cash"]
    counter.hear_the_time()
    paid = counter.sell(line(1, 100), points=100)
    assert [one.type for one in paid.sold.evaluation.paid] == ["points"]
    counter.upload()
    assert outcomes() == ["posted"] * 3


def test_a_receipt_comes_to_the_same_at_the_terminal_and_in_the_central_system(counter: CounterTerminal) -> None:
    here = counter.seller.try_sale(
        counter.rules, (line(1, 1234), line(2, 99, "drinks")), member=member("anna"), tenders=pay()[1:]
    )
    there = attempt(line(1, 1234), line(2, 99, "drinks")).evaluation
    assert (here.awards, here.lines, here.vat) == (there.awards, there.lines, there.vat)


def test_v19_a_receipt_is_taken_back_at_its_terminal_in_parts_and_as_a_whole(counter: CounterTerminal) -> None:
    before = balance("anna")
    counter.fetch("anna", 300)
    sold = counter.sell(line(1, 1000), line(2, 500), points=300)
    number = sold.sale.receipt.receipt
    counter.take_back(number, ReverseLine(line=1))
    counter.upload()
    counter.take_back(number)
    counter.upload()
    assert outcomes() == ["posted"] * 4
    assert balance("anna") == before
    assert counter.held("anna") == escrowed("anna") == 300
    assert ReceiptHome.objects.get().number == number
    assert verify_books() == []
    assert_replays()


def test_v19_what_was_spent_of_an_award_is_owed_and_filled(counter: CounterTerminal) -> None:
    before = balance("anna")
    sold = counter.sell(line(1, 10_000))
    counter.sell(line(1, 450, "drinks"), points=450)
    counter.take_back(sold.sale.receipt.receipt)
    counter.upload()
    assert outcomes() == ["posted"] * 3
    assert balance("anna") == before - 450
    assert counter.held("anna") == escrowed("anna") == 0
    assert main_points("anna") == before - 450
    assert_replays()


def test_a_receipt_without_a_customer_gives_nobody_anything(counter: CounterTerminal) -> None:
    sold = counter.sell(line(1, 1000), who=None)
    counter.take_back(sold.sale.receipt.receipt)
    counter.upload()
    assert outcomes() == ["posted"] * 2
    assert sold.lots == ()


def test_the_right_to_reverse_is_used_up_and_can_be_given_back(counter: CounterTerminal) -> None:
    sold = counter.sell(line(1, 1000))
    number = sold.sale.receipt.receipt
    assert counter.seller.return_right(counter.rules, number)
    assert not counter.seller.return_right(counter.rules, number)
    with pytest.raises(NotHere):
        counter.take_back(number)
    counter.upload()
    assert outcomes() == ["posted"] * 2
    assert not ReceiptHome.objects.exists()


def test_v19_a_receipt_of_a_terminal_is_reversed_elsewhere_after_it_was_recalled(counter: CounterTerminal) -> None:
    before = balance("anna")
    number = counter.sell(line(1, 1000)).sale.receipt.receipt
    counter.upload()
    with pytest.raises(ReceiptAtTerminal) as refused:
        reverse(number)
    assert refused.value.terminal == "molen-1"

    company, branch = MOLEN
    assert recall(company=company, branch=branch, receipt=number, at=NOW) == "molen-1"
    Terminal.objects.filter(pk="molen-1").update(online=True)
    recalls = [one.message for one in counter.lab.due() if isinstance(one.message, Recall)]
    assert [one.receipt for one in recalls] == [number]
    assert [one for one in counter.lab.due() if isinstance(one.message, Recall)] == []
    counter.recalled(recalls[0])
    with pytest.raises(NotHere):
        counter.take_back(number)
    counter.upload()

    assert recall(company=company, branch=branch, receipt=number, at=NOW) is None
    reverse(number)
    assert outcomes() == ["posted"] * 2
    assert balance("anna") == before
    assert verify_books() == []
    assert_replays()


def test_a_recall_comes_again_while_it_is_not_answered(counter: CounterTerminal) -> None:
    number = counter.sell(line(1, 1000)).sale.receipt.receipt
    counter.upload()
    recall(company=MOLEN[0], branch=MOLEN[1], receipt=number, at=NOW)
    assert [one for one in counter.lab.due() if isinstance(one.message, Recall)] == []
    Terminal.objects.filter(pk="molen-1").update(online=True)
    for _ in range(2):
        assert [one.message.receipt for one in counter.lab.due() if isinstance(one.message, Recall)] == [number]
        counter.lab.now_ms += 6_000


def test_x4_entries_that_arrive_twice_change_nothing(counter: CounterTerminal) -> None:
    counter.sell(line(1, 1000))
    payload_of = counter.journal.unacknowledged(after=-1, limit=64)
    counter.upload()
    after = balance("anna")
    counter.lab.send("molen-1", "up/journal", codec.encode_up(JournalBatch(epoch=1, entries=payload_of)))
    assert balance("anna") == after
    assert Receipt.objects.count() == 1


# --- a terminal that lies -------------------------------------------------------------------------


def honest(counter: CounterTerminal) -> ReceiptSold:
    """What a true entry of this place would say."""
    return counter.sell(line(1, 1000))


@pytest.mark.parametrize("lie", ["more points", "another member's lots", "a limited stock", "another day"])
def test_a_receipt_that_does_not_follow_from_its_rules_goes_to_suspense(counter: CounterTerminal, lie: str) -> None:
    true = honest(counter)
    counter.upload()
    before = balance("anna")
    name = f"molen-1.1.{counter.journal.head[0] + 1}"
    sale = msgspec.structs.replace(true.sale, receipt=msgspec.structs.replace(true.sale.receipt, receipt=name))
    lots = tuple(msgspec.structs.replace(lot, lot=f"{name}.{n}") for n, lot in enumerate(true.lots))
    told = msgspec.structs.replace(true, sale=sale, lots=lots)
    if lie == "more points":
        told = msgspec.structs.replace(told, lots=(msgspec.structs.replace(lots[0], points=10**6),))
    elif lie == "another member's lots":
        told = msgspec.structs.replace(told, lots=(msgspec.structs.replace(lots[0], member=member("vera")),))
    elif lie == "a limited stock":
        sale = msgspec.structs.replace(sale, stocks=(Stock(campaign="x", uses=9),))
        told = msgspec.structs.replace(told, sale=sale)
    else:
        told = msgspec.structs.replace(told, day=true.day.replace(year=true.day.year - 1))
    lying(counter, told)
    assert outcomes()[-1] != "posted"
    assert balance("anna") == before
    assert "suspense" in incidents()
    assert verify_books() == []


def test_lots_that_are_not_in_this_journal_do_not_pay(counter: CounterTerminal) -> None:
    before = balance("anna")
    made_up = SpendableLot(lot="made-up", points=500, issuer="de-molen")
    name = f"molen-1.1.{counter.journal.head[0] + 1}"
    sale = sale_of(
        Paper(receipt=name, lines=(line(1, 500),)),
        at_ms=counter.lab.now_ms,
        customer=Customer(customer=member("anna")),
        tenders=(PointsTender(pool=BREAD),),
    )
    sale = msgspec.structs.replace(sale, balances=(Balance(pool=BREAD, points=500, lots=(made_up,), unlocked=True),))
    lying(counter, entry_of(sale, rules_of(counter.rules), name=name))
    assert outcomes()[-1] != "posted"
    assert balance("anna") == before
    assert not Receipt.objects.exists()


def test_a_reversal_that_gives_back_more_goes_to_suspense(counter: CounterTerminal) -> None:
    counter.fetch("anna", 300)
    sold = counter.sell(line(1, 1000), points=300)
    number = sold.sale.receipt.receipt
    counter.take_back(number, ReverseLine(line=1, gross_minor=500))
    counter.upload()
    kept = counter.journal.receipt(number)
    assert kept is not None
    [true] = kept.reversals
    before = balance("anna")
    for told in (
        ReceiptReversed(receipt=number, seq=kept.seq, number=2, request=_whole(), reversal=true, day=sold.day),
        ReceiptReversed(receipt=number, seq=kept.seq, number=1, request=_whole(), reversal=true, day=sold.day),
        ReceiptReversed(receipt="other", seq=kept.seq, number=2, request=_whole(), reversal=true, day=sold.day),
    ):
        lying(counter, told)
        assert outcomes()[-1] != "posted"
    assert balance("anna") == before
    assert verify_books() == []


def _whole() -> ReversalRequest:
    return ReversalRequest()


def lying(counter: CounterTerminal, body: ReceiptSold | ReceiptReversed) -> None:
    """Send an entry that the terminal's own program would not have written."""
    paper = PaperTerminal("molen-1", epoch=1, begun=False)
    entries = JournalEntry.objects.order_by("seq")
    paper.journal = [Signed(bytes(row.payload), row.key_id, bytes(row.signature)) for row in entries]
    paper.write(body, rules=counter.rules.version)
    counter.lab.upload(paper, len(paper.journal) - 1)
