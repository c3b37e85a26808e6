"""Closing months: netted, zero-sum, in order, once; and nothing that is posted meanwhile is lost."""

from __future__ import annotations

import random
import threading
from collections import Counter
from functools import partial

import pytest
from django.db import connection

from backend_bridge.central.acting import perform
from backend_bridge.central.clearing.closing import close_month, entries_of
from backend_bridge.central.clearing.errors import MonthRefused
from backend_bridge.central.clearing.models import ClearingLine, ClearingMonth
from backend_bridge.central.clearing.statements import statement_of
from backend_bridge.central.clearing.verify import verify_clearing
from backend_bridge.central.errors import BooksError
from backend_bridge.central.ledger.models import Cause, Transfer
from backend_bridge.central.organisation.models import Branch
from loyalty.acts.clearing import MonthClosed
from loyalty.clearing.netting import Netted, net
from loyalty.clearing.split import Cell
from tests.unit.central.clearing_house import (
    APRIL_2,
    GIVEN_BY,
    KAPLE,
    MARCH,
    MAY_2,
    MOLEN,
    ZUID,
    clearing_balances,
    give_back,
    spend,
)
from tests.unit.central.insisting import insist
from tests.unit.central.lab import Lab


def close(month: str, *, at: object = APRIL_2) -> MonthClosed:
    """Close a month of the demonstration's programme."""
    return close_month(month, programme="tapbon", by="test", at=at)  # type: ignore[arg-type]


def test_p5_a_month_is_netted_per_pair_and_paid_from_clearing_to_clearing(lab: Lab) -> None:
    spend("one", issuer=ZUID, taker=MOLEN, count=300)
    spend("two", issuer=MOLEN, taker=ZUID, count=120)
    act = close("2026-03")

    assert act.netted == (Netted(payer=ZUID, payee=MOLEN, currency="EUR", minor=180),)
    assert clearing_balances() == {ZUID: -180, MOLEN: 180}
    [transfer] = Transfer.objects.filter(kind=Transfer.Kind.CLEARED)
    assert (transfer.amount, transfer.unit, transfer.lot_id) == (180, "EUR", None)
    assert Cause.objects.get(pk=transfer.cause_id).kind == "month_closed"
    row = ClearingMonth.objects.get()
    assert (row.month, row.closed_at, row.closed_by) == ("2026-03", APRIL_2, "test")


def test_p5_companies_that_are_quits_pay_nothing_and_the_month_is_closed(lab: Lab) -> None:
    spend("one", issuer=ZUID, taker=MOLEN, count=100)
    spend("two", issuer=MOLEN, taker=ZUID, count=100)

    assert close("2026-03").netted == ()
    assert clearing_balances() == {}
    assert statement_of(MOLEN, "2026-03").closed


@pytest.mark.parametrize("wrong", ["2026-13", "march", "", "2026-3"])
def test_what_is_no_month_cannot_be_closed(lab: Lab, wrong: str) -> None:
    with pytest.raises(MonthRefused) as refused:
        close(wrong)
    assert refused.value.field == "month"


def test_p5_a_month_is_closed_once_and_those_before_it_with_it(lab: Lab) -> None:
    spend("one", issuer=ZUID, taker=MOLEN, count=100)
    close("2026-03")
    for month in ("2026-03", "2026-02"):
        with pytest.raises(MonthRefused, match="closed already"):
            close(month, at=MAY_2)

    assert ClearingMonth.objects.count() == 1
    assert Transfer.objects.filter(kind=Transfer.Kind.CLEARED).count() == 1


def test_p5_a_month_must_have_ended_in_every_branchs_time_zone(lab: Lab) -> None:
    spend("one", issuer=ZUID, taker=MOLEN, count=100)
    Branch.objects.create(id="st-johns", company_id=MOLEN, name="St. John's", timezone="America/St_Johns")
    over_in_europe = APRIL_2.replace(day=1, hour=1)
    with pytest.raises(MonthRefused, match="not ended at every branch"):
        close("2026-03", at=over_in_europe)
    close("2026-03", at=over_in_europe.replace(hour=5))


def test_p5_an_earlier_month_with_lines_is_closed_first(lab: Lab) -> None:
    spend("one", issuer=ZUID, taker=MOLEN, count=100)
    spend("two", issuer=ZUID, taker=MOLEN, count=10, at=APRIL_2)
    with pytest.raises(MonthRefused, match="2026-03 is still open"):
        close("2026-04", at=MAY_2)
    close("2026-03", at=MAY_2)

    assert close("2026-04", at=MAY_2).netted[0].minor == 10


