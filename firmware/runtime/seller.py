"""Sells at a counter terminal, with and without a network, and takes receipts back (ADR 0021).

Like the recorder's, each method writes one entry or nothing; what it gives back may be shown.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from firmware.journal.holdings import Holdings
from firmware.journal.journal import EntryKey, Journal
from firmware.runtime.clocks import KnownTime
from firmware.runtime.contact import Contact
from loyalty.calendar import local_date
from loyalty.entries import Body, ReceiptReturned, ReceiptReversed, ReceiptSold
from loyalty.errors import LoyaltyError
from loyalty.evaluation.case import PointsTender, Sale, Tender
from loyalty.evaluation.result import Evaluation
from loyalty.receipts.receipt import Customer, Line, Receipt
from loyalty.reversal.errors import MalformedReversal
from loyalty.reversal.request import ReversalRequest
from loyalty.reversal.result import Reversal
from loyalty.rules import RulesBundle
from loyalty.selling import Purse, entry_of, judge, rules_of, sale_of, take_back_sale

Told = TypeVar("Told", ReceiptSold, ReceiptReversed)
#: As many characters as the central system keeps.
_LONGEST_REASON = 200


class NotHere(LoyaltyError, LookupError):
    """The right to reverse this receipt is not held at this terminal."""


class TimeUnknown(LoyaltyError, ValueError):
    """Nobody knows what time it is: what a customer would be given, and until when, would be wrong."""


class Seller:
    """The selling side of a terminal's journal. `offline` says that there is no connection: then points pay only
    where the time and the list of blocked cards are known well enough, as for rewards."""

    def __init__(self, *, journal: Journal, holdings: Holdings, time: KnownTime, contact: Contact) -> None:
        self._journal = journal
        self._holdings = holdings
        self._time = time
        self._contact = contact

    def try_sale(
        self,
        rules: RulesBundle,
        lines: tuple[Line, ...],
        *,
        member: str | None,
        tenders: tuple[Tender, ...],
        offline: bool = True,
    ) -> Evaluation:
        """What a receipt would come to now; nothing is written. Raises `CaseError` naming the field, `TimeUnknown`."""
        sale = self._sale(rules, Receipt(receipt="open", lines=lines), member, tenders, offline=offline)
        return judge(sale, rules_of(rules)).evaluation

    def sell(
        self,
        rules: RulesBundle,
        lines: tuple[Line, ...],
        *,
        member: str | None,
        tenders: tuple[Tender, ...],
        offline: bool = True,
    ) -> ReceiptSold:
        """Record a receipt, numbered after its entry. When this returns, it is on the disk.

        Raises `CaseError` naming the field, `TimeUnknown`, `NotEnoughRights`, `TooLarge` and `CannotRecord`; nothing is
        written then.
        """
        earlier = self._reappeared(ReceiptSold)
        if earlier is not None and _is_wish(earlier.sale, lines, member, tenders):
            # It was refused, and is on the disk all the same: the same once more would be paid twice.
            self._journal.reappeared = None
            return earlier
        made: list[ReceiptSold] = []

        def body(key: EntryKey) -> Body:
            name = f"{key.terminal}.{key.epoch}.{key.seq}"
            sale = self._sale(rules, Receipt(receipt=name, lines=lines), member, tenders, offline=offline)
            made.append(entry_of(sale, rules_of(rules), name=name))
            return made[-1]

        self._write(body, rules)
        return made[-1]

    def reverse(self, rules: RulesBundle, receipt: str, request: ReversalRequest, *, reason: str = "") -> Reversal:
        """Take a receipt of this terminal back, as a whole or in parts.

        Raises `NotHere`, `loyalty.reversal.errors.ReversalError`, `TooLarge` and `CannotRecord`; nothing is written
        then.
        """
        if len(reason) > _LONGEST_REASON:
            raise MalformedReversal("reason", f"a reason has {_LONGEST_REASON} characters at most")
        earlier = self._reappeared(ReceiptReversed)
        if earlier is not None and (earlier.receipt, earlier.request) == (receipt, request):
            self._journal.reappeared = None
            return earlier.reversal
        kept = self._journal.receipt(receipt)
        if kept is None:
            raise NotHere(f"receipt {receipt} cannot be taken back at this terminal")
        customer = kept.body.sale.customer
        held = () if customer is None else self._holdings.rights(customer.customer)
        at_ms = self._time.central_ms()
        back = take_back_sale(kept.body, kept.reversals, request, held=held, at_ms=at_ms)
        body = ReceiptReversed(
            receipt=receipt,
            seq=kept.seq,
            number=len(kept.reversals) + 1,
            request=request,
            reversal=back.reversal,
            day=local_date(at_ms, rules.timezone),
            gifts=back.gifts,
            lots=back.lots,
            reason=reason,
        )
        self._write(lambda _key: body, rules)
        return back.reversal

    def return_right(self, rules: RulesBundle, receipt: str, *, recall: str | None = None) -> bool:
        """Give the right to reverse a receipt back; False where it is not here."""
        kept = self._journal.receipt(receipt)
        if kept is None:
            return False
        body = ReceiptReturned(receipt=receipt, seq=kept.seq, recall=recall)
        self._write(lambda _key: body, rules)
        return True

    def _sale(
        self, rules: RulesBundle, receipt: Receipt, member: str | None, tenders: tuple[Tender, ...], *, offline: bool
    ) -> Sale:
        if member is not None and self._time.now() is None:
            # Awards of 1970 have run out before they are printed. Without a customer, the shop sells on.
            raise TimeUnknown("the time is not known: a receipt of a customer needs it")
        pools = sorted({tender.pool for tender in tenders if isinstance(tender, PointsTender)})
        hindered = offline and self._contact.hindrance(rules) is not None
        return sale_of(
            receipt,
            at_ms=self._time.central_ms(),
            customer=None if member is None else Customer(customer=member),
            purses=() if member is None or hindered else [self._purse(rules, member, pool) for pool in pools],
            tenders=tenders,
        )

    def _purse(self, rules: RulesBundle, member: str, pool: str) -> Purse:
        latest_ms = self._time.latest_ms()
        rights = tuple(
            right
            for right in self._holdings.rights(member)
            if right.pool == pool and (right.expires_ms is None or latest_ms < right.expires_ms)
        )
        at_ms = self._time.central_ms()
        view = self._holdings.view(member, rules=rules, at_ms=at_ms, fresh=False).pool(pool)
        # Points earned here alone must reach the minimum by themselves (design, 7).
        total = view.held if view.spendable_here == 0 else max(view.total, view.held)
        return Purse(pool=pool, total=total, rights=rights, unlocked=view.spendable_here > 0)

    def _reappeared(self, kind: type[Told]) -> Told | None:
        """What was refused, because nobody knew whether it was on the disk, and is there after all.

        Raises `CannotRecord` while that is not known.
        """
        self._journal.settle()
        entry = self._journal.reappeared
        return entry.body if entry is not None and isinstance(entry.body, kind) else None

    def _write(self, make_body: Callable[[EntryKey], Body], rules: RulesBundle) -> None:
        self._journal.append(make_body, clock=self._time.evidence(), rules=rules.version)


def _is_wish(sale: Sale, lines: tuple[Line, ...], member: str | None, tenders: tuple[Tender, ...]) -> bool:
    """Whether `sale` is what is wanted."""
    customer = None if sale.customer is None else sale.customer.customer
    return (sale.receipt.lines, customer, sale.tenders) == (lines, member, tenders)
