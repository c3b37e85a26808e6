"""One act while it is posted: what it moves, and what it may know of the books."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from backend_bridge.central.errors import BooksError, Overdrawn
from backend_bridge.central.instants import ms_or_none, to_ms
from backend_bridge.central.ledger import rows
from backend_bridge.central.ledger.accounts import OF_MEMBER, VOUCHERS, AccountRef
from backend_bridge.central.ledger.models import Account, Transfer
from loyalty.rights import LotRight

if TYPE_CHECKING:
    from backend_bridge.central.ledger.book import Book

#: More than any pool or till will ever hold; a larger number is a mistake or an attack.
MAX_AMOUNT = 10**12
_LONGEST_ID = 64


class CauseFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What is written of a cause besides its transfers."""

    key: str
    kind: str
    company: str | None
    by: str
    happened_at: dt.datetime
    payload: str = ""
    result: str = ""

    def row(self, cause_id: int, at: dt.datetime) -> tuple[object, ...]:
        """The row of `rows.CAUSES`."""
        moments = (rows.instant(at), rows.instant(self.happened_at))
        return (cause_id, self.key, self.kind, self.company, self.by, *moments, self.payload, self.result)


class LotFacts(msgspec.Struct, frozen=True, kw_only=True):
    """A lot as the books know it. Vouchers' lots have no member."""

    id: str
    unit: str
    member: str | None
    issuer: str
    origin: str
    expires_at: dt.datetime | None
    created_at: dt.datetime

    def right(self, points: int) -> LotRight:
        """`points` of it, as `loyalty.rights` chooses among lots."""
        return LotRight(
            lot=self.id,
            member=self.member or "",
            pool=self.unit,
            points=points,
            issuer=self.issuer,
            origin=self.origin,
            expires_ms=ms_or_none(self.expires_at),
            created_ms=to_ms(self.created_at),
        )


class _Move(msgspec.Struct, frozen=True):
    kind: Transfer.Kind
    debit: str
    credit: str
    amount: int
    unit: str
    lot: str | None


class Posting:
    """What one act moves. Made by `Book.cause`."""

    def __init__(self, book: Book, facts: CauseFacts) -> None:
        self.book = book
        self.facts = facts
        self.cause_id: int | None = None
        self.accounts: dict[str, AccountRef] = {}
        self.new_lots: dict[str, LotFacts] = {}
        self.changes: Counter[tuple[str, str]] = Counter()
        self.debt_changes: Counter[tuple[str, str, str]] = Counter()
        self._moves: list[_Move] = []

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
        """An id that follows from the cause's key: the same again when the act is replayed.

        Keys of one journal make ids that lie side by side in an index; other keys are hashed.
        """
        plain = f"{what}-{self.key}-{number}"
        if len(plain) <= _LONGEST_ID and self.facts.by.startswith("terminal:"):
            return plain
        return hashlib.blake2b(plain.encode(), digest_size=16).hexdigest()

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
        if debit.held:
            there = self.held(debit, str(lot))
            if there < amount:
                raise Overdrawn(f"{amount} of lot {lot} are wanted, {there} are there")
            self.changes[debit.id, str(lot)] -= amount
        if credit.held:
            self.changes[credit.id, str(lot)] += amount
        for account, change in ((debit, amount), (credit, -amount)):
            self.accounts[account.id] = account
            if account.kind == Account.Kind.MEMBER_DEBT:
                self._owe(account, change)
        self._moves.append(_Move(kind, debit.id, credit.id, amount, debit.unit, lot))

    def held(self, account: AccountRef, lot: str) -> int:
        """How much of `lot` is in a held account now."""
        return self.book.held(account.id, lot) + self.changes[account.id, lot]

    def lots_in(self, account: AccountRef) -> list[tuple[LotFacts, int]]:
        """The lots with something in a held account now, by id."""
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
        owed = Counter(self.book.debts(member, unit))
        for (who, what, company), change in self.debt_changes.items():
            if (who, what) == (member, unit):
                owed[company] += change
        return {company: amount for company, amount in sorted(owed.items()) if amount > 0}

    def transfer_rows(self, cause_id: int) -> Iterator[tuple[object, ...]]:
        """The rows of `rows.TRANSFERS`."""
        for line, move in enumerate(self._moves):
            yield (cause_id, line, move.kind.value, move.debit, move.credit, move.amount, move.unit, move.lot)

    def _owe(self, account: AccountRef, change: int) -> None:
        debtor = (str(account.member), account.unit, str(account.company))
        owed = self.debts(*debtor[:2]).get(debtor[2], 0)
        if owed + change < 0:
            raise Overdrawn(f"a debt of {owed} cannot be lowered by {-change}")
        self.debt_changes[debtor] += change

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
