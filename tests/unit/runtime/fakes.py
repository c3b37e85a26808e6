"""Stateful stand-ins for a terminal's ports, and a rig that runs the real runtime on a real journal."""

from __future__ import annotations

import json
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self, TypeVar

from firmware.hal.events import CardArrived, CardLeft, ReaderReady
from firmware.hal.ports import Emit
from firmware.journal.holdings import Holdings
from firmware.journal.journal import Journal
from firmware.runtime.clocks import KnownTime
from firmware.runtime.epochs import Epochs
from firmware.runtime.runtime import Parts, Runtime
from firmware.terminal.events import RulesChanged
from firmware.terminal.model import Refusal, State, Terminal
from loyalty.cards import card_token
from loyalty.entries import Body, Entry, entry_hash, open_sealed
from loyalty.rights import LotRight
from loyalty.rules import RulesBundle
from loyalty.wire.codec import decode_up
from loyalty.wire.link import EmitLink, LinkDown, LinkUp
from loyalty.wire.messages import (
    Ack,
    Answer,
    Ask,
    Balance,
    CouponRight,
    Grant,
    JournalBatch,
    PoolBalance,
    Recall,
    Refused,
    TimeIs,
    TimeWanted,
    UpMessage,
)
from tests.unit.loyalty.samples import KEY, MEMBER, NOON_MS, POOL, TERMINAL, bundle

Sent = TypeVar("Sent", bound=UpMessage)
BodyKind = TypeVar("BodyKind", bound=Body)

CARD_KEY = b"card key of the programme, 32 b."
ANNAS_UID = bytes.fromhex("04a1b2c3d4e5f6")
BERTS_UID = bytes.fromhex("04ffeeddccbbaa")


@dataclass
class FakeClock:
    """Clocks that stand still until somebody moves them; the wall clock can be set, too."""

    wall: int = NOON_MS
    monotonic: int = 10_000
    boot: str = "boot-1"

    def wall_ms(self) -> int:
        return self.wall

    def monotonic_ms(self) -> int:
        return self.monotonic

    def boot_id(self) -> str:
        return self.boot

    def go_on(self, milliseconds: int) -> None:
        """Time goes by on both clocks."""
        self.wall += milliseconds
        self.monotonic += milliseconds


@dataclass
class FakeScanner:
    """A scanner that is awake or asleep."""

    awake: bool = False

    def start(self, emit: Emit) -> None: ...

    def wake(self) -> None:
        self.awake = True

    def sleep(self) -> None:
        self.awake = False

    def stop(self) -> None: ...


@dataclass
class FakeLink:
    """A link that keeps what was sent while it was up."""

    up: bool = False
    sent: list[UpMessage] = field(default_factory=list)
    alarms: list[dict[str, Any]] = field(default_factory=list)

    def start(self, emit: EmitLink) -> None: ...

    def send(self, channel: str, payload: bytes) -> bool:
        if not self.up:
            return False
        if channel == "up/alarm":
            self.alarms.append(json.loads(payload))
            return True
        message = decode_up(payload)
        assert channel == ("up/ask" if isinstance(message, Ask) else "up/journal")
        self.sent.append(message)
        return True

    def stop(self) -> None: ...

    def all(self, kind: type[Sent]) -> list[Sent]:
        """Every message of one kind, in the order of sending."""
        return [message for message in self.sent if isinstance(message, kind)]


