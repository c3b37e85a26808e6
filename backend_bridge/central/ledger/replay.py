"""The books made anew from nothing but what was set up and what happened: every act again, in its order.

Everything that acts have written is then compared: transfers, lots, holdings, debts, answers, and whatever
their handlers keep elsewhere (`replay_tables`). The books themselves are only read.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
from django.apps import apps
from django.db import models, transaction

from backend_bridge.central.acting import perform
from backend_bridge.central.acting.table import acts_by_tag
from backend_bridge.central.desk.postings import cause_key, post_entry
from backend_bridge.central.desk.turn import Turn
from backend_bridge.central.errors import BooksError, CentralError
from backend_bridge.central.fleet.models import JournalEntry, Terminal
from backend_bridge.central.instants import to_ms
from backend_bridge.central.ledger.book import Book
from backend_bridge.central.ledger.models import Cause
from backend_bridge.central.ledger.replay_compare import differences
from backend_bridge.central.ledger.replay_scratch import BOOKS, SCRATCH, scratch, the_books, working_on_scratch
from backend_bridge.central.ledger.replay_tables import TABLES, Part, Table
from backend_bridge.central.organisation.models import Branch
from loyalty.entries import open_sealed
from loyalty.signing import Signed, SigningKey

_AT_ONCE = 500
#: A replay sends nothing; a turn cannot be without a key.
_NO_KEY = SigningKey(bytes(32))


class Replay(msgspec.Struct, frozen=True):
    """What a replay found: how many causes were applied again, and what came out otherwise, a sentence each."""

    causes: int
    differences: list[str]


def replay_books(*, template: Path | None = None) -> Replay:
    """Replay the books of this process's database, as they are at this moment, beside them.

    Takes as long as everything took to be posted, and the room of a second database in the temporary folder.
    `template` saves the migrations (`replay_scratch.make_template`). Raises `CentralError` where a table is
    not classified.
    """
    classified = tables()
    with tempfile.TemporaryDirectory(prefix="tapbon-replay-") as folder, _two_databases(Path(folder), template):
        _copy(classified)
        count, wrong = _apply_all()
        for model, table in classified.items():
            if table.part is not Part.ASIDE:
                wrong += differences(model, table)
        return Replay(count, wrong)


@contextmanager
def _two_databases(folder: Path, template: Path | None) -> Iterator[None]:
    with the_books(), scratch(folder, template=template):
        yield


def tables() -> dict[type[models.Model], Table]:
    """Every model's part in a replay; raises `CentralError` for one that has none."""
    found = {}
    for model in apps.get_models(include_auto_created=True):
        if model._meta.label not in TABLES:
            raise CentralError(f"ledger/replay_tables.py does not say what {model._meta.label} is to a replay")
        found[model] = TABLES[model._meta.label]
    return found


def _copy(classified: dict[type[models.Model], Table]) -> None:
    """What was there before anything happened."""
    with transaction.atomic(using=SCRATCH):
        for model, table in classified.items():
            if table.part in (Part.SET_UP, Part.ENDED):
                for rows in _pages(model):
                    for row in rows:
                        for field, before in table.as_before.items():
                            setattr(row, field, before)
                    model._base_manager.using(SCRATCH).bulk_create(rows)


def _pages(model: type[models.Model]) -> Iterator[list[models.Model]]:
    page: list[models.Model] = []
    for row in model._base_manager.using(BOOKS).order_by("pk").iterator(chunk_size=_AT_ONCE):
        page.append(row)
        if len(page) == _AT_ONCE:
            yield page
            page = []
    if page:
        yield page


def _in_order() -> Iterator[list[Cause]]:
    last = 0
    while page := list(Cause.objects.using(BOOKS).filter(pk__gt=last).order_by("pk")[:_AT_ONCE]):
        yield page
        last = page[-1].pk


def _apply_all() -> tuple[int, list[str]]:
    """Every cause, page by page; how many they were, and what was said of those that could not be applied."""
    count, wrong = 0, []
    for causes in _in_order():
        count += len(causes)
        with working_on_scratch(), transaction.atomic():
            wrong += [told for cause in causes if (told := _applied(cause)) is not None]
    return count, wrong


def _applied(cause: Cause) -> str | None:
    """Apply `cause` to the database at work; None, or why that could not be done."""
    try:
        with transaction.atomic():
            if cause.payload:
                _perform(cause)
            else:
                _post_entry(cause)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is a finding, and the ones after it go on
        return f"cause {cause.key} ({cause.kind}) cannot be applied again: {type(error).__name__}: {error}"
    return None


def _perform(cause: Cause) -> None:
    act_type = acts_by_tag().get(cause.kind)
    if act_type is None:
        raise BooksError("no act of this kind is known")
    done = perform(
        msgspec.json.decode(cause.payload, type=act_type),
        key=cause.key,
        company=cause.company_id,
        by=cause.by,
        at=cause.at,
        happened_at=cause.happened_at,
    )
    if done.repeated:
        raise BooksError("another act has done it already")


def _post_entry(cause: Cause) -> None:
    """Post an entry from the bytes that its terminal signed, as the desk did."""
    row = _journal_entry(cause.key)
    terminal = _where_it_stood(row, cause)
    signed = Signed(payload=bytes(row.payload), signature=bytes(row.signature), key_id=row.key_id)
    entry = open_sealed(signed, public=bytes.fromhex(terminal.public))
    turn = Turn(terminal=terminal, now_ms=to_ms(cause.at), new_id=_no_id, key=_NO_KEY)
    book = Book(at=cause.at)
    with book.cause(
        key=cause_key(entry),
        kind=str(entry.body.__struct_config__.tag),
        company=cause.company_id,
        by=f"terminal:{terminal.pk}",
        # Judged by the entries before it, some of which posted nothing: what was decided then counts.
        happened_at=cause.happened_at,
    ) as posting:
        post_entry(entry, turn, posting)
    book.close()


def _where_it_stood(entry: JournalEntry, cause: Cause) -> Terminal:
    """The terminal as it was: at the branch that the entry was kept with, wherever it was moved to since. Of an
    entry that was applied before branches were kept, only the company is known."""
    row = Terminal.objects.select_related("branch__company").get(pk=entry.terminal_id)
    if entry.branch is not None:
        row.branch = entry.branch
    elif row.branch.company_id != cause.company_id:
        branches = Branch.objects.filter(company=cause.company_id).select_related("company").order_by("pk")
        row.branch = branches.first() or row.branch
    return row


def _journal_entry(key: str) -> JournalEntry:
    parts = key.split("/")
    if len(parts) != 3 or not all(number.isdecimal() for number in parts[1:]):
        raise BooksError("it is no act and names no journal entry")
    rows = JournalEntry.objects.select_related("branch__company")
    found: JournalEntry = rows.get(terminal=parts[0], epoch=int(parts[1]), seq=int(parts[2]))
    return found


def _no_id() -> str:
    raise BooksError("an id that is made by chance would be another one in the replay")
