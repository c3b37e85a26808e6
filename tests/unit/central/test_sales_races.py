"""Many tills at once: nothing is booked twice, no balance and no limit goes below zero."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

from django.db import connection

from backend_bridge.central.sales.models import Receipt, Reversal
from loyalty.benefits import AmountOff, PointsPerTurnover
from loyalty.campaigns.campaign import Limits
from loyalty.evaluation.case import CardTender, PointsTender
from loyalty.reversal.errors import ReversedAlready
from tests.unit.central.insisting import insist
from tests.unit.central.lab import BREAD, Lab, balance
from tests.unit.central.sales_shop import left_in, line, lots, no_campaigns, released, reverse, sell


def at_once(what: Callable[[int], str], count: int = 12) -> list[str]:
    """What `what` says for each number, from eight threads."""

    def one(number: int) -> str:
        try:
            return insist(lambda: what(number))
        except ReversedAlready as error:
            return type(error).__name__
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        return list(threads.map(one, range(count)))


def total(answers: Iterable[str]) -> int:
    return sum(int(answer) for answer in answers if answer.isdigit())


def test_one_receipt_from_many_tills_is_one_receipt(lab: Lab) -> None:
    answers = at_once(lambda _number: str(sell(line(1, 1000)).repeated))

    assert answers.count("False") == 1
    assert (Receipt.objects.count(), balance("anna")) == (1, 690)


def test_a_balance_that_many_tills_want_is_spent_once(lab: Lab) -> None:
    no_campaigns()
    tenders = (PointsTender(pool=BREAD), CardTender())

    def spend(number: int) -> str:
        told = sell(line(1, 100, "drinks"), receipt=f"r-{number}", tenders=tenders)
        return str(sum(paid.points for paid in told.evaluation.paid))

    answers = at_once(spend)
    assert total(answers) == 640
    assert (balance("anna"), lots("anna")) == (0, {})


def test_a_limit_that_many_tills_want_is_given_as_often_as_it_says(lab: Lab) -> None:
    no_campaigns()
    released("few", AmountOff(amount_minor=10), limits=Limits(uses=5, budget=45))

    def buy(number: int) -> str:
        who = ("anna", "bram", "vera")[number % 3]
        return str(sell(line(1, 500), receipt=f"r-{number}", who=who).evaluation.discount_minor)

    answers = at_once(buy)
    assert sorted(answers) == ["0"] * 8 + ["10"] * 4
    assert (left_in("1-few/uses/"), left_in("1-few/budget/")) == (1, 5)


def test_a_receipt_that_is_reversed_from_everywhere_comes_back_once(lab: Lab) -> None:
    no_campaigns()
    released("much", PointsPerTurnover(pool=BREAD, rate=1_000))
    sell(line(1, 1000))
    answers = at_once(lambda number: str(reverse(key=f"k-{number}").number), count=8)

    assert sorted(answers) == ["1"] + ["ReversedAlready"] * 7
    assert (Reversal.objects.count(), balance("anna")) == (1, 640)
