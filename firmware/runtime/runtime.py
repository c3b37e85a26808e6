"""The runtime of a terminal: events go into the state machine, its effects are carried out.

One thread, no waiting: `take` does what one event wants and returns, `due` does what time wants.
Threads, queues and windows are around it, so that a simulator can run the same code.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace

from firmware.hal import events as hal
from firmware.hal.ports import CodeScanner
from firmware.journal.errors import CannotRecord, JournalError, NotConfirmed
from firmware.journal.holdings import Holdings
from firmware.journal.journal import Journal
from firmware.journal.notes import Notes
from firmware.runtime.alarms import Alarms
from firmware.runtime.clocks import KnownTime
from firmware.runtime.contact import Contact
from firmware.runtime.epochs import Epochs, Journals
from firmware.runtime.recorder import Recorder
from firmware.terminal import effects as ef
from firmware.terminal import events as ev
from firmware.terminal.errors import IllegalEvent
from firmware.terminal.machine import handle
from firmware.terminal.model import RESTING, State, Terminal
from firmware.terminal.step import ANSWER_MS, Moment
from loyalty.cards import card_token
from loyalty.errors import NotEnoughRights
from loyalty.wire.codec import encode_up
from loyalty.wire.link import LinkDown, LinkEvent, LinkUp, RulesArrived, TerminalLink
from loyalty.wire.messages import (
    Ack,
    Answer,
    Ask,
    Balance,
    BalanceWanted,
    CouponWanted,
    Grant,
    PointsWanted,
    Recall,
    Refused,
    TimeIs,
    TimeWanted,
)

log = logging.getLogger(__name__)

Input = hal.HalEvent | LinkEvent | ev.Event
#: A card that proved nothing but its number (other trust levels come with other cards).
UID_TRUST = "uid"


#: What the machine is told when a timer has run out.
_TOLD: dict[ef.Timer, ev.Event] = {
    ef.Timer.ANSWER: ev.AnswerOverdue(),
    ef.Timer.SLOW: ev.AnswerSlow(),
    ef.Timer.VISIT: ev.VisitExpired(),
}


@dataclass(frozen=True, kw_only=True)
class Parts:
    """What a runtime works with."""

    journal: Journal
    holdings: Holdings
    link: TerminalLink
    scanner: CodeScanner
    time: KnownTime
    card_key: bytes
    fresh_id: Callable[[], str]
    #: What is done with the disk when an epoch ends; None: nothing, the journal just stops.
    epochs: Epochs | None = None
    #: Why the journal's epoch began in this start (None: it goes on).
    began: str | None = None


class Runtime:
    """One running terminal; `terminal` is what a screen shows."""

    def __init__(self, parts: Parts, *, terminal: Terminal) -> None:
        self.terminal = terminal
        self._parts = parts
        self._alarms = Alarms(parts.link, wall_ms=parts.time.wall_ms)
        self._journals = Journals(
            parts.journal,
            parts.link,
            alarms=self._alarms,
            epochs=parts.epochs,
            fresh_id=parts.fresh_id,
            begun=self._go_on_with,
        )
        if parts.began not in (None, "first"):
            self._alarms.ring("epoch_begun", about=str(parts.journal.epoch), detail={"reason": parts.began})
        self._use(parts)
        self._timers: dict[ef.Timer, int] = {}
        self._pending: deque[ev.Event] = deque()
        self._remember: Balance | None = None

    def _use(self, parts: Parts) -> None:
        self._parts = parts
        self._contact = Contact(parts.time, Notes(parts.journal.database), ask=self._ask_time)
        self._recorder = Recorder(
            journal=parts.journal,
            holdings=parts.holdings,
            time=parts.time,
            contact=self._contact,
            fresh_id=parts.fresh_id,
        )

    def _go_on_with(self, journal: Journal) -> None:
        """A new epoch has begun: everything that is written and read from now on is its own."""
        self._remember = None
        self._use(replace(self._parts, journal=journal, holdings=Holdings(journal.database)))
        if self.terminal.devices.link:
            self._contact.link_up()

    @property
    def journal(self) -> Journal:
        """The journal in use."""
        return self._parts.journal

    # --- what comes in ------------------------------------------------------------------------

    def take(self, item: Input) -> None:
        """One event from a device, the link or the screen."""
        match item:
            case hal.CardArrived():
                token = card_token(item.uid, self._parts.card_key)
                self._feed(ev.CardLaid(token, UID_TRUST))
            case hal.CardLeft():
                self._feed(ev.CardTaken())
            case hal.CodeSeen():
                self._feed(ev.CodeRead(item.text))
            case hal.ReaderLost():
                log.warning("card reader lost: %s", item.reason)
                self._feed(ev.ReaderFailed())
            case hal.ReaderReady():
                self._feed(ev.ReaderWorks())
            case hal.CameraLost():
                log.warning("camera lost: %s", item.reason)
                self._feed(ev.CameraFailed())
            case hal.CameraReady():
                self._feed(ev.CameraWorks())
            case LinkUp() | LinkDown() | RulesArrived() | Answer() | Grant() | Recall() | Ack():
                self._take_link(item)
            case _:
                self._feed(item)

    def due(self) -> None:
        """Let the timers that have run out fire, and send again what was not acknowledged."""
        now_ms = self._parts.time.monotonic_ms()
        for timer in sorted(self._timers, key=lambda one: self._timers[one]):
            # Looked up anew: what one timer does may have cleared another, or begun it again.
            at_ms = self._timers.get(timer)
            if at_ms is not None and at_ms <= now_ms:
                del self._timers[timer]
                self._feed(_TOLD[timer])
        self._journals.due(now_ms=now_ms)
        self._contact.due()

    def after_show(self) -> None:
        """What can wait until the customer has seen the screen: keep the last word on a balance, and the time."""
        balance, self._remember = self._remember, None
        if balance is not None:
            try:
                self._parts.holdings.remember(balance)
            except JournalError as error:
                log.warning("a balance could not be kept: %s", error)
        self._contact.keep()
        if self.terminal.state in RESTING:
            time = self._parts.time
            known_ms = None if time.now() is None else time.earliest_ms()
            self._journals.idle(now_ms=time.monotonic_ms(), known_ms=known_ms)

    # --- the link -----------------------------------------------------------------------------

    def _take_link(self, item: LinkEvent) -> None:
        match item:
            case LinkUp():
                self._feed(ev.LinkCameUp())
                self._return_what_is_idle()
                self._journals.link_up(now_ms=self._parts.time.monotonic_ms())
                self._contact.link_up()
            case LinkDown():
                log.info("link down: %s", item.reason)
                self._journals.link_down()
                self._contact.link_down()
                self._feed(ev.LinkWentDown())
            case RulesArrived():
                self._feed(ev.RulesChanged(item.bundle))
                self._contact.rules_came()
            case Answer():
                self._contact.answered(item, self.terminal.rules)
                self._feed_answer(item)
            case Grant():
                self._parts.time.at_least(item.central_ms)
                self._take_grant(item)
            case Recall():
                self._answer_recall(item)
            case Ack():
                self._parts.time.at_least(item.central_ms)
                self._acknowledge(item)

    def _feed_answer(self, answer: Answer) -> None:
        result = answer.result
        if isinstance(result, Refused):
            visit = self.terminal.visit
            if visit is not None and visit.request == answer.request and result.reason != "late":
                self._forget(visit.card)
            self._feed(ev.RequestRefused(answer.request, result.reason, result.at_ms, result.points))
            return
        rules = self.terminal.rules
        if rules is None or isinstance(result, TimeIs):
            return
        # Kept in the database only after it has been shown: the customer does not wait for the disk.
        self._remember = result
        view = self._recorder.view(result.member, rules, fresh=True, known=result)
        self._feed(ev.BalanceKnown(answer.request, result.card, view))

    def _forget(self, card: str) -> None:
        try:
            self._parts.holdings.forget(card)
        except JournalError as error:
            log.warning("a balance could not be forgotten: %s", error)

    def _take_grant(self, grant: Grant) -> None:
        rules = self.terminal.rules
        if rules is None or grant.epoch != self._parts.journal.epoch:
            log.warning("grant %s is for another epoch, or came before the rules", grant.grant)
            return
        if grant.generation < self._parts.journal.generation:
            # A central system that was restored does not know it; what it granted before is lost with it.
            log.warning("grant %s is of an older generation", grant.grant)
            return
        self.after_show()
        try:
            arrived = self._recorder.take_grant(grant, rules)
        except (JournalError, NotEnoughRights) as error:
            log.error("a grant could not be recorded: %s", error)
            self._journals.tell_trouble()
            if isinstance(error, CannotRecord):
                # It is sent again until it is journaled. Who waits for it is told now, and why.
                reason = "not_confirmed" if isinstance(error, NotConfirmed) else "cannot_record"
                self._feed(ev.RequestRefused(grant.request, reason))
            return
        if arrived is not None:
            self._written()
            self._feed(arrived)

    def _answer_recall(self, recall: Recall) -> None:
        rules, visit = self.terminal.rules, self.terminal.visit
        if rules is None or recall.epoch != self._parts.journal.epoch:
            return
        needed = (
            visit is not None
            and visit.balance is not None
            and visit.balance.member == recall.member
            and self.terminal.state in (State.REDEEMING, State.REGISTERING, State.CONFIRMING)
        )
        if not needed:
            self._record(lambda: self._recorder.answer_recall(recall, rules))
            self._look_again(recall.member)

    def _acknowledge(self, ack: Ack) -> None:
        waited = not self._parts.journal.standing.confirmed
        try:
            self._journals.acknowledged(ack, now_ms=self._parts.time.monotonic_ms())
        except JournalError as error:
            # It is sent again, and acknowledged again, until there is space to note it.
            log.error("an acknowledgement could not be noted: %s", error)
        if waited and self._parts.journal.standing.confirmed:
            self._return_what_is_idle()

    def _return_what_is_idle(self) -> None:
        served = self.terminal.visit.balance if self.terminal.visit is not None else None
        for member in self._parts.holdings.members():
            if served is None or served.member != member:
                self._return_rights(member)

    def _return_rights(self, member: str) -> None:
        rules = self.terminal.rules
        # Without a connection it stays here, where it may be of use.
        if rules is not None and self.terminal.devices.link and self._parts.journal.standing.confirmed:
            self._record(lambda: self._recorder.return_rights(member, rules))
            self._look_again(member)

    def _look_again(self, member: str) -> None:
        """Rights left while `member` is being served: the screen shows what is still here."""
        rules, visit = self.terminal.rules, self.terminal.visit
        if rules is None or visit is None or visit.balance is None or visit.balance.member != member:
            return
        view = self._recorder.view(member, rules, fresh=visit.balance.fresh)
        self._feed(ev.BalanceKnown(None, visit.card, view))

    def _record(self, write: Callable[[], None]) -> None:
        try:
            write()
        except JournalError as error:
            log.error("rights could not be returned: %s", error)
        self._written()

    def _written(self) -> None:
        self._journals.tell_trouble()
        self._journals.written(now_ms=self._parts.time.monotonic_ms())

    # --- the machine --------------------------------------------------------------------------

    def _feed(self, event: ev.Event) -> None:
        self._pending.append(event)
        if len(self._pending) > 1:
            return  # An effect of an event that is being handled: its turn comes after it.
        while self._pending:
            self._step(self._pending[0])
            self._pending.popleft()

    def _step(self, event: ev.Event) -> None:
        time = self._parts.time
        moment = Moment(
            at_ms=time.central_ms(),
            fresh_id=self._parts.fresh_id(),
            monotonic_ms=time.monotonic_ms(),
            earliest_ms=time.earliest_ms(),
        )
        try:
            step = handle(self.terminal, event, moment)
        except IllegalEvent:
            # Our own mistake; the terminal goes on as it was.
            log.exception("event dropped")
            return
        self.terminal = step.terminal
        for effect in step.effects:
            self._carry_out(effect)

    def _carry_out(self, effect: ef.Effect) -> None:
        match effect:
            case ef.SetTimer():
                self._timers[effect.timer] = self._parts.time.monotonic_ms() + effect.after_ms
            case ef.ClearTimer():
                self._timers.pop(effect.timer, None)
            case ef.WakeScanner():
                self._parts.scanner.wake()
            case ef.SleepScanner():
                self._parts.scanner.sleep()
            case ef.LoadBalance():
                self._load_balance(effect.card)
            case ef.AskBalance() | ef.AskPoints() | ef.AskCoupon():
                self._ask(effect)
            case ef.RecordSpend() | ef.RecordRegistration() | ef.RecordNote():
                self._record_wanted(effect)
            case ef.ReturnRights():
                self._return_rights(effect.member)

    def _load_balance(self, card: str) -> None:
        rules = self.terminal.rules
        known = self._parts.holdings.known(card=card)
        if rules is None or known is None:
            self._feed(ev.BalanceUnknown(card))
            return
        view = self._recorder.view(known.member, rules, fresh=False)
        self._feed(ev.BalanceKnown(None, card, view))

    def _ask(self, effect: ef.AskBalance | ef.AskPoints | ef.AskCoupon) -> None:
        want: BalanceWanted | PointsWanted | CouponWanted
        match effect:
            case ef.AskBalance():
                want = BalanceWanted(effect.card)
            case ef.AskPoints():
                want = PointsWanted(card=effect.card, member=effect.member, pool=effect.pool, points=effect.points)
            case ef.AskCoupon():
                want = CouponWanted(card=effect.card, member=effect.member, coupon=effect.coupon)
        if self._send_ask(effect.request, want):
            self._contact.asked(effect.request)
        else:
            self._feed(ev.LinkWentDown())

    def _ask_time(self) -> str | None:
        request = self._parts.fresh_id()
        return request if self._send_ask(request, TimeWanted()) else None

    def _send_ask(self, request: str, want: BalanceWanted | PointsWanted | CouponWanted | TimeWanted) -> bool:
        ask = Ask(
            request=request,
            epoch=self._parts.journal.epoch,
            deadline_ms=self._parts.time.central_ms() + ANSWER_MS,
            want=want,
        )
        return self._parts.link.send("up/ask", encode_up(ask))

    def _record_wanted(self, effect: ef.RecordSpend | ef.RecordRegistration | ef.RecordNote) -> None:
        rules = self.terminal.rules
        if rules is None:
            self._feed(ev.RecordRefused("other"))
            return
        self.after_show()
        match effect:
            case ef.RecordSpend():
                recorded = self._recorder.spend(effect, rules)
            case ef.RecordRegistration():
                recorded = self._recorder.register(effect, rules)
            case ef.RecordNote():
                recorded = self._recorder.note(effect, rules)
        self._written()
        self._feed(recorded)
