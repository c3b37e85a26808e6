"""One act while it is posted: what it moves, and what it may know of the books."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import TYPE_CHECKING

import msgspec

from backend_bridge.central.errors import BooksError, Overdrawn
from backend_bridge.central.ledger import rows
from backend_bridge.central.ledger.accounts import OF_MEMBER, VOUCHERS, AccountRef
from backend_bridge.central.ledger.lots import LotFacts
from backend_bridge.central.ledger.models import Account, Transfer
from loyalty.rights import LotRight

if TYPE_CHECKING:
    from backend_bridge.central.ledger.book import Book

__all__ = ["MAX_AMOUNT", "CauseFacts", "LotFacts", "Posting"]

#: More than any pool or till will ever hold; a larger number is a mistake or an attack.
MAX_AMOUNT = 10**12
_LONGEST_ID = 64


class CauseFacts(msgspec.Struct, frozen=True, gc=False):
    """What is written of a cause besides its transfers."""

    key: str
    kind: str
    company: str | None
    by: str
    happened_at: dt.datetime
    payload: str = ""
    result: str = ""

    def row(self, cause_id: int, at: dt.datetime, instants: rows.Instants) -> tuple[object, ...]:
        """The row of `rows.CAUSES`."""
        moments = (instants[at], instants[self.happened_at])
        return (cause_id, self.key, self.kind, self.company, self.by, *moments, self.payload, self.result)


class Posting:
    """What one act moves. Made by `Book.cause`, and counted by it when its `with` block ends without an error."""

    __slots__ = (
        "_moves",
        "accounts",
        "bearers",
        "book",
        "cause_id",
        "changes",
        "cover",
        "debt_changes",
        "facts",
        "new_lots",
    )

    def __init__(self, book: Book, facts: CauseFacts) -> None:
        self.book = book
        self.facts = facts
        self.cause_id: int | None = None
        self.accounts: dict[str, AccountRef] = {}
        self.new_lots: dict[str, LotFacts] = {}
        self.changes: dict[tuple[str, str], int] = {}
        self.debt_changes: dict[tuple[str, str, str], int] = {}
        #: Called with (account, lot, points) before an account is found to lack them; it may move them there.
        self.cover: Callable[[AccountRef, str, int], None] | None = None
        #: Who owes for a lot in clearing, by lot, in the place of its issuer.
        self.bearers: dict[str, str] = {}
        #: Kind, debit, credit, amount, unit, lot.
        self._moves: list[tuple[Transfer.Kind, str, str, int, str, str | None]] = []

    def __enter__(self) -> Posting:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.book.take(self)

    @property
    def key(self) -> str:
        """The cause's key."""
        return self.facts.key

    @property
    def at(self) -> dt.datetime:
        """When it is posted."""
        return self.book.at

    @property
    def happened_at(self) -> dt.datetime:
        """When it happened, as far as that is believed."""
        return self.facts.happened_at

    @property
    def company(self) -> str:
        """At whose company it happened; raises `BooksError` for an act of the whole programme."""
        if self.facts.company is None:
            raise BooksError("this act has no company")
        return self.facts.company

    def id(self, what: str, number: int = 0) -> str:
        """An id that follows from the cause's key and from when it is posted: the same again when the act is replayed.

        Ids of one journal lie side by side in an index, and so do those of about one moment: in large books
        whatever is written now touches few pages (docs/performance.md). Other keys than journals' are hashed.
        """
        plain = f"{what}-{self.key}-{number}"
        if len(plain) <= _LONGEST_ID and self.facts.by.startswith("terminal:"):
            return plain
        moment = max(int(self.at.timestamp()), 0)
        return f"{moment:08x}{hashlib.blake2b(plain.encode(), digest_size=12).hexdigest()}"

    def set_result(self, result: str) -> None:
        """Keep the answer beside the cause."""
        self.facts = msgspec.structs.replace(self.facts, result=result)

    def set_payload(self, *, kind: str, payload: str) -> None:
        """Say which act it turned out to be."""
        self.facts = msgspec.structs.replace(self.facts, kind=kind, payload=payload)

    def new_lot(
        self,
        lot: str,
        *,
        unit: str,
        member: str | None,
        issuer: str,
        origin: str,
        expires_at: dt.datetime | None = None,
        created_at: dt.datetime | None = None,
    ) -> LotFacts:
        """Make a lot; raises `BooksError` where one of this id is there."""
        if not 0 < len(lot) <= _LONGEST_ID:
            raise BooksError(f"a lot's id has 1 to {_LONGEST_ID} characters")
        if lot in self.new_lots or self.book.lot(lot) is not None:
            raise BooksError(f"a lot of the id {lot} is there already")
        facts = LotFacts(
            id=lot,
            unit=unit,
            member=member,
            issuer=issuer,
            origin=origin,
            expires_at=expires_at,
            created_at=created_at or self.happened_at,
        )
        self.new_lots[lot] = facts
        return facts

    def move(
        self, kind: Transfer.Kind, debit: AccountRef, credit: AccountRef, amount: int, *, lot: str | None = None
    ) -> None:
        """Move `amount`. Raises `Overdrawn` where a held account would go below zero in this lot, and
        `BooksError` for mixed units, another member's lot, or an amount that cannot be."""
        self._check(debit, credit, amount, lot)
        if credit.kind == Account.Kind.MEMBER_DEBT:
            # What can be refused comes first: a move that raises has changed nothing.
            self._check_owed(credit, amount)
        if lot is not None:
            self._change_holdings(debit, credit, amount, lot)
        if debit.kind == Account.Kind.MEMBER_DEBT:
            self._owe(debit, amount)
        if credit.kind == Account.Kind.MEMBER_DEBT:
            self._owe(credit, -amount)
        self.accounts[debit.id] = debit
        self.accounts[credit.id] = credit
        self._moves.append((kind, debit.id, credit.id, amount, debit.unit, lot))

    def held(self, account: AccountRef, lot: str) -> int:
        """How much of `lot` is in a held account now."""
        change = self.changes.get((account.id, lot), 0)
        return change if lot in self.new_lots else self.book.held(account.id, lot) + change

    def lots_in(self, account: AccountRef) -> list[tuple[LotFacts, int]]:
        """The lots with something in a member's account now, by id; raises `BooksError` for other accounts."""
        if not account.held or account.member is None:
            raise BooksError("only members' accounts are read as a whole")
        found = {lot.id: (lot, amount) for lot, amount in self.book.lots_in(account.id)}
        for (where, lot), change in self.changes.items():
            if where == account.id and change:
                facts = self.lot(lot)
                found[lot] = (facts, found.get(lot, (facts, 0))[1] + change)
        return [found[lot] for lot in sorted(found) if found[lot][1] > 0]

    def rights_in(self, account: AccountRef) -> list[LotRight]:
        """The same, as `loyalty.rights.choose_lots` takes them."""
        return [lot.right(amount) for lot, amount in self.lots_in(account)]

    def lot(self, lot: str) -> LotFacts:
        """What is known of a lot; raises `BooksError` where there is none."""
        facts = self.new_lots.get(lot) or self.book.lot(lot)
        if facts is None:
            raise BooksError(f"there is no lot {lot}")
        return facts

    def debts(self, member: str, unit: str) -> dict[str, int]:
        """What `member` owes now, by company."""
        owed = self.book.debts(member, unit)
        for (who, what, company), change in self.debt_changes.items():
            if (who, what) == (member, unit):
                owed[company] = owed.get(company, 0) + change
        return {company: amount for company, amount in sorted(owed.items()) if amount > 0}

    def transfer_rows(self, cause_id: int) -> Iterator[tuple[object, ...]]:
        """The rows of `rows.TRANSFERS`."""
        for line, (kind, *move) in enumerate(self._moves):
            yield (cause_id, line, kind.value, *move)

    def _change_holdings(self, debit: AccountRef, credit: AccountRef, amount: int, lot: str) -> None:
        if debit.held:
            there = self.held(debit, lot)
            if there < amount and self.cover is not None:
                self.cover(debit, lot, amount - there)
                there = self.held(debit, lot)
            if there < amount:
                raise Overdrawn(f"{amount} of lot {lot} are wanted, {there} are there")
            self.changes[debit.id, lot] = self.changes.get((debit.id, lot), 0) - amount
        if credit.held:
            self.changes[credit.id, lot] = self.changes.get((credit.id, lot), 0) + amount

    def _check_owed(self, account: AccountRef, amount: int) -> None:
        owed = self.debts(str(account.member), account.unit).get(str(account.company), 0)
        if owed < amount:
            raise Overdrawn(f"a debt of {owed} cannot be lowered by {amount}")

    def _owe(self, account: AccountRef, change: int) -> None:
        debtor = (str(account.member), account.unit, str(account.company))
        # Locked before it changes, whoever it is owed to.
        self.debts(*debtor[:2])
        self.debt_changes[debtor] = self.debt_changes.get(debtor, 0) + change

    def _check(self, debit: AccountRef, credit: AccountRef, amount: int, lot: str | None) -> None:
        if not 0 < amount <= MAX_AMOUNT:
            raise BooksError(f"a transfer moves 1 to {MAX_AMOUNT}, not {amount}")
        if debit.id == credit.id:
            raise BooksError("a transfer needs two accounts")
        if debit.unit != credit.unit:
            raise BooksError(f"{debit.unit} cannot become {credit.unit}")
        if lot is None:
            if debit.held or credit.held or not debit.unit.isupper():
                raise BooksError("points and vouchers move by their lots")
            return
        facts = self.lot(lot)
        if facts.unit != debit.unit:
            raise BooksError(f"lot {lot} is of {facts.unit}, not {debit.unit}")
        for account in (debit, credit):
            if account.kind in OF_MEMBER and account.member != facts.member:
                raise BooksError(f"lot {lot} belongs to another member")
            if account.kind in VOUCHERS and account.company != facts.issuer:
                raise BooksError(f"voucher {lot} was issued by another company")
