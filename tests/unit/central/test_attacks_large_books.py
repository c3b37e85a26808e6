"""Asking for a balance or a statement reads what is the customer's, however large the books are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection, transaction
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from backend_bridge.central.api.reading import found, statement
from backend_bridge.central.customers.models import Invitation
from backend_bridge.central.customers.services import inviting
from backend_bridge.central.customers.services.results import Contact
from backend_bridge.central.ledger import accounts
from backend_bridge.central.ledger.balances import held_in_account
from backend_bridge.central.ledger.models import Account, Holding
from backend_bridge.central.organisation.models import Pool
from tests.unit.central.lab import BREAD, Lab, member
from tests.unit.central.sales_shop import no_campaigns, pay, reverse, sell
from tests.unit.central.voucher_counter import MOLEN, NOW, bought

_LARGE = ("ledger_holding", "ledger_transfer", "ledger_lot")


@pytest.fixture(autouse=True)
def _books(lab: Lab) -> None:
    no_campaigns()
    sell(tenders=pay(100))
    reverse()
    bought(500)


@contextmanager
def no_scans() -> Iterator[None]:
    """What is asked here reads no large table as a whole."""
    with CaptureQueriesContext(connection) as captured, transaction.atomic():
        yield
    asked = [one["sql"] for one in captured if one["sql"].lstrip().startswith("SELECT")]
    large = [sql for sql in asked if any(table in sql for table in _LARGE)]
    assert large
    for sql in large:
        assert scans(sql) == []


def scans(sql: str) -> list[str]:
    """The lines of the plan of a statement that read all of a large table."""
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
            plan = [str(row[3]) for row in cursor.fetchall()]
            names = "|".join([*_LARGE, r"U\d+", r"V\d+"])
            return [line for line in plan if re.match(rf"SCAN ({names})\b", line)]
        # Rows are few in a test: it is asked which plan there is where each one that is read is dear.
        for dear in ("enable_seqscan = off", "enable_hashjoin = off", "enable_mergejoin = off"):
            cursor.execute(f"SET LOCAL {dear}")
        cursor.execute("SET LOCAL cpu_tuple_cost = 1000; SET LOCAL cpu_index_tuple_cost = 1000")
        cursor.execute(f"EXPLAIN {sql}")
        plan = [str(row[0]) for row in cursor.fetchall()]
    return [line for number, line in enumerate(plan) if _is_large(line) and not _is_by_key(plan, number)]


def _is_large(line: str) -> bool:
    return any(re.search(rf" on {table}\b", line) for table in _LARGE)


def _is_by_key(plan: list[str], number: int) -> bool:
    return any(f"{word} Cond" in plan[number + 1] for word in ("Index", "Recheck"))


@pytest.mark.parametrize("past", [False, True])
def test_a_balance_is_read_from_the_customers_lots(past: bool) -> None:
    pool, at = Pool.objects.get(pk=BREAD), timezone.now()
    with no_scans():
        there = found(member("anna"), pool, at=at, past=past)
    assert there.points == 640


def test_a_statement_is_read_from_the_customers_lots() -> None:
    with no_scans():
        rows = list(statement(member("anna"), Pool.objects.get(pk=BREAD), company=MOLEN))
    assert {row.kind for row in rows} >= {"spent", "reversed"}


def test_the_office_sums_what_can_be_in_an_account() -> None:
    held = [accounts.main(member=member("anna"), pool=BREAD).id]
    held += list(Account.objects.filter(kind__in=accounts.VOUCHERS).values_list("pk", flat=True))
    rows: QuerySet[Account] = Account.objects.filter(pk__in=held).annotate(total_held=held_in_account())
    with no_scans():
        told = {row.pk: row.total_held for row in rows}  # type: ignore[attr-defined]  # annotated
    assert len(told) > 1
    for account, total in told.items():
        assert total == sum(Holding.objects.filter(account=account).values_list("amount", flat=True)) > 0


def test_what_waits_for_somebody_is_read_from_their_lots() -> None:
    contact = inviting.invite(company=MOLEN, contact=Contact(display_name="Else"), by="office:1", at=NOW)
    with no_scans():
        assert inviting.points_waiting(Invitation.objects.get(pk=contact.invitation)) == {}
