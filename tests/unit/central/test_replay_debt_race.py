"""A debt that is made while points are given is filled by them, whoever of the two was first."""

from __future__ import annotations

import threading
from contextlib import suppress

import pytest
from django.db import connection

from backend_bridge.central.ledger.book import Book
from backend_bridge.central.ledger.models import Debt
from loyalty.benefits import PointsPerTurnover
from loyalty.evaluation.case import CardTender, PointsTender
from tests.unit.central.lab import BREAD, Lab, balance
from tests.unit.central.replaying import assert_replays
from tests.unit.central.sales_shop import line, lots, no_campaigns, released, reverse, sell


def test_points_that_come_during_a_reversal_fill_the_debt(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    no_campaigns()
    released("much", PointsPerTurnover(pool=BREAD, rate=5_000), article_groups=("bread",))
    sell(line(1, 1000), who="bram")
    sell(line(1, 5000, "drinks"), who="bram", receipt="spends", tenders=(PointsTender(pool=BREAD), CardTender()))
    assert lots("bram") == {}

    at_the_end, close = threading.Barrier(2), Book.close

    def close_together(book: Book) -> None:
        """Both have judged before one of them writes, where the database lets them."""
        with suppress(threading.BrokenBarrierError):
            at_the_end.wait(2)
        close(book)

    def give() -> None:
        try:
            sell(line(1, 1000), who="bram", receipt="gives")
        finally:
            connection.close()

    monkeypatch.setattr(Book, "close", close_together)
    giving = threading.Thread(target=give)
    giving.start()
    reverse("r-1")
    giving.join()
    monkeypatch.undo()

    owed = sum(Debt.objects.values_list("amount", flat=True))
    assert not (owed and lots("bram")), f"{owed} are owed, and {lots('bram')} can be spent"
    assert balance("bram") == sum(lots("bram").values()) - owed
    assert_replays()