def test_an_unknown_programme_has_no_months(lab: Lab) -> None:
    with pytest.raises(MonthRefused, match="programme"):
        close_month("2026-03", programme="other", by="test", at=APRIL_2)


def test_an_act_that_contradicts_the_lines_is_not_posted(lab: Lab) -> None:
    spend("one", issuer=ZUID, taker=MOLEN, count=100)
    for netted in (
        (),
        (Netted(payer=ZUID, payee=MOLEN, currency="EUR", minor=101),),
        (Netted(payer=MOLEN, payee=ZUID, currency="EUR", minor=100),),
        (Netted(payer=ZUID, payee=MOLEN, currency="CZK", minor=100),),
    ):
        act = MonthClosed(programme="tapbon", month="2026-03", netted=netted)
        with pytest.raises(BooksError, match="cannot be closed"):
            perform(act, key=f"wrong-{len(netted)}", company=None, by="test", at=APRIL_2)

    assert not ClearingMonth.objects.exists()
    assert clearing_balances() == {}


@pytest.mark.parametrize("seed", range(4))
def test_p5_x8_the_sum_of_all_clearing_is_zero_whatever_is_spent_and_returned(lab: Lab, seed: int) -> None:
    dice = random.Random(seed)
    left: dict[str, tuple[str, str, int]] = {}
    for number in range(25):
        at = dice.choice([MARCH, APRIL_2])
        if left and dice.random() < 0.4:
            key = dice.choice(sorted(left))
            issuer, taker, count = left.pop(key)
            back = dice.randint(1, count)
            cell = Cell(lot=GIVEN_BY[issuer][1], rate_bp=None, points=back, value_minor=back)
            give_back(f"back-{number}", reference=key, issuer=issuer, taker=taker, cells=[cell], at=at)
            continue
        issuer, taker = dice.choice([MOLEN, ZUID]), dice.choice([MOLEN, ZUID, KAPLE])
        left[f"spend-{number}"] = (issuer, taker, dice.randint(1, 40))
        spend(f"spend-{number}", issuer=issuer, taker=taker, count=left[f"spend-{number}"][2], at=at)
    netted = [*close("2026-03", at=MAY_2).netted, *close("2026-04", at=MAY_2).netted]

    positions: Counter[str] = Counter()
    for one in netted:
        positions[one.payer] -= one.minor
        positions[one.payee] += one.minor
    assert sum(positions.values()) == 0
    assert clearing_balances() == {company: positions[company] for company in clearing_balances()}
    for company in (MOLEN, ZUID, KAPLE):
        told = [pair.net_minor for month in ("2026-03", "2026-04") for pair in statement_of(company, month).pairs]
        assert sum(told) == positions[company]


def test_p5_nothing_that_is_posted_while_a_month_is_closed_is_lost(lab: Lab) -> None:
    """Spends of March arrive while March is closed: each counts in March and was netted, or in April."""
    connection.close()
    started = threading.Barrier(5)
    errors: list[BaseException] = []

    def arrive(name: str) -> None:
        try:
            started.wait()
            for number in range(6):
                late = partial(spend, issuer=ZUID, taker=MOLEN, count=1, at=APRIL_2, happened_at=MARCH)
                insist(partial(late, f"{name}-{number}"))
        except BaseException as error:  # noqa: BLE001  (told in the main thread)
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=arrive, args=(f"till-{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    started.wait()
    act = insist(lambda: close("2026-03"))
    for thread in threads:
        thread.join()

    assert errors == []
    assert act.netted == net(entries_of("tapbon", "2026-03"))
    assert ClearingLine.objects.count() == 24
    assert set(ClearingLine.objects.values_list("month", flat=True)) <= {"2026-03", "2026-04"}
    assert close("2026-04", at=MAY_2).netted == net(entries_of("tapbon", "2026-04"))
    assert sum(clearing_balances().values()) == 0
    assert clearing_balances()[MOLEN] == 24


def test_a_closed_month_that_was_paid_otherwise_is_noticed(lab: Lab) -> None:
    spend("one", issuer=ZUID, taker=MOLEN, count=100)
    close("2026-03")
    assert verify_clearing() == []
    [transfer] = Transfer.objects.filter(kind=Transfer.Kind.CLEARED)
    Transfer.objects.create(
        cause_id=transfer.cause_id,
        line=99,
        kind=Transfer.Kind.CLEARED,
        debit_id=transfer.debit_id,
        credit_id=transfer.credit_id,
        amount=7,
        unit="EUR",
    )

    assert verify_clearing() == [
        "clearing of 2026-03: cocktailbar-zuid has -100 EUR by its lines, -107 was transferred",
        "clearing of 2026-03: de-molen has 100 EUR by its lines, 107 was transferred",
    ]
