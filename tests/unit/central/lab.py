"""A central system on a real database, and terminals that exist only as keys and journals."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import msgspec
from django.conf import settings

from backend_bridge.central.customers.models import Customer
from backend_bridge.central.data_dir import DataDir
from backend_bridge.central.demo_data import demo_cards, demo_coupons
from backend_bridge.central.desk.desk import Desk
from backend_bridge.central.fleet.models import EpochHead, Incident
from backend_bridge.central.instants import from_ms
from backend_bridge.central.ledger import balances
from backend_bridge.link.outgoing import Outgoing
from loyalty import entries
from loyalty.cards import card_token
from loyalty.coupon import read
from loyalty.entries import Body, ClockEvidence, Entry, EpochBegun
from loyalty.rights import LotRight, LotSpend
from loyalty.signing import Signed, SigningKey
from loyalty.wire import codec
from loyalty.wire.messages import (
    Ask,
    BalanceWanted,
    CouponWanted,
    DownMessage,
    Grant,
    JournalBatch,
    PointsWanted,
)
from tests.unit.central import databases

NOW_MS = 1_772_445_600_000  # Monday 2 March 2026, 10:00 UTC
CARD_KEY = bytes(range(32))
CENTRAL = SigningKey(bytes([7]) * 32)
BREAD, NETWORK = "bread-points", "network-points"
TERMINALS = {"molen-1": "utrecht-centraal", "molen-2": "utrecht-centraal", "zuid-1": "zuid", "kaple-1": "kaple"}


def terminal_key(terminal: str) -> SigningKey:
    """The key that the terminal of this name signs with."""
    return SigningKey(terminal.encode().ljust(32, b"\0"))


class PaperTerminal:
    """A terminal's journal: what it writes is signed and chained as a real one's is."""

    def __init__(self, terminal: str, *, epoch: int = 1, begun: bool = True) -> None:
        self.terminal = terminal
        self.epoch = epoch
        self.key = terminal_key(terminal)
        self.journal: list[Signed] = []
        if begun:
            self.write(EpochBegun("1.0"))

    def write(self, body: Body, **changes: Any) -> Signed:
        """Append an entry; `changes` replaces fields of it, for entries that should not be."""
        seq = len(self.journal)
        prev = entries.entry_hash(self.journal[-1].payload) if self.journal else entries.GENESIS
        entry = Entry(
            v=entries.ENTRY_VERSION,
            terminal=self.terminal,
            epoch=self.epoch,
            seq=seq,
            key_id=self.key.key_id,
            prev=prev,
            clock=ClockEvidence(wall_ms=NOW_MS, monotonic_ms=seq, boot_id="b"),
            rules="r",
            body=body,
        )
        signed = entries.seal(msgspec.structs.replace(entry, **changes), self.key)
        self.journal.append(signed)
        return signed

    def batch(self, start: int = 0, stop: int | None = None) -> bytes:
        """The entries from `start` as a message."""
        return codec.encode_up(JournalBatch(epoch=self.epoch, entries=tuple(self.journal[start:stop])))


class Sent(msgspec.Struct, frozen=True):
    """What the desk sent, opened."""

    terminal: str
    channel: str
    message: DownMessage
    retain: bool


class Lab:
    """The desk with a clock that a test turns, and the demonstration's customers."""

    def __init__(self, *, first_id: int = 1) -> None:
        numbers = itertools.count(first_id)
        self.now_ms = NOW_MS
        self.desk = Desk(CENTRAL, new_id=lambda: f"{next(numbers):032x}")
        self._requests = itertools.count(1)

    def send(self, terminal: str, channel: str, payload: bytes) -> list[Sent]:
        """Hand the desk a message; what it sends, with the signatures checked."""
        return opened(self.desk.handle(terminal=terminal, channel=channel, payload=payload, now_ms=self.now_ms))

    def due(self) -> list[Sent]:
        """What the desk sends because time has passed."""
        return opened(self.desk.due(now_ms=self.now_ms))

    def upload(self, paper: PaperTerminal, start: int = 0, stop: int | None = None) -> list[Sent]:
        """Send a part of a terminal's journal."""
        return self.send(paper.terminal, "up/journal", paper.batch(start, stop))

    def ask(
        self,
        paper: PaperTerminal,
        want: BalanceWanted | PointsWanted | CouponWanted,
        *,
        request: str | None = None,
        wait_ms: int = 5000,
    ) -> list[Sent]:
        """Ask for `want`; a new request unless one is named. A terminal's journal goes before its questions."""
        if paper.journal and not EpochHead.objects.filter(terminal=paper.terminal, epoch=paper.epoch).exists():
            self.upload(paper, 0, 1)
        ask = Ask(
            request=request or f"request-{next(self._requests)}",
            epoch=paper.epoch,
            deadline_ms=self.now_ms + wait_ms,
            want=want,
        )
        return self.send(paper.terminal, "up/ask", codec.encode_up(ask))

    def grant(self, paper: PaperTerminal, want: PointsWanted | CouponWanted, *, take: bool = True) -> Grant:
        """Ask, get the grant, and journal it as taken unless told otherwise."""
        [sent] = self.ask(paper, want)
        assert isinstance(sent.message, Grant), sent
        if take:
            paper.write(taken(sent.message))
            self.upload(paper)
        return sent.message


