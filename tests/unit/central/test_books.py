"""Books that balance by construction, and that nobody can change afterwards."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest
from django.core.management import call_command
from django.db import DatabaseError, IntegrityError, connection, transaction

from backend_bridge.central.errors import AppendOnly, BooksError, Overdrawn
from backend_bridge.central.fleet.models import ForkedEntry, JournalEntry
from backend_bridge.central.instants import from_ms
from backend_bridge.central.ledger import accounts, books
from backend_bridge.central.ledger.models import Account, Holding, Lot, Transfer
from loyalty.entries import EpochBegun
from tests.unit.central.lab import BREAD, NETWORK, NOW_MS, Lab, PaperTerminal, balance, member, points_wanted

AT = from_ms(NOW_MS)


@pytest.fixture
def new_id() -> Callable[[], str]:
    """Ids that count up."""
    numbers = itertools.count(1)
    return lambda: f"t{next(numbers)}"


def movement(points: int, *, key: str = "k", lot: str = "opening-anna-0", to: Account | None = None) -> books.Movement:
    """A spend out of Anna's main account."""
    return books.Movement(
        key=key,
        kind=Transfer.Kind.SPENT,
        debit=accounts.main(member=member("anna"), pool=BREAD),
        credit=to or accounts.redeemed(company="de-molen", pool=BREAD),
        lot=Lot.objects.get(pk=lot),
        points=points,
        company="de-molen",
    )


def test_nothing_goes_below_zero_in_any_lot(lab: Lab, new_id: Callable[[], str]) -> None:
    with pytest.raises(Overdrawn):
        books.post([movement(441)], at=AT, new_id=new_id)
    assert balance("anna") == 640


def test_a_posting_is_written_whole_or_not_at_all(lab: Lab, new_id: Callable[[], str]) -> None:
    with pytest.raises(Overdrawn):
        books.post([movement(100, key="a"), movement(400, key="b")], at=AT, new_id=new_id)
    assert balance("anna") == 640
    assert not Transfer.objects.filter(key="a").exists()


def test_a_cause_is_posted_once(lab: Lab, new_id: Callable[[], str]) -> None:
    books.post([movement(10)], at=AT, new_id=new_id)
    with pytest.raises(BooksError):
        books.post([movement(10)], at=AT, new_id=new_id)
    assert balance("anna") == 630


@pytest.mark.parametrize("points", [0, -1, 10**12 + 1])
def test_an_impossible_number_of_points_is_refused(lab: Lab, new_id: Callable[[], str], points: int) -> None:
    with pytest.raises(BooksError):
        books.post([movement(points)], at=AT, new_id=new_id)


def test_units_are_never_mixed(lab: Lab, new_id: Callable[[], str]) -> None:
    with pytest.raises(BooksError):
        books.post([movement(10, lot="opening-anna-2")], at=AT, new_id=new_id)
    with pytest.raises(BooksError):
        books.post([movement(10, to=accounts.redeemed(company="de-molen", pool=NETWORK))], at=AT, new_id=new_id)


def test_a_lot_stays_with_its_member(lab: Lab, new_id: Callable[[], str]) -> None:
    with pytest.raises(BooksError):
        books.post([movement(10, to=accounts.main(member=member("bram"), pool=BREAD))], at=AT, new_id=new_id)


def test_the_database_itself_refuses_a_negative_holding(lab: Lab) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Holding.objects.update(points=-1)


def test_a_changed_holding_is_found(lab: Lab) -> None:
    Holding.objects.filter(lot="opening-anna-0").update(points=441)
    assert len(books.verify_books()) == 2
    Holding.objects.filter(lot="opening-anna-0").update(points=440)


def test_a_transfer_is_never_changed_or_deleted(lab: Lab) -> None:
    transfer = Transfer.objects.first()
    assert transfer is not None
    with pytest.raises(AppendOnly):
        transfer.save()
    with pytest.raises(AppendOnly):
        transfer.delete()
    with pytest.raises(AppendOnly):
        Transfer.objects.all().delete()
    with pytest.raises(AppendOnly):
        Transfer.objects.update(points=1)


@pytest.mark.parametrize("model", [Transfer, JournalEntry, ForkedEntry])
@pytest.mark.parametrize("statement", ["UPDATE {} SET id = id", "DELETE FROM {}"])
def test_not_even_sql_changes_what_is_append_only(lab: Lab, model: type[Transfer], statement: str) -> None:
    molen = PaperTerminal("molen-1")
    lab.grant(molen, points_wanted("anna", 10))
    molen.journal.pop()
    molen.write(EpochBegun("restored"))
    lab.upload(molen)
    assert model.objects.exists()

    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(model._meta.db_table))


def test_the_migrations_are_those_of_the_models(lab: Lab) -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_commits_are_on_the_disk_and_writers_wait(lab: Lab) -> None:
    with connection.cursor() as cursor:
        modes = {name: cursor.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")}
    assert modes == {"journal_mode": "wal", "synchronous": 2}
