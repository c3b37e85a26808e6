"""Awards that are taken back: from their own lot first, by the policy of the company where they are spent."""

from __future__ import annotations

import datetime as dt

import pytest

from backend_bridge.central.ledger.models import Account, Lot, Transfer
from backend_bridge.central.sales.expiring import expire_lots
from backend_bridge.central.sales.models import Reversal
from loyalty.benefits import PointsPerTurnover
from loyalty.reversal.errors import PointsSpent
from loyalty.reversal.taking_back import SpentPolicy
from tests.unit.central.lab import BREAD, NETWORK, Lab, balance, points_wanted
from tests.unit.central.sales_shop import (
    NOW,
    booked,
    line,
    lots,
    no_campaigns,
    pay,
    released,
    reverse,
    sell,
    state,
)

Kind = Account.Kind
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def earned(lab: Lab) -> Lab:
    """Bram, who had 80 points, earned 500 and spent everything but 30 at once."""
    no_campaigns()
    released("much", PointsPerTurnover(pool=BREAD, rate=5_000), article_groups=("bread",))
    sell(line(1, 1000), who="bram")
    sell(line(1, 550, "drinks"), who="bram", receipt="spends", tenders=pay())
    assert balance("bram") == 30
    return lab


def test_by_default_what_is_spent_is_owed_and_later_awards_fill_it(earned: Lab) -> None:
    told = reverse()
    assert (told.owed, told.forgiven, balance("bram")) == (470, 0, -470)

    sell(line(1, 1000), who="bram", receipt="later")
    assert (balance("bram"), sum(lots("bram").values())) == (30, 30)


def test_within_balance_takes_what_there_is_and_forgives_the_rest(earned: Lab) -> None:
    told = reverse(policy=SpentPolicy.WITHIN_BALANCE)
    assert (told.owed, told.forgiven, balance("bram")) == (0, 470, 0)


def test_refuse_reverses_nothing(earned: Lab) -> None:
    before = state()
    with pytest.raises(PointsSpent):
        reverse(policy=SpentPolicy.REFUSE)
    assert (state(), Reversal.objects.count()) == (before, 0)


def test_what_the_receipt_itself_gives_back_counts_before_it_is_refused(lab: Lab) -> None:
    no_campaigns()
    released("much", PointsPerTurnover(pool=BREAD, rate=1_000))
    sell(line(1, 880), who="bram", tenders=pay())  # pays 80 with points, and gets 80 for 8.00 in money
    sell(line(1, 80, "drinks"), who="bram", receipt="spends", tenders=pay())
    assert balance("bram") == 0

    assert reverse(policy=SpentPolicy.REFUSE).owed == 0
    assert balance("bram") == 0


def test_an_award_that_ran_out_unspent_is_taken_out_of_breakage(lab: Lab) -> None:
    no_campaigns()
    released("much", PointsPerTurnover(pool=BREAD, rate=1_000))
    sell(line(1, 1000))
    awarded = Transfer.objects.get(kind="awarded").lot_id
    Lot.objects.filter(pk=awarded).update(expires_at=NOW + HOUR)
    expire_lots(at=NOW + HOUR)
    told = reverse(at=NOW + 2 * HOUR)

    assert (told.owed, told.forgiven, balance("anna"), booked(Kind.BREAKAGE, BREAD)) == (0, 0, 640, 0)


def test_what_lies_at_a_terminal_becomes_a_debt_not_a_loss(lab: Lab) -> None:
    from tests.unit.central.lab import PaperTerminal

    no_campaigns()
    released("much", PointsPerTurnover(pool=BREAD, rate=1_000))
    sell(line(1, 1000), who="bram")
    lab.grant(PaperTerminal("molen-1"), points_wanted("bram", 180))
    told = reverse()

    assert (told.owed, balance("bram")) == (100, 80)


def test_another_companys_points_that_pay_for_an_award_taken_back_are_cleared(lab: Lab) -> None:
    from backend_bridge.central.clearing.models import ClearingLine

    no_campaigns()
    released("net", PointsPerTurnover(pool=NETWORK, rate=10_000), article_groups=("bread",))
    sell(line(1, 1000), who="bram")
    Lot.objects.filter(pk=Transfer.objects.get(kind="awarded").lot_id).update(expires_at=NOW + HOUR)
    sell(line(1, 1000, "drinks"), who="bram", receipt="spends", tenders=pay(1000, NETWORK))
    assert lots("bram", NETWORK) == {"opening-bram-1": 400}  # the bar's
    told = reverse()

    assert (told.owed, balance("bram", NETWORK)) == (600, -600)
    row = ClearingLine.objects.get(cause__key__startswith="reversal/")
    assert (row.issuer_id, row.taker_id, row.points, row.rate_bp) == ("cocktailbar-zuid", "de-molen", 400, None)