def opened(sent: list[Outgoing]) -> list[Sent]:
    """`sent` with every signature checked."""
    return [
        Sent(one.terminal, one.channel, codec.open_down(one.payload, public=CENTRAL.public), one.retain) for one in sent
    ]


def taken(grant: Grant) -> entries.GrantTaken:
    """The entry by which a terminal journals `grant`."""
    return entries.GrantTaken(
        grant=grant.grant,
        request=grant.request,
        member=grant.member,
        lots=grant.lots,
        coupon=None if grant.coupon is None else grant.coupon.coupon,
        unlocked=grant.unlocked,
    )


def spent(lots: tuple[LotRight, ...], *, company: str = "de-molen") -> entries.PointsSpent:
    """A spend of all of `lots`."""
    return entries.PointsSpent(
        spend="s",
        member=lots[0].member,
        pool=lots[0].pool,
        lots=tuple(LotSpend(lot.lot, lot.points) for lot in lots),
        reward="free-coffee",
        company=company,
        code="ABCDEFG",
    )


def returned(lots: tuple[LotRight, ...]) -> entries.RightsReturned:
    """A return of all of `lots`."""
    spends = tuple(LotSpend(lot.lot, lot.points) for lot in lots)
    return entries.RightsReturned(member=lots[0].member, pool=lots[0].pool, lots=spends)


def card(name: str) -> str:
    """The token of a demonstration card."""
    return card_token(bytes.fromhex(demo_cards()[name].uid), CARD_KEY)


def member(name: str) -> str:
    """The id of a demonstration customer, by username."""
    return Customer.objects.get(username=name).pk


def points_wanted(name: str, points: int, *, pool: str = BREAD) -> PointsWanted:
    """`points` for the bearer of a demonstration card."""
    return PointsWanted(card=card(name), member=member(name), pool=pool, points=points)


def coupon_wanted(name: str, coupon: str) -> CouponWanted:
    """The home of a coupon, for the bearer of a demonstration card."""
    return CouponWanted(card=card(name), member=member(name), coupon=coupon)


def coupon_id(name: str) -> str:
    """The id of a demonstration coupon."""
    text = demo_coupons(settings.DATA)[name].text
    public = DataDir(settings.DATA).coupon_key(company="de-molen", number=1).public
    return read(text, {(1, 1): public}).coupon_id


def balance(name: str, pool: str = BREAD) -> int:
    """A customer's points, main account and escrows together."""
    return balances.total(member=member(name), pool=pool, at=from_ms(NOW_MS))


def main_points(name: str, pool: str = BREAD) -> int:
    """A customer's points in the main account."""
    return sum(one.points for one in balances.main_rights(member=member(name), pool=pool, at=from_ms(NOW_MS)))


def incidents() -> list[str]:
    """The kinds of all incidents, in order."""
    return list(Incident.objects.order_by("pk").values_list("kind", flat=True))


def fresh_database(template: Path) -> None:
    """Put what `template` keeps in the place of what is in this process's database, and its keys likewise."""
    databases.in_use().restore(template)
    databases.restore_keys()