@contextmanager
def full_disk() -> Iterator[None]:
    """While this lasts, no file of this process can grow or be written."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


class Rig:
    """A terminal's runtime, its journal in `directory`, and the hands and the central system around it."""

    def __init__(
        self,
        directory: Path,
        *,
        rules: RulesBundle | None = None,
        clock: FakeClock | None = None,
        rtc: bool = False,
        journal: Journal | None = None,
        epochs: Epochs | None = None,
        began: str | None = None,
    ) -> None:
        self.clock, self.scanner, self.link = clock or FakeClock(), FakeScanner(), FakeLink()
        self.time = KnownTime(self.clock, rtc=rtc)
        self.journal = journal or Journal(directory / "journal.sqlite3", terminal=TERMINAL, key=KEY)
        if not self.journal.has_begun:
            self.journal.begin(epoch=1, clock=self.time.evidence(), software="1.0")
        self.holdings = Holdings(self.journal.database)
        self._ids = 0
        parts = Parts(
            journal=self.journal,
            holdings=self.holdings,
            link=self.link,
            scanner=self.scanner,
            time=self.time,
            card_key=CARD_KEY,
            fresh_id=self._fresh_id,
            epochs=epochs,
            began=began,
        )
        self.runtime = Runtime(parts, terminal=Terminal())
        self.runtime.take(ReaderReady("PN532"))
        self.runtime.take(RulesChanged(rules if rules is not None else bundle()))

    def _fresh_id(self) -> str:
        self._ids += 1
        return f"id-{self._ids}"

    # --- what is seen -------------------------------------------------------------------------

    @property
    def terminal(self) -> Terminal:
        """What a screen shows."""
        return self.runtime.terminal

    @property
    def state(self) -> State:
        """Where the visit stands."""
        return self.runtime.terminal.state

    def refusal(self) -> Refusal:
        """Why something was refused."""
        outcome = self.terminal.outcome
        assert isinstance(outcome, Refusal), f"nothing is refused: {self.state}, {outcome}"
        return outcome

    def shown(self) -> tuple[int, int, int, int]:
        """Total, held, spendable here and provisional points of the visit's customer."""
        visit = self.terminal.visit
        assert visit is not None
        assert visit.balance is not None
        view = visit.balance.pool(POOL)
        return view.total, view.held, view.spendable_here, view.provisional

    def held(self, member: str = MEMBER) -> int:
        """The points that the journal holds for a member."""
        return sum(right.points for right in self.holdings.rights(member))

    def bodies(self, kind: type[BodyKind]) -> list[BodyKind]:
        """The bodies of one kind in the journal."""
        return [entry.body for entry in self.entries() if isinstance(entry.body, kind)]

    def entries(self) -> list[Entry]:
        """The whole journal, verified."""
        return list(self.journal.entries())

    def asked(self) -> Ask:
        """The last question but for the time."""
        return [ask for ask in self.link.all(Ask) if not isinstance(ask.want, TimeWanted)][-1]

    def batches(self) -> list[list[int]]:
        """The sequence numbers in each batch that was sent."""
        return [
            [open_sealed(one, public=KEY.public).seq for one in batch.entries] for batch in self.link.all(JournalBatch)
        ]

    # --- what happens -------------------------------------------------------------------------

    def connect(self, *, answered: bool = True) -> Self:
        """The link comes up; the central system tells the time (`answered`), and that these rules are in force."""
        self.link.up = True
        self.runtime.take(LinkUp())
        if answered:
            self.tell_time()
        return self

    def disconnect(self) -> Self:
        """The link goes down."""
        self.link.up = False
        self.runtime.take(LinkDown("cable pulled"))
        return self

    def after(self, milliseconds: int) -> Self:
        """Time goes by, and what is due happens."""
        self.clock.go_on(milliseconds)
        self.runtime.due()
        return self

    def anna_comes(self, total: int | None = None) -> Self:
        """Anna lays her card on; the central system says what she has, and the screen shows it."""
        self.runtime.take(CardArrived(ANNAS_UID, "ntag"))
        if total is not None:
            self.tell_balance(total)
        self.runtime.after_show()
        return self

    def leaves(self, uid: bytes = ANNAS_UID) -> Self:
        """The card is taken off, long after it was laid on."""
        self.clock.go_on(3_000)
        self.runtime.take(CardLeft(uid))
        self.runtime.after_show()
        return self

    # --- the central system -------------------------------------------------------------------

    def tell_balance(
        self, total: int, *, applied_seq: int | None = None, member: str = MEMBER, keep: int | None = None
    ) -> None:
        """Answer the last question with a balance, and with how much is kept here."""
        ask = self.asked()
        told = Balance(
            card=getattr(ask.want, "card", ""),
            member=member,
            pools=(PoolBalance(pool=POOL, total=total, keep=keep),),
            at_ms=self.clock.wall,
            applied_seq=self.journal.head[0] if applied_seq is None else applied_seq,
        )
        self.runtime.take(Answer(request=ask.request, central_ms=self.clock.wall, result=told))

    def tell_time(self, *, ahead_ms: int = 0, rules: str = "rules-1") -> None:
        """Answer the last question for the time: the central clock is `ahead_ms` of this machine's."""
        ask = [ask for ask in self.link.all(Ask) if isinstance(ask.want, TimeWanted)][-1]
        told = TimeIs(rules=rules)
        self.runtime.take(Answer(request=ask.request, central_ms=self.clock.wall + ahead_ms, result=told))
        self.runtime.after_show()

    def refuse(self, reason: str, *, at_ms: int | None = None) -> None:
        """Answer the last question with a refusal."""
        refused = Refused(reason=reason, at_ms=at_ms)
        self.runtime.take(Answer(request=self.asked().request, central_ms=self.clock.wall, result=refused))

    def grant(
        self,
        name: str,
        *lots: LotRight,
        request: str | None = None,
        member: str = MEMBER,
        epoch: int = 1,
        coupon: CouponRight | None = None,
        unlocked: bool = True,
    ) -> Grant:
        """Give rights, for the last question or another."""
        given = Grant(
            grant=name,
            request=self.asked().request if request is None else request,
            terminal=TERMINAL,
            epoch=epoch,
            member=member,
            central_ms=self.clock.wall,
            lots=lots,
            coupon=coupon,
            unlocked=unlocked,
        )
        self.runtime.take(given)
        return given

    def recall(self, points: int, *, coupon: str | None = None, member: str = MEMBER, epoch: int = 1) -> None:
        """Want rights back."""
        self.runtime.take(
            Recall(recall="rc", terminal=TERMINAL, epoch=epoch, member=member, pool=POOL, points=points, coupon=coupon)
        )

    def ack(self, seq: int, *, head: bytes | None = None, epoch: int = 1) -> None:
        """Say that all up to `seq` is applied."""
        if head is None:
            rows = self.journal.database.execute("SELECT payload FROM entry WHERE seq = ?", (seq,))
            head = entry_hash(rows.fetchone()[0])
        self.runtime.take(Ack(terminal=TERMINAL, epoch=epoch, seq=seq, head=head, central_ms=self.clock.wall))


ANNAS_CARD = card_token(ANNAS_UID, CARD_KEY)
