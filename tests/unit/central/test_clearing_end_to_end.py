"""A month of network points from the till to the statement, and from nothing but the acts again."""

from __future__ import annotations

import csv
import datetime as dt
import io

from backend_bridge.central.clearing.closing import close_month
from backend_bridge.central.clearing.statements import statement_of
from backend_bridge.central.clearing.verify import verify_clearing
from backend_bridge.central.organisation.models import Pool
from loyalty.clearing.rendering import as_csv, as_json
from loyalty.reversal.request import ReverseLine
from tests.unit.central.clearing_house import APRIL_2, MAY_2, MOLEN, ZUID, clearing_balances
from tests.unit.central.lab import NETWORK, Lab, balance
from tests.unit.central.replaying import assert_replays
from tests.unit.central.sales_shop import BAR, line, no_campaigns, pay, reverse, sell


def close(month: str, at: dt.datetime) -> dict[tuple[str, str], int]:
    """Close a month; who paid whom how much."""
    act = close_month(month, programme="tapbon", by="test", at=at)
    return {(one.payer, one.payee): one.minor for one in act.netted}


def test_p4_p5_x8_a_month_from_the_till_to_the_statement_and_a_late_reversal(lab: Lab) -> None:
    no_campaigns()
    bread, book = line(1, 600), line(2, 400, "books", vat_rate_bp=2100)
    sell(bread, book, receipt="r-1", tenders=pay(500, NETWORK))  # Anna's points are the bar's
    sell(line(1, 200), receipt="b-1", who="vera", place=BAR, tenders=pay(200, NETWORK))  # Vera's the bakery's
    assert close("2026-03", APRIL_2) == {(ZUID, MOLEN): 300}
    march = [(as_csv(statement_of(one, "2026-03")), as_json(statement_of(one, "2026-03"))) for one in (MOLEN, ZUID)]

    reverse("r-1", ReverseLine(line=2), at=APRIL_2)
    assert balance("anna", NETWORK) == 1240 - 300
    april = statement_of(MOLEN, "2026-04")
    assert [(one.rate_bp, one.net_minor) for one in april.rates] == [(2100, -200)]
    assert [(one.receipt, one.points, one.gets) for one in april.redemptions] == [("r-1", -200, True)]
    assert close("2026-04", MAY_2) == {(MOLEN, ZUID): 200}

    assert [(as_csv(statement_of(one, "2026-03")), as_json(statement_of(one, "2026-03"))) for one in (MOLEN, ZUID)] == (
        march
    )
    assert clearing_balances() == {MOLEN: 100, ZUID: -100}
    assert verify_clearing() == []
    assert_replays()


def test_x8_every_point_of_a_statement_is_traced_to_its_receipt_and_rate(lab: Lab) -> None:
    no_campaigns()
    Pool.objects.filter(pk=NETWORK).update(minimum_balance=0)
    for number, (cheap, dear) in enumerate([(100, 233), (1, 2), (799, 1)]):
        lines = (line(1, cheap), line(2, dear, "books", vat_rate_bp=2100))
        sell(*lines, receipt=f"r-{number}", tenders=pay(None, NETWORK))
    rows = list(csv.DictReader(io.StringIO(as_csv(statement_of(MOLEN, "2026-03")))))
    single = [(row["receipt"], row["vat_rate_percent"], row["owed"]) for row in rows if row["section"] == "redemption"]

    assert sorted(single) == [
        ("r-0", "21.00", "2.33"),
        ("r-0", "9.00", "1.00"),
        ("r-1", "21.00", "0.02"),
        ("r-1", "9.00", "0.01"),
        ("r-2", "21.00", "0.01"),
        ("r-2", "9.00", "7.99"),
    ]
    assert [row["owed"] for row in rows if row["section"] == "pair"] == ["11.36"]
