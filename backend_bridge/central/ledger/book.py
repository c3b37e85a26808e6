"""A unit of work: what one transaction moves, checked in memory, written with one statement per table.

    book = Book(at=now)
    with book.cause(key=…, kind=…, company=…, by=…) as posting:
        posting.move(…)
    book.close()

What is read is locked until the transaction ends. A cause whose block raises leaves nothing behind in the
book, and the next one can go on. Runs inside the caller's transaction; nothing is written before `close`.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from django.db import IntegrityError
from django.db.models import QuerySet

from backend_bridge.central.errors import BooksError, LostRace, Overdrawn
from backend_bridge.central.ledger import rows
from backend_bridge.central.ledger.accounts import AccountRef
from backend_bridge.central.ledger.models import Debt, Holding
from backend_bridge.central.ledger.models import Lot as LotRow
from backend_bridge.central.ledger.posting import CauseFacts, LotFacts, Posting

AnyKey = TypeVar("AnyKey")
_DEBT_KEYS = ("member_id", "unit", "company_id")


class Book:
    """Everything that one transaction reads and moves, posted at `at`."""

    def __init__(self, *, at: dt.datetime) -> None:
        self.at = at
        self._lots: dict[str, LotFacts] = {}
        self._new_lots: dict[str, LotFacts] = {}
        self._held: dict[tuple[str, str], int] = {}
        self._whole_accounts: set[str] = set()
        self._known_places: set[tuple[str, str]] = set()
        self._whole_debts: set[tuple[str, str]] = set()
        self._debts: dict[tuple[str, str, str], int] = {}
        self._changes: Counter[tuple[str, str]] = Counter()
        self._debt_changes: Counter[tuple[str, str, str]] = Counter()
        self._accounts: dict[str, AccountRef] = {}
        self._causes: list[Posting] = []

    @contextmanager
    def cause(
        self,
        *,
        key: str,
        kind: str,
        company: str | None,
        by: str,
        happened_at: dt.datetime | None = None,
        payload: str = "",
    ) -> Iterator[Posting]:
        """One act. What it moves counts when its block ends without an error."""
        facts = CauseFacts(
            key=key, kind=kind, company=company, by=by, happened_at=happened_at or self.at, payload=payload
        )
        posting = Posting(self, facts)
        yield posting
        self._take(posting)

    def prefetch(self, *, lots: Iterable[str] = (), places: Iterable[tuple[str, str]] = ()) -> None:
        """Read these lots, and read and lock the holdings of these (account, lot), in one order: for large sets."""
        self._read_lots(sorted(set(lots) - self._lots.keys()))
        self._read_places(sorted(place for place in set(places) if not self._knows(*place)))

    def lot(self, lot: str) -> LotFacts | None:
        """What is known of a lot, or None."""
        if lot not in self._lots:
            self._read_lots([lot])
        return self._lots.get(lot)

    def held(self, account: str, lot: str) -> int:
        """How much of `lot` is in a held account, with what this book has moved."""
        if not self._knows(account, lot):
            self._read_places([(account, lot)])
        return self._held.get((account, lot), 0)

    def lots_in(self, account: str) -> list[tuple[LotFacts, int]]:
        """The lots of a held account with something in them, by id."""
        if account not in self._whole_accounts:
            self._read_account(account)
        found = [(self._lots[lot], amount) for (where, lot), amount in self._held.items() if where == account]
        return sorted(((lot, amount) for lot, amount in found if amount > 0), key=lambda one: one[0].id)

    def debts(self, member: str, unit: str) -> dict[str, int]:
        """What `member` owes, by company, in the order of their ids."""
        if (member, unit) not in self._whole_debts:
            known = Debt.objects.select_for_update().filter(member=member, unit=unit).order_by("company")
            for row in known:
                self._debts[member, unit, row.company_id] = row.amount
            self._whole_debts.add((member, unit))
        owed = {key[2]: amount for key, amount in self._debts.items() if key[:2] == (member, unit) and amount > 0}
        return dict(sorted(owed.items()))

    def close(self) -> None:
        """Write everything. Raises `Overdrawn`, `LostRace` for a key that somebody else used meanwhile, or
        `BooksError` where the database refuses."""
        if not self._causes:
            return
        ids = dict(zip([one.facts.key for one in self._causes], rows.next_cause_ids(len(self._causes)), strict=True))
        try:
            rows.insert(rows.ACCOUNTS, self._account_rows(), conflict="ON CONFLICT (id) DO NOTHING")
            rows.insert(rows.LOTS, [_lot_row(lot) for lot in self._new_lots.values()])
            rows.insert(rows.CAUSES, [one.facts.row(ids[one.facts.key], self.at) for one in self._causes])
            rows.insert(rows.TRANSFERS, [row for one in self._causes for row in one.transfer_rows(ids[one.facts.key])])
            self._write_running()
        except IntegrityError as error:
            told = str(error)
            if "not_negative" in told:
                raise Overdrawn(f"the database refuses an account below zero: {told}") from error
            if "ledger_cause" in told or "ledger_lot" in told:
                # Somebody else was faster with this very key.
                raise LostRace(told) from error
            raise BooksError(f"the database refuses a posting: {told}") from error
        for one in self._causes:
            one.cause_id = ids[one.facts.key]
        self._causes = []
        self._new_lots = {}
        self._changes.clear()
        self._debt_changes.clear()

    def _take(self, posting: Posting) -> None:
        self._causes.append(posting)
        self._new_lots.update(posting.new_lots)
        self._lots.update(posting.new_lots)
        self._accounts.update(posting.accounts)
        for place, change in posting.changes.items():
            self._held[place] = self._held.get(place, 0) + change
            self._changes[place] += change
        for debtor, change in posting.debt_changes.items():
            self._debts[debtor] = self._debts.get(debtor, 0) + change
            self._debt_changes[debtor] += change

    def _knows(self, account: str, lot: str) -> bool:
        return account in self._whole_accounts or (account, lot) in self._known_places

    def _read_account(self, account: str) -> None:
        found = Holding.objects.filter(account=account, amount__gt=0)
        self._lock(found)
        self._whole_accounts.add(account)

    def _read_places(self, places: list[tuple[str, str]]) -> None:
        for some in _in_slices(places):
            # Accounts and lots cross here: more may be read than was asked for, which does no harm.
            accounts, lots = {place[0] for place in some}, {place[1] for place in some}
            self._lock(Holding.objects.filter(account__in=accounts, lot__in=lots))
            self._known_places.update(some)

    def _lock(self, found: QuerySet[Holding]) -> None:
        for holding in found.select_for_update(of=("self",)).select_related("lot").order_by("pk"):
            self._lots.setdefault(holding.lot_id, _facts(holding.lot))
            place = (holding.account_id, holding.lot_id)
            # What this book has moved so far was added to nothing, for want of this number.
            self._held[place] = holding.amount + self._changes[place]
            self._known_places.add(place)

    def _read_lots(self, lots: list[str]) -> None:
        for some in _in_slices(lots):
            for row in LotRow.objects.filter(pk__in=some):
                self._lots.setdefault(row.pk, _facts(row))

    def _account_rows(self) -> rows.Rows:
        return [
            (one.id, one.kind.value, one.unit, one.member, one.company, one.terminal, one.epoch)
            for one in sorted(self._accounts.values(), key=lambda one: one.id)
        ]

    def _write_running(self) -> None:
        changes = sorted((place, change) for place, change in self._changes.items() if change)
        rows.subtract(
            rows.HOLDINGS, [(*place, -change) for place, change in changes if change < 0], keys=("account_id", "lot_id")
        )
        rows.add(
            rows.HOLDINGS, [(*place, change) for place, change in changes if change > 0], keys=("account_id", "lot_id")
        )
        owed = sorted((debtor, change) for debtor, change in self._debt_changes.items() if change)
        rows.subtract(rows.DEBTS, [(*debtor, -change) for debtor, change in owed if change < 0], keys=_DEBT_KEYS)
        rows.add(rows.DEBTS, [(*debtor, change) for debtor, change in owed if change > 0], keys=_DEBT_KEYS)


def _facts(row: LotRow) -> LotFacts:
    return LotFacts(
        id=row.pk,
        unit=row.unit,
        member=row.member_id,
        issuer=row.issuer_id,
        origin=row.origin,
        expires_at=row.expires_at,
        created_at=row.created_at,
    )


def _lot_row(lot: LotFacts) -> tuple[object, ...]:
    at = (rows.instant(lot.expires_at), rows.instant(lot.created_at))
    return (lot.id, lot.unit, lot.member, lot.issuer, lot.origin, *at)


def _in_slices(wanted: list[AnyKey], size: int = 400) -> Iterator[list[AnyKey]]:
    for start in range(0, len(wanted), size):
        yield wanted[start : start + size]
