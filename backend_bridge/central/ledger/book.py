"""A unit of work: what one transaction moves, checked in memory, written with one statement per table.

    book = Book(at=now)
    with book.cause(key=…, kind=…, company=…, by=…) as posting:
        posting.move(…)
    book.close()

What is read is locked until the transaction ends. A cause whose block raises leaves nothing behind in the
book, and the next one can go on. Runs inside the caller's transaction; nothing is written before `close`.
Who posts many causes calls `prefetch` first: the same is read then, with one query for all instead of one each.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db import IntegrityError

from backend_bridge.central.errors import BooksError, LostRace, Overdrawn
from backend_bridge.central.ledger import lookup, rows
from backend_bridge.central.ledger.accounts import AccountRef
from backend_bridge.central.ledger.lots import LotFacts
from backend_bridge.central.ledger.posting import CauseFacts, Posting

_PLACE_KEYS = ("account_id", "lot_id")
_DEBT_KEYS = ("member_id", "unit", "company_id")
Place = tuple[str, str]


class Book:
    """Everything that one transaction reads and moves, posted at `at`."""

    def __init__(self, *, at: dt.datetime) -> None:
        self.at = at
        #: None: it is known that there is no such lot.
        self._lots: dict[str, LotFacts | None] = {}
        self._new_lots: dict[str, LotFacts] = {}
        #: By account and lot. Only what is in `_known` or in a whole account is more than this book's own changes.
        self._held: dict[str, dict[str, int]] = {}
        self._known: set[Place] = set()
        self._whole: set[str] = set()
        #: By member and unit, then by company.
        self._debts: dict[tuple[str, str], dict[str, int]] = {}
        self._changes: dict[Place, int] = {}
        self._debt_changes: dict[tuple[str, str, str], int] = {}
        self._accounts: dict[str, AccountRef] = {}
        self._opened: set[str] = set()
        self._causes: list[Posting] = []

    def cause(
        self,
        *,
        key: str,
        kind: str,
        company: str | None,
        by: str,
        happened_at: dt.datetime | None = None,
        payload: str = "",
    ) -> Posting:
        """One act, for a `with` statement. What it moves counts when its block ends without an error."""
        return Posting(self, CauseFacts(key, kind, company, by, happened_at or self.at, payload))

    def prefetch(
        self,
        *,
        lots: Iterable[str] = (),
        places: Iterable[Place] = (),
        accounts: Iterable[str] = (),
        debtors: Iterable[tuple[str, str]] = (),
    ) -> None:
        """Read these lots; read and lock the holdings at these places (account, lot), all that these accounts of
        members hold, and what these debtors (member, unit) owe."""
        self._read_accounts(set(accounts) - self._whole)
        self._read_places({place for place in places if not self._knows(*place)})
        self._read_lots({lot for lot in lots if lot not in self._lots})
        self._read_debts({debtor for debtor in debtors if debtor not in self._debts})

    def lot(self, lot: str) -> LotFacts | None:
        """What is known of a lot, or None."""
        if lot not in self._lots:
            self._read_lots({lot})
        return self._lots[lot]

    def held(self, account: str, lot: str) -> int:
        """How much of `lot` is in a held account, with what this book has moved."""
        if not self._knows(account, lot):
            self._read_places({(account, lot)})
        return self._held.get(account, {}).get(lot, 0)

    def lots_in(self, account: str) -> list[tuple[LotFacts, int]]:
        """The lots of a member's account with something in them, by id."""
        if account not in self._whole:
            self._read_accounts({account})
        found = [(self.lot(lot), amount) for lot, amount in sorted(self._held.get(account, {}).items()) if amount > 0]
        return [(lot, amount) for lot, amount in found if lot is not None]

    def debts(self, member: str, unit: str) -> dict[str, int]:
        """What `member` owes, by company, in the order of their ids."""
        if (member, unit) not in self._debts:
            self._read_debts({(member, unit)})
        owed = self._debts[member, unit]
        return {company: owed[company] for company in sorted(owed) if owed[company] > 0} if owed else {}

    def take(self, posting: Posting) -> None:
        """What `posting` moved counts from now on; its `with` statement calls this."""
        self._causes.append(posting)
        self._new_lots.update(posting.new_lots)
        self._lots.update(posting.new_lots)
        self._accounts.update(posting.accounts)
        for place, change in posting.changes.items():
            account, lot = place
            held = self._held.setdefault(account, {})
            held[lot] = held.get(lot, 0) + change
            self._changes[place] = self._changes.get(place, 0) + change
        for debtor, change in posting.debt_changes.items():
            # Nobody changes a debt without having asked for it.
            debts = self._debts[debtor[:2]]
            debts[debtor[2]] = debts.get(debtor[2], 0) + change
            self._debt_changes[debtor] = self._debt_changes.get(debtor, 0) + change

    def close(self) -> None:
        """Write everything. Raises `Overdrawn`, `LostRace` for a key that somebody else used meanwhile, or
        `BooksError` where the database refuses."""
        if not self._causes:
            return
        ids = rows.next_cause_ids(len(self._causes))
        try:
            self._write(ids)
        except IntegrityError as error:
            told = str(error)
            if "not_negative" in told:
                raise Overdrawn(f"the database refuses an account below zero: {told}") from error
            if "ledger_cause" in told or "ledger_lot" in told:
                # Somebody else was faster with this very key.
                raise LostRace(told) from error
            raise BooksError(f"the database refuses a posting: {told}") from error
        for one, number in zip(self._causes, ids, strict=True):
            one.cause_id = number
        self._opened.update(self._accounts)
        for done in (self._causes, self._new_lots, self._accounts, self._changes, self._debt_changes):
            done.clear()

    def _knows(self, account: str, lot: str) -> bool:
        # Nobody else can have put a lot anywhere that is made here.
        return (account, lot) in self._known or account in self._whole or lot in self._new_lots

    def _read_accounts(self, accounts: set[str]) -> None:
        for holding in lookup.holdings_in(accounts):
            self._note(holding)
        self._whole |= accounts

    def _read_places(self, places: set[Place]) -> None:
        for holding in lookup.holdings(places):
            self._note(holding)
        self._known |= places

    def _note(self, holding: lookup.Held) -> None:
        account, lot = holding.account, holding.lot.id
        self._lots.setdefault(lot, holding.lot)
        self._opened.add(account)
        # What this book has moved so far was added to nothing, for want of this number.
        self._held.setdefault(account, {})[lot] = holding.amount + self._changes.get((account, lot), 0)

    def _read_lots(self, lots: set[str]) -> None:
        found = {lot.id: lot for lot in lookup.lots(lots)}
        for lot in lots:
            self._lots[lot] = found.get(lot)

    def _read_debts(self, debtors: set[tuple[str, str]]) -> None:
        for debtor in debtors:
            self._debts[debtor] = {}
        for member, unit, company, amount in lookup.debts({member for member, _unit in debtors}):
            if (member, unit) in debtors:
                self._debts[member, unit][company] = amount

    def _write(self, ids: list[int]) -> None:
        causes, instants = self._causes, rows.Instants()
        rows.insert_missing(rows.ACCOUNTS, self._account_rows())
        rows.insert(rows.LOTS, [_lot_row(lot, instants) for lot in self._new_lots.values()])
        rows.insert(
            rows.CAUSES, [one.facts.row(number, self.at, instants) for one, number in zip(causes, ids, strict=True)]
        )
        rows.insert(
            rows.TRANSFERS, [row for one, number in zip(causes, ids, strict=True) for row in one.transfer_rows(number)]
        )
        changes = sorted((place, change) for place, change in self._changes.items() if change)
        rows.subtract(rows.HOLDINGS, [(*place, -change) for place, change in changes if change < 0], keys=_PLACE_KEYS)
        gains = [(*place, change) for place, change in changes if change > 0]
        # A lot that is made here is nowhere yet: there is nothing to add to.
        rows.insert(rows.HOLDINGS, [row for row in gains if row[1] in self._new_lots])
        rows.add(rows.HOLDINGS, [row for row in gains if row[1] not in self._new_lots], keys=_PLACE_KEYS)
        self._write_debts()

    def _account_rows(self) -> rows.Rows:
        unsure = self._accounts.keys() - self._opened
        missing = sorted(unsure - lookup.opened(unsure))
        return [
            (one.id, one.kind.value, one.unit, one.member, one.company, one.terminal, one.epoch)
            for one in (self._accounts[account] for account in missing)
        ]

    def _write_debts(self) -> None:
        owed = sorted((debtor, change) for debtor, change in self._debt_changes.items() if change)
        rows.subtract(rows.DEBTS, [(*debtor, -change) for debtor, change in owed if change < 0], keys=_DEBT_KEYS)
        rows.add(rows.DEBTS, [(*debtor, change) for debtor, change in owed if change > 0], keys=_DEBT_KEYS)


def _lot_row(lot: LotFacts, instants: rows.Instants) -> tuple[object, ...]:
    return (lot.id, lot.unit, lot.member, lot.issuer, lot.origin, instants[lot.expires_at], instants[lot.created_at])
