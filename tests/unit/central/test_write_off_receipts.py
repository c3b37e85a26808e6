"""Receipts of a journal that was written off: what they were paid with, awarded and took back, and nothing twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from backend_bridge.central.fleet.models import BorneSpend, JournalEntry
from backend_bridge.central.ledger.models import Account, Transfer
from backend_bridge.central.recovery import write_off
from loyalty.benefits import PointsPerTurnover
from tests.unit.central.counter_terminal import CounterTerminal
from tests.unit.central.lab import BREAD, Lab, balance
from tests.unit.central.replaying import assert_replays
from tests.unit.central.sales_shop import line, no_campaigns, released, reverse
from tests.unit.central.test_epochs_of_terminals import in_escrows
from tests.unit.central.test_write_off import LONG_AFTER, operators


@pytest.fixture
def counter(lab: Lab, tmp_path: Path) -> CounterTerminal:
    """A counter of the bakery whose one campaign gives 5 points per euro of bread."""
    no_campaigns()
    released("bread", PointsPerTurnover(pool=BREAD, rate=500), article_groups=("bread",))
    return CounterTerminal(lab, tmp_path)


def sign() -> None:
    first, second = operators()
    row = write_off.ask_rights(terminal="molen-1", epoch=1, reason="lost", by=first, at=LONG_AFTER)
    write_off.confirm(row.pk, by=second, at=LONG_AFTER)


def borne() -> int:
    """What the risk accounts have paid, in bread points."""
    moved = Transfer.objects.filter(unit=BREAD)
    paid: int = sum(moved.filter(debit__kind=Account.Kind.RISK).values_list("amount", flat=True))
    back: int = sum(moved.filter(credit__kind=Account.Kind.RISK).values_list("amount", flat=True))
    return paid - back


def outcomes() -> set[str]:
    return set(JournalEntry.objects.values_list("outcome", flat=True))


def test_a_receipt_that_was_paid_with_written_off_points_is_paid_by_the_bearer(counter: CounterTerminal) -> None:
    before = balance("anna")
    counter.fetch("anna", 300)
    counter.sell(line(1, 1000), points=300)
    sign()
    counter.upload()

    # The award of the rest, 35 points, is the customer's.
    assert (balance("anna"), borne(), in_escrows()) == (before + 35, 300, 0)
    assert outcomes() == {"posted"}
    assert BorneSpend.objects.count() >= 1
    assert_replays()


def test_what_was_awarded_late_pays_for_its_own_late_spends(counter: CounterTerminal) -> None:
    before = balance("anna")
    counter.sell(line(1, 10_000))
    sign()
    counter.upload()
    assert balance("anna") == before + 500
    counter.sell(line(2, 200), points=200)
    counter.upload()

    assert (balance("anna"), borne(), in_escrows()) == (before + 300, 0, 0)
    assert outcomes() == {"posted"}
    assert_replays()


def test_points_that_the_bearer_paid_come_back_to_the_bearer_when_the_terminal_takes_the_receipt_back(
    counter: CounterTerminal,
) -> None:
    before = balance("anna")
    counter.fetch("anna", 300)
    sold = counter.sell(line(1, 1000), points=300)
    counter.take_back(sold.sale.receipt.receipt)
    sign()
    counter.upload()

    assert (balance("anna"), borne(), in_escrows()) == (before, 0, 0)
    assert outcomes() == {"posted"}
    assert_replays()


def test_the_same_where_the_till_takes_it_back(counter: CounterTerminal) -> None:
    before = balance("anna")
    counter.fetch("anna", 300)
    sold = counter.sell(line(1, 1000), points=300)
    sign()
    counter.upload()
    assert borne() == 300

    reverse(sold.sale.receipt.receipt)

    assert (balance("anna"), borne()) == (before, 0)
    assert_replays()
