"""Many causes in one book give the books that one book for each gives, whatever is read beforehand."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Literal

import msgspec
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend_bridge.central.errors import BooksError
from backend_bridge.central.instants import from_ms
from backend_bridge.central.ledger import accounts, points
from backend_bridge.central.ledger.accounts import AccountRef
from backend_bridge.central.ledger.book import Book
from backend_bridge.central.ledger.models import Account, Cause, Debt, Holding, Lot, Transfer
from backend_bridge.central.ledger.posting import Posting
from backend_bridge.central.ledger.verify import verify_books
from tests.unit.central.lab import BREAD, NOW_MS, fresh_database, member

AT = from_ms(NOW_MS)
OWED = 60
NAMES = ("anna", "vera")


class Step(msgspec.Struct, frozen=True):
    """A part of a cause: for `name`, `points` of the lot of this number (among those that are there or will be)."""

    kind: Literal["give", "spend", "escrow", "back", "owe"]
    name: str
    lot: int
    points: int


steps = st.builds(
    Step,
    st.sampled_from(["give", "spend", "escrow", "back", "owe"]),
    st.sampled_from(NAMES),
    st.integers(0, 4),
    st.integers(-1, 500),
)
causes = st.lists(st.lists(steps, min_size=1, max_size=4), min_size=1, max_size=8)


def lot_of(step: Step) -> str:
    """The lots of the opening, and those that steps give."""
    return f"opening-{step.name}-0" if step.lot == 0 else f"given-{step.name}-{step.lot}"


def main_of(step: Step) -> AccountRef:
    return accounts.main(member=member(step.name), pool=BREAD)


def escrow_of(step: Step) -> AccountRef:
    return accounts.escrow(member=member(step.name), pool=BREAD, terminal="molen-1", epoch=1)


def do(step: Step, posting: Posting) -> None:
    """Move what `step` says; raises `BooksError` where that cannot be."""
    main, escrow, lot = main_of(step), escrow_of(step), lot_of(step)
    if step.kind == "give":
        gift = points.Gift(lot=lot, member=member(step.name), pool=BREAD, points=step.points, issuer="de-molen")
        points.give(posting, gift, kind=Transfer.Kind.AWARDED)
    elif step.kind == "owe":
        debtor = accounts.debt(member=member(step.name), pool=BREAD, company="de-molen")
        source = accounts.funding(company="de-molen", pool=BREAD)
        posting.move(Transfer.Kind.REVERSED, debtor, source, OWED, lot=lot)
    elif step.kind == "spend":
        taken = accounts.redeemed(company="de-molen", pool=BREAD)
        posting.move(Transfer.Kind.SPENT, main, taken, step.points, lot=lot)
    else:
        debit, credit = (main, escrow) if step.kind == "escrow" else (escrow, main)
        posting.move(Transfer.Kind.GRANTED, debit, credit, step.points, lot=lot)


def post(book: Book, number: int, parts: list[Step]) -> bool:
    """Post a cause of these steps; whether it could be."""
    with suppress(BooksError):
        with book.cause(key=f"cause-{number}", kind="test", company="de-molen", by="test") as posting:
            for step in parts:
                do(step, posting)
        return True
    return False


def prefetch(book: Book, wanted: list[Step]) -> None:
    """Read what all steps may need, and lots that nobody has."""
    book.prefetch(
        lots=[lot_of(step) for step in wanted] + ["nobody's"],
        places=[(where(step).id, lot_of(step)) for step in wanted for where in (main_of, escrow_of)],
        accounts=[main_of(step).id for step in wanted],
        debtors=[(member(step.name), BREAD) for step in wanted],
    )


def together(wanted: list[list[Step]], *, beforehand: bool) -> list[bool]:
    """All causes in one book; which of them could be posted."""
    with transaction.atomic():
        book = Book(at=AT)
        if beforehand:
            prefetch(book, [step for parts in wanted for step in parts])
        done = [post(book, number, parts) for number, parts in enumerate(wanted)]
        book.close()
    return done


def one_by_one(wanted: list[list[Step]]) -> list[bool]:
    """A book for each cause; which of them could be posted."""
    done = []
    for number, parts in enumerate(wanted):
        with transaction.atomic():
            book = Book(at=AT)
            done.append(post(book, number, parts))
            book.close()
    return done


def books() -> list[list[tuple[object, ...]]]:
    """Everything in the books, without the numbers of rows."""
    return [
        list(Cause.objects.order_by("pk").values_list("key", "kind", "company", "by", "at", "happened_at")),
        list(
            Transfer.objects.order_by("cause", "line").values_list(
                "cause__key", "line", "kind", "debit", "credit", "amount", "unit", "lot"
            )
        ),
        sorted(Holding.objects.filter(amount__gt=0).values_list("account", "lot", "amount")),
        sorted(Debt.objects.filter(amount__gt=0).values_list("member", "unit", "company", "amount")),
        sorted(Lot.objects.values_list("id", "unit", "member", "issuer", "created_at")),
        sorted(Account.objects.values_list("id", "kind", "unit")),
    ]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(wanted=causes)
def test_one_book_for_many_causes_is_the_same_as_one_for_each(template: Path, wanted: list[list[Step]]) -> None:
    """What fails, fails in each; what is written is the same to the last row, read beforehand or not."""
    ways: tuple[Callable[[], list[bool]], ...] = (
        lambda: one_by_one(wanted),
        lambda: together(wanted, beforehand=False),
        lambda: together(wanted, beforehand=True),
    )
    results = []
    for way in ways:
        fresh_database(template)
        results.append((way(), books(), verify_books()))
    connection.close()

    assert results[0] == results[1] == results[2]
    assert results[0][2] == []


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(wanted=causes)
def test_a_cause_that_fails_leaves_nothing_in_its_book(template: Path, wanted: list[list[Step]]) -> None:
    """The books are those of the causes that went through, posted without the others."""
    fresh_database(template)
    done = together(wanted, beforehand=False)
    mixed = books()

    fresh_database(template)
    with transaction.atomic():
        book = Book(at=AT)
        for number, parts in enumerate(wanted):
            if done[number]:
                assert post(book, number, parts)
        book.close()

    assert books() == mixed
    connection.close()
