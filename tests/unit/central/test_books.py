"""Books that balance by construction, and that nobody can change afterwards."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import pytest
from django.core.management import call_command
from django.db import DatabaseError, IntegrityError, connection, transaction

from backend_bridge.central.errors import AppendOnly, BooksError, LostRace, Overdrawn
from backend_bridge.central.fleet.models import ForkedEntry, JournalEntry
from backend_bridge.central.instants import from_ms
from backend_bridge.central.ledger import accounts
from backend_bridge.central.ledger.accounts import AccountRef
from backend_bridge.central.ledger.book import Book
from backend_bridge.central.ledger.models import Cause, Holding, Transfer
from backend_bridge.central.ledger.posting import Posting
from backend_bridge.central.ledger.verify import verify_books
from loyalty.entries import EpochBegun
from tests.unit.central.lab import BREAD, NETWORK, NOW_MS, Lab, PaperTerminal, balance, member, points_wanted

AT = from_ms(NOW_MS)


def spend(points: int, *, lot: str = "opening-anna-0", to: AccountRef | None = None) -> Callable[[Posting], None]:
    """A spend out of Anna's main account."""
    main = accounts.main(member=member("anna"), pool=BREAD)
    credit = to or accounts.redeemed(company="de-molen", pool=BREAD)
    return lambda posting: posting.move(Transfer.Kind.SPENT, main, credit, points, lot=lot)


def post(*moves: Callable[[Posting], None], key: str = "k") -> None:
    """Post one cause with these moves."""
    with transaction.atomic():
        book = Book(at=AT)
        with book.cause(key=key, kind="test", company="de-molen", by="test") as posting:
            for move in moves:
                move(posting)
        book.close()


def test_nothing_goes_below_zero_in_any_lot(lab: Lab) -> None:
    with pytest.raises(Overdrawn):
        post(spend(441))
    with pytest.raises(Overdrawn):
        post(spend(400), spend(41))
    assert balance("anna") == 640


def test_a_posting_is_written_whole_or_not_at_all(lab: Lab) -> None:
    with pytest.raises(Overdrawn):
        post(spend(100), spend(400))
    assert balance("anna") == 640
    assert not Cause.objects.filter(key="k").exists()


def test_a_cause_that_fails_takes_no_other_with_it(lab: Lab) -> None:
    with transaction.atomic():
        book = Book(at=AT)
        for key, points in (("a", 100), ("b", 400), ("c", 340)):
            with suppress(Overdrawn), book.cause(key=key, kind="test", company="de-molen", by="test") as posting:
                spend(points)(posting)
        book.close()

    assert balance("anna") == 200
    assert set(Cause.objects.filter(kind="test").values_list("key", flat=True)) == {"a", "c"}


def test_a_cause_is_posted_once(lab: Lab) -> None:
    post(spend(10))
    with pytest.raises(LostRace):
        post(spend(10))
    assert balance("anna") == 630


@pytest.mark.parametrize("points", [0, -1, 10**12 + 1])
def test_an_impossible_amount_is_refused(lab: Lab, points: int) -> None:
    with pytest.raises(BooksError):
        post(spend(points))


def test_units_are_never_mixed(lab: Lab) -> None:
    with pytest.raises(BooksError):
        post(spend(10, lot="opening-anna-2"))
    with pytest.raises(BooksError):
        post(spend(10, to=accounts.redeemed(company="de-molen", pool=NETWORK)))


def test_a_lot_stays_with_its_member(lab: Lab) -> None:
    with pytest.raises(BooksError):
        post(spend(10, to=accounts.main(member=member("bram"), pool=BREAD)))


def test_points_and_vouchers_move_by_their_lots_only(lab: Lab) -> None:
    funding, taken = (make(company="de-molen", pool=BREAD) for make in (accounts.funding, accounts.redeemed))
    with pytest.raises(BooksError):
        post(lambda posting: posting.move(Transfer.Kind.SPENT, funding, taken, 1))


def test_the_database_itself_refuses_a_negative_holding(lab: Lab) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Holding.objects.update(amount=-1)


def test_a_changed_holding_is_found(lab: Lab) -> None:
    Holding.objects.filter(lot="opening-anna-0").update(amount=441)
    assert len(verify_books()) == 1
    Holding.objects.filter(lot="opening-anna-0").update(amount=440)


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
        Transfer.objects.update(amount=1)


@pytest.mark.parametrize("model", [Transfer, Cause, JournalEntry, ForkedEntry])
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
    sqlite = {"PRAGMA journal_mode": "wal", "PRAGMA synchronous": 2}
    postgresql = {"SHOW synchronous_commit": "on", "SHOW transaction_isolation": "read committed"}
    wanted = sqlite if connection.vendor == "sqlite" else postgresql
    said = {}
    with connection.cursor() as cursor:
        for question in wanted:
            cursor.execute(question)
            said[question] = cursor.fetchone()[0]
    assert said == wanted


def test_a_move_that_is_refused_has_changed_nothing(lab: Lab) -> None:
    anna = member("anna")
    main, debt = accounts.main(member=anna, pool=BREAD), accounts.debt(member=anna, pool=BREAD, company="de-molen")

    def fill_what_is_not_owed(posting: Posting) -> None:
        with pytest.raises(Overdrawn):
            posting.move(Transfer.Kind.FILLED, main, debt, 10, lot="opening-anna-0")
        assert posting.held(main, "opening-anna-0") == 440

    post(fill_what_is_not_owed)
    assert balance("anna") == 640
