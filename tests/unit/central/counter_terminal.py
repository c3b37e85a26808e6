"""A counter terminal with a real journal, whose entries go to the desk of a test when it is told to."""

from __future__ import annotations

from pathlib import Path

from backend_bridge.central.desk import rules as desk_rules
from backend_bridge.central.fleet.models import Terminal
from backend_bridge.central.instants import from_ms
from firmware.journal.holdings import Holdings
from firmware.journal.journal import EntryKey, Journal
from firmware.journal.notes import Notes
from firmware.runtime.clocks import KnownTime
from firmware.runtime.contact import Contact
from firmware.runtime.recorder import Recorder
from firmware.runtime.seller import Seller
from loyalty import rules
from loyalty.entries import Body, ReceiptSold
from loyalty.evaluation.case import CashTender, PointsTender, Tender
from loyalty.receipts.receipt import Line
from loyalty.reversal.request import ReversalRequest, ReverseLine
from loyalty.reversal.result import Reversal
from loyalty.rules import RulesBundle
from loyalty.wire import codec
from loyalty.wire.messages import Ack, Answer, Grant, JournalBatch, Recall, TimeIs
from tests.unit.central.lab import BREAD, Lab, PaperTerminal, Sent, member, points_wanted, taken, terminal_key


class LabClock:
    """The test's clock, as a machine's."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab

    def wall_ms(self) -> int:
        """Right."""
        return self._lab.now_ms

    def monotonic_ms(self) -> int:
        """Since a start long ago."""
        return self._lab.now_ms - 1_000_000

    def boot_id(self) -> str:
        """One boot."""
        return "boot"


class CounterTerminal:
    """Sells and takes back by itself; `upload` is the only time at which it is online."""

    def __init__(self, lab: Lab, path: Path, terminal: str = "molen-1") -> None:
        self.lab = lab
        self.terminal = terminal
        self.time = KnownTime(LabClock(lab))
        self.journal = Journal(path / f"{terminal}.sqlite3", terminal=terminal, key=terminal_key(terminal))
        if not self.journal.has_begun:
            self.journal.begin(epoch=1, clock=self.time.evidence(), software="test")
        self.holdings = Holdings(self.journal.database)
        self.contact = Contact(self.time, Notes(self.journal.database), ask=lambda: "time")
        self.seller = Seller(journal=self.journal, holdings=self.holdings, time=self.time, contact=self.contact)
        self.rules = self.fetch_rules()
        self.hear_the_time()
        self.upload()

    def hear_the_time(self) -> None:
        """The central system says what time it is, and that these rules are in force."""
        self.contact.link_up()
        told = Answer(request="time", central_ms=self.lab.now_ms, result=TimeIs(rules=self.rules.version))
        self.contact.answered(told, self.rules)

    def fetch_rules(self) -> RulesBundle:
        """The rules that are in force now."""
        branch = Terminal.objects.select_related("branch__company").get(pk=self.terminal).branch
        published = desk_rules.publish(branch, at=from_ms(self.lab.now_ms))
        return rules.decode(bytes(published.data), sha256=published.sha256)

    def upload(self) -> list[Sent]:
        """Send everything that is not acknowledged, and take the acknowledgement."""
        entries = self.journal.unacknowledged(after=-1, limit=64)
        payload = codec.encode_up(JournalBatch(epoch=self.journal.epoch, entries=entries))
        sent = self.lab.send(self.terminal, "up/journal", payload)
        for one in sent:
            if isinstance(one.message, Ack) and one.terminal == self.terminal:
                self.journal.acknowledge(seq=one.message.seq, head=one.message.head)
        return sent

    def fetch(self, name: str, points: int, pool: str = BREAD) -> None:
        """Get rights to points while there is a connection."""
        paper = PaperTerminal(self.terminal, epoch=self.journal.epoch, begun=False)
        [sent] = self.lab.ask(paper, points_wanted(name, points, pool=pool))
        assert isinstance(sent.message, Grant), sent
        self.write(taken(sent.message))
        self.upload()

    def sell(self, *lines: Line, who: str | None = "anna", points: int | None = None, pool: str = BREAD) -> ReceiptSold:
        """Sell for cash, with points first where a number is named."""
        tenders: tuple[Tender, ...] = (CashTender(),)
        if points is not None:
            tenders = (PointsTender(pool=pool, points=points), CashTender())
        return self.seller.sell(self.rules, lines, member=None if who is None else member(who), tenders=tenders)

    def take_back(self, receipt: str, *parts: ReverseLine) -> Reversal:
        """Reverse these lines, or everything that is left."""
        return self.seller.reverse(self.rules, receipt, ReversalRequest(lines=parts or None))

    def recalled(self, recall: Recall) -> None:
        """Do what a recall wants."""
        recorder = Recorder(
            journal=self.journal, holdings=self.holdings, time=self.time, contact=self.contact, fresh_id=lambda: "id"
        )
        recorder.answer_recall(recall, self.rules)

    def held(self, name: str, pool: str = BREAD) -> int:
        """What this terminal holds of a customer's points."""
        return sum(right.points for right in self.holdings.rights(member(name)) if right.pool == pool)

    def write(self, body: Body) -> None:
        """Write an entry by hand, honest or not."""

        def made(_key: EntryKey) -> Body:
            return body

        self.journal.append(made, clock=self.time.evidence(), rules=self.rules.version)
