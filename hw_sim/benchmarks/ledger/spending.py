"""Journals of spends, as terminals send them: what `ingest` is measured with, and the rows that come of them.

There is no entry for an award yet: points are given at the counter and over the API. So every terminal has the lots
in its escrow that it then spends; they are put there outside the measured time.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

import msgspec
from django.db import transaction

from backend_bridge.central.customers.models import Membership
from backend_bridge.central.desk.ingest import ENTRIES
from backend_bridge.central.instants import to_ms
from backend_bridge.central.ledger import accounts, points, redemptions, rows
from backend_bridge.central.ledger.accounts import AccountRef
from backend_bridge.central.ledger.book import Book
from backend_bridge.central.ledger.models import Transfer
from hw_sim.benchmarks.ledger import world
from hw_sim.benchmarks.ledger.bare import Row, Rows
from loyalty.entries import (
    ENTRY_VERSION,
    GENESIS,
    Body,
    ClockEvidence,
    Entry,
    EpochBegun,
    PointsSpent,
    entry_hash,
    hand_in_code,
    seal,
)
from loyalty.rights import LotSpend
from loyalty.signing import Signed
from loyalty.wire import codec
from loyalty.wire.messages import JournalBatch

NOW_MS = to_ms(world.AT)
#: As many entries as a terminal puts into one message.
ENTRIES_AT_ONCE = 64
_REWARD = "free-coffee"


class Message(msgspec.Struct, frozen=True):
    """What a terminal sends: `spends` one after the other, signed, with `signed` encoded as `payload`."""

    terminal: str
    epoch: int
    first_seq: int
    members: tuple[int, ...]
    signed: tuple[Signed, ...]
    payload: bytes


class Journal:
    """What one terminal signs, entry by entry. `first` is its first message: nothing but the beginning."""

    def __init__(self, number: int, epoch: int) -> None:
        self._number = number
        self._epoch = epoch
        self._key = world.key_of(world.terminal(number))
        self._seq, self._head = 0, GENESIS
        self.first = self._message((self._write(EpochBegun("bench")),), ())

    def spends(self, dice: random.Random) -> Message:
        """The next message: each entry spends a lot of its own, of a member of this company."""
        members = tuple(
            self._number + world.TERMINALS * dice.randrange(world.MEMBERS // world.TERMINALS)
            for _ in range(ENTRIES_AT_ONCE)
        )
        return self._message(tuple(self._write(self._spend(one)) for one in members), members)

    def _spend(self, number: int) -> PointsSpent:
        spend = f"{self._number}-{self._epoch}-{self._seq}"
        return PointsSpent(
            spend=spend,
            member=world.member(number),
            pool=world.pool(number),
            lots=(LotSpend(lot_of(world.terminal(self._number), self._epoch, self._seq), world.SPENT),),
            reward=_REWARD,
            company=world.company(number),
            code=hand_in_code(spend),
        )

    def _write(self, body: Body) -> Signed:
        entry = Entry(
            v=ENTRY_VERSION,
            terminal=world.terminal(self._number),
            epoch=self._epoch,
            seq=self._seq,
            key_id=self._key.key_id,
            prev=self._head,
            clock=ClockEvidence(wall_ms=NOW_MS, monotonic_ms=self._seq, boot_id="bench", offset_ms=0),
            rules="bench",
            body=body,
        )
        signed = seal(entry, self._key)
        self._seq, self._head = self._seq + 1, entry_hash(signed.payload)
        return signed

    def _message(self, signed: tuple[Signed, ...], members: tuple[int, ...]) -> Message:
        payload = codec.encode_up(JournalBatch(epoch=self._epoch, entries=signed))
        return Message(world.terminal(self._number), self._epoch, self._seq - len(signed), members, signed, payload)


def lot_of(terminal: str, epoch: int, seq: int) -> str:
    """The lot that this entry spends."""
    return f"lot-{terminal}-{epoch}-{seq}"


def escrow(message: Message, member: int) -> AccountRef:
    """Where the terminal holds what it spends."""
    return accounts.escrow(
        member=world.member(member), pool=world.pool(member), terminal=message.terminal, epoch=message.epoch
    )


@transaction.atomic
def endow(messages: Sequence[Message]) -> None:
    """Put what `messages` spend into the terminals' escrows; the companies know the members from before."""
    known = {(world.member(one), world.company(one)) for message in messages for one in message.members}
    Membership.objects.bulk_create(
        [Membership(customer_id=member, company_id=company, since=world.AT) for member, company in sorted(known)],
        ignore_conflicts=True,
    )
    book = Book(at=world.AT)
    for message in messages:
        company = world.company(message.members[0])
        key = f"endow/{message.terminal}/{message.epoch}/{message.first_seq}"
        with book.cause(key=key, kind="endowed", company=company, by="bench") as posting:
            for seq, member in _spent(message):
                gift = points.Gift(
                    lot=lot_of(message.terminal, message.epoch, seq),
                    member=world.member(member),
                    pool=world.pool(member),
                    points=world.AWARDED,
                    issuer=company,
                )
                points.give(posting, gift, kind=Transfer.Kind.AWARDED, to=escrow(message, member))
    book.close()


def rows_of(messages: Sequence[Message]) -> Rows:
    """What ingesting `messages` writes, but for the rows with the journals' heads."""
    causes, transfers, kept, redeemed, taken = (list[Row]() for _ in range(5))
    at = rows.instant(world.AT)
    spends = [(message, *spend) for message in messages for spend in zip(_spent(message), message.signed, strict=True)]
    for (message, (seq, member), signed), cause in zip(spends, rows.next_cause_ids(len(spends)), strict=True):
        company, pool = world.company(member), world.pool(member)
        key, lot = f"{message.terminal}/{message.epoch}/{seq}", lot_of(message.terminal, message.epoch, seq)
        here, credit = escrow(message, member).id, accounts.redeemed(company=company, pool=pool).id
        causes.append((cause, key, "points_spent", company, f"terminal:{message.terminal}", at, at, "", ""))
        transfers.append((cause, 0, "spent", here, credit, world.SPENT, pool, lot))
        place = (message.terminal, message.epoch, seq, "points_spent")
        sealed = (signed.payload, signed.signature, signed.key_id, entry_hash(signed.payload).hex())
        kept.append((*place, *sealed, at, "posted", "", company))
        told = (_REWARD, world.SPENT, hand_in_code(lot))
        redeemed.append((key, world.member(member), pool, *told, company, at))
        taken.append((here, lot, world.SPENT))
    inserted = (
        (rows.CAUSES, causes),
        (rows.TRANSFERS, transfers),
        (redemptions.TABLE, redeemed),
        (ENTRIES, kept),
    )
    return Rows(inserted, taken)


def _spent(message: Message) -> Iterator[tuple[int, int]]:
    """Sequence and member of every spend."""
    return zip(range(message.first_seq, message.first_seq + len(message.members)), message.members, strict=True)
