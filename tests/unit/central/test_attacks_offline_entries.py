"""A terminal that has a key of its own writes what its program never would: the books believe none of it (ADR 0021)."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from backend_bridge.central.fleet.models import JournalEntry
from backend_bridge.central.ledger.models import Account, Holding
from loyalty.acts.sales import GiftTaken
from loyalty.benefits import PointsPerTurnover
from loyalty.entries import Body, ReceiptReversed, ReceiptSold
from loyalty.reversal.request import ReversalRequest
from loyalty.rights import LotSpend
from loyalty.selling import entry_of, rules_of, take_back_sale
from loyalty.signing import Signed
from loyalty.wire.messages import Ack
from tests.unit.central.counter_terminal import CounterTerminal
from tests.unit.central.lab import BREAD, Lab, PaperTerminal, balance, member
from tests.unit.central.replaying import assert_replays
from tests.unit.central.sales_shop import buy_points, line, no_campaigns, released


@pytest.fixture
def counter(lab: Lab, tmp_path: Path) -> CounterTerminal:
    """A counter of the bakery whose one campaign gives 5 points per euro of bread."""
    no_campaigns()
    released("bread", PointsPerTurnover(pool=BREAD, rate=500), article_groups=("bread",))
    return CounterTerminal(lab, tmp_path)


def written(counter: CounterTerminal, body: Body, **changes: object) -> str:
    """Send `body` behind what the terminal has sent; what became of it."""
    paper = PaperTerminal(counter.terminal, epoch=1, begun=False)
    entries = JournalEntry.objects.order_by("seq")
    paper.journal = [Signed(bytes(row.payload), row.key_id, bytes(row.signature)) for row in entries]
    paper.write(body, **({"rules": counter.rules.version} | changes))
    [ack, *_] = counter.lab.upload(paper, len(paper.journal) - 1)
    assert isinstance(ack.message, Ack)
    assert ack.message.seq == len(paper.journal) - 1
    row = JournalEntry.objects.get(seq=ack.message.seq)
    return str(row.reason or row.outcome)


def taken_back(counter: CounterTerminal, sold: ReceiptSold, *gifts: GiftTaken) -> ReceiptReversed:
    """The true reversal of all of `sold`, but with these `gifts` (none: the true ones)."""
    number = sold.sale.receipt.receipt
    kept = counter.journal.receipt(number)
    assert kept is not None
    held = counter.holdings.rights(member("anna"))
    back = take_back_sale(kept.body, (), ReversalRequest(), held=held, at_ms=counter.lab.now_ms)
    return ReceiptReversed(
        receipt=number,
        seq=kept.seq,
        number=1,
        request=ReversalRequest(),
        reversal=back.reversal,
        day=sold.day,
        gifts=gifts or back.gifts,
        lots=back.lots,
    )


def test_p4_one_award_is_not_taken_back_twice_in_one_reversal(counter: CounterTerminal) -> None:
    """The second naming of an award would hide a debt of any size in the first."""
    sold = counter.sell(line(1, 1000))
    counter.upload()
    before, own = balance("anna"), sold.lots[0].lot
    true = GiftTaken(lot=own, pool=BREAD, taken=(LotSpend(own, 50),))
    said = written(counter, taken_back(counter, sold, GiftTaken(lot=own, pool=BREAD, debt=100_000), true))
    assert said.startswith("what is taken back of the awards is not")
    assert balance("anna") == before
    assert_replays()


def test_v17_purchased_points_are_not_taken_for_an_award(counter: CounterTerminal) -> None:
    buy_points(5000)
    counter.fetch("anna", balance("anna"))
    [bought] = [lot.lot for lot in counter.holdings.rights(member("anna")) if lot.origin == "purchased"]
    sold = counter.sell(line(1, 1000))
    counter.upload()
    gift = GiftTaken(lot=sold.lots[0].lot, pool=BREAD, taken=(LotSpend(bought, 50),))
    assert "not bought" in written(counter, taken_back(counter, sold, gift))
    held = Holding.objects.get(account__kind=Account.Kind.MEMBER_ESCROW, lot=bought)
    assert held.amount == 5000


def test_v17_parts_below_zero_do_not_hide_what_is_taken(counter: CounterTerminal) -> None:
    counter.fetch("anna", 200)
    [other, *_] = [lot.lot for lot in counter.holdings.rights(member("anna"))]
    sold = counter.sell(line(1, 1000))
    counter.upload()
    before, own = balance("anna"), sold.lots[0].lot
    gift = GiftTaken(lot=own, pool=BREAD, taken=(LotSpend(own, 150), LotSpend(other, -100)))
    assert written(counter, taken_back(counter, sold, gift)) != "posted"
    assert balance("anna") == before


def told_as(counter: CounterTerminal, sold: ReceiptSold, number: str) -> ReceiptSold:
    """The receipt once more, as `number`, as the next entry would say it."""
    sale = msgspec.structs.replace(sold.sale, receipt=msgspec.structs.replace(sold.sale.receipt, receipt=number))
    return entry_of(sale, rules_of(counter.rules), name=f"{counter.terminal}.1.{counter.journal.head_seq + 1}")


@pytest.mark.parametrize("number", ["r-1", "molen-1.1.3", "molen-2.1.2", "molen-1.1.2\0"])
def test_a_terminal_does_not_use_up_the_numbers_of_other_receipts(counter: CounterTerminal, number: str) -> None:
    """The branch's till would be refused when it comes to that number."""
    sold = counter.sell(line(1, 1000))
    counter.upload()
    said = written(counter, told_as(counter, sold, number))
    assert said == "a terminal's receipt has the number of its entry"


@pytest.mark.parametrize("strange", ["\0", "no-such-pool", "é" * 64])
def test_a_receipt_with_names_that_cannot_be_stops_nothing(counter: CounterTerminal, strange: str) -> None:
    """What it promised is noted for people; the entries after it are applied."""
    counter.fetch("anna", 100)
    sold = counter.sell(line(1, 1000), points=100)
    counter.upload()
    true = told_as(counter, sold, f"molen-1.1.{counter.journal.head_seq + 1}")
    evaluation = true.sold.evaluation
    paid = tuple(msgspec.structs.replace(one, id=strange) for one in evaluation.paid if one.type == "points")
    lots = tuple(msgspec.structs.replace(lot, pool=strange, lot=strange) for lot in true.lots)
    odd = msgspec.structs.replace(evaluation, paid=paid)
    body = msgspec.structs.replace(true, sold=msgspec.structs.replace(true.sold, evaluation=odd), lots=lots)
    assert written(counter, body) != "posted"
    assert written(counter, body, rules=strange) != "posted"
    assert_replays()
