"""The journals of a running terminal: the one in use and the ones that were set aside, all sent up until
they are acknowledged; and what acknowledgements say about them (ADR 0018).

It decides when a journal in use is stopped and a new epoch begins: the central system has closed it, has other
entries in its places, or knows a newer epoch before this one was confirmed. A new epoch has no rights, so
that is always safe, and nobody has to come for it; what the old one held is sorted out at the central system.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Protocol

from firmware.journal.aside import OldJournal
from firmware.journal.checking import IdleCheck, is_damage
from firmware.journal.errors import HeadMismatch, JournalError
from firmware.journal.journal import Journal
from firmware.journal.opening import Start
from firmware.journal.retention import note_day, prune
from firmware.runtime.alarms import Alarms
from firmware.runtime.outbox import Outbox
from loyalty.errors import LoyaltyError
from loyalty.wire.link import TerminalLink
from loyalty.wire.messages import Ack

log = logging.getLogger(__name__)

#: How long to wait before a new epoch is tried to be begun again, where the disk did not let.
AGAIN_MS = 10_000
#: How often entries that were kept long enough are let go, some at a time.
TIDY_EVERY_MS = 600_000


class Epochs(Protocol):
    """What is done with the disk when an epoch ends (`firmware.journal.opening.Epochs`)."""

    def old(self, generation: int) -> tuple[OldJournal, ...]:
        """The journals set aside of which the central system of `generation` may lack something."""

    def begin_again(self, journal: Journal, *, reason: str, above: int) -> Start:
        """Stop `journal`, set it aside, and begin an epoch after `above`. Raises `JournalError`."""


class Journals:
    """See the module. `begun` is called with the journal of a new epoch, before anything is written into it."""

    def __init__(
        self,
        journal: Journal,
        link: TerminalLink,
        *,
        alarms: Alarms,
        epochs: Epochs | None,
        fresh_id: Callable[[], str],
        begun: Callable[[Journal], None],
    ) -> None:
        self.journal = journal
        self._link = link
        self._alarms = alarms
        self._epochs = epochs
        self._fresh_id = fresh_id
        self._begun = begun
        self._outbox = Outbox(journal, link, fresh_id=fresh_id)
        self._old: list[tuple[OldJournal, Outbox]] = []
        self._up = False
        self._check = IdleCheck(journal)
        self._wanted: tuple[str, int] | None = None
        self._tried_ms: int | None = None
        self._tidied_ms: int | None = None

    def link_up(self, *, now_ms: int) -> None:
        """Connected: greet, and send what is not acknowledged, of the old journals too."""
        self._up = True
        self._alarms.link_up()
        self._outbox.link_up(now_ms=now_ms)
        self._take_old(now_ms)

    def link_down(self) -> None:
        """Nothing goes any more."""
        self._up = False
        for outbox in self._outboxes():
            outbox.link_down()
        for old, _ in self._old:
            old.close()
        self._old.clear()

    def written(self, *, now_ms: int) -> None:
        """Something may have been written into the journal in use."""
        self._outbox.written(now_ms=now_ms)

    def due(self, *, now_ms: int) -> None:
        """What time wants: send again, try a disk that failed, and begin the epoch that could not begin."""
        if self._wanted is None and self.journal.standing.stopped:
            self._wanted = (self.journal.standing.stopped, 0)
        if self._wanted is not None and (self._tried_ms is None or now_ms - self._tried_ms >= AGAIN_MS):
            self._begin(*self._wanted, now_ms=now_ms)
        elif self.journal.failing or self.journal.in_doubt:
            self._try_disk(now_ms)
        for outbox in self._outboxes():
            outbox.due(now_ms=now_ms)

    def tell_trouble(self) -> None:
        """Ring for a disk or an anchor that fails, or say that it is over."""
        standing = self.journal.standing
        for alarm, rings in (("cannot_record", self.journal.failing), ("anchor_failed", standing.anchor_failed)):
            if rings:
                self._alarms.ring(alarm)
            else:
                self._alarms.over(alarm)

    def idle(self, *, now_ms: int, known_ms: int | None) -> None:
        """Nobody is being served: look at some more of the journal, and let go what was kept long enough.

        `known_ms` is the time, None where it is not known.
        """
        if self.journal.standing.stopped or self.journal.in_doubt or self.journal.failing:
            return
        try:
            self._check.go_on()
            if known_ms is not None and (self._tidied_ms is None or now_ms - self._tidied_ms >= TIDY_EVERY_MS):
                self._tidied_ms = now_ms
                note_day(self.journal, now_ms=known_ms)
                prune(self.journal, now_ms=known_ms)
        except (JournalError, LoyaltyError) as error:
            if is_damage(error):
                self._alarms.ring("journal_damaged")
                self._end("corrupt", now_ms=now_ms)
            else:
                log.warning("the journal could not be looked after: %s", error)

    def acknowledged(self, ack: Ack, *, now_ms: int) -> None:
        """The central system has spoken about one of the journals. Raises `CannotRecord`: nothing was noted."""
        for old, outbox in list(self._old):
            self._old_acknowledged(old, outbox, ack, now_ms)
        if ack.epoch > self.journal.epoch:
            self._newer_epoch(ack.epoch, now_ms)
        if ack.epoch != self.journal.epoch:
            return
        known = self.journal.generation
        try:
            self._outbox.acknowledged(ack, now_ms=now_ms)
        except HeadMismatch as error:
            # Not confirmed, it was the disk that was put back, and nothing was written since: no fork.
            if self.journal.standing.confirmed:
                self._alarms.ring("fork", about=str(ack.epoch), detail={"seq": ack.seq})
            log.error("%s", error)
            self._end("restored", now_ms=now_ms)
            return
        if self._outbox.lost:
            self._alarms.ring("central_behind", detail={"entries": self._outbox.lost})
        if ack.closed:
            self._end("closed", now_ms=now_ms)
        elif not self.journal.standing.confirmed and self._outbox.answers(ack):
            self.journal.confirm()
            self._outbox.again(now_ms=now_ms)
        if self.journal.generation > known:
            self._take_old(now_ms)

    def _try_disk(self, now_ms: int) -> None:
        if self._tried_ms is not None and now_ms - self._tried_ms < AGAIN_MS:
            return
        self._tried_ms = now_ms
        try:
            self.journal.try_again()
        except JournalError as error:
            if is_damage(error):
                self._alarms.ring("journal_damaged")
                self._end("corrupt", now_ms=now_ms)
        else:
            self._outbox.again(now_ms=now_ms)
        self.tell_trouble()

    def _old_acknowledged(self, old: OldJournal, outbox: Outbox, ack: Ack, now_ms: int) -> None:
        try:
            outbox.acknowledged(ack, now_ms=now_ms)
        except HeadMismatch as error:
            log.error("%s", error)
            self._alarms.ring("fork", about=old.name, detail={"seq": ack.seq})
            self._drop(old)
            return
        self._tell_damage(old)
        if old.is_done:
            self._done(old)

    def _newer_epoch(self, epoch: int, now_ms: int) -> None:
        if self.journal.standing.confirmed:
            self._alarms.ring("superseded", detail={"epoch": epoch})
        else:
            self._end("restored", now_ms=now_ms, above=epoch)

    def _end(self, reason: str, *, now_ms: int, above: int = 0) -> None:
        """The journal in use takes nothing any more; a new epoch begins, now or as soon as the disk lets."""
        try:
            self.journal.stop(reason)
        except JournalError as error:
            log.error("that the journal was stopped could not be noted: %s", error)
        self._begin(reason, above, now_ms=now_ms)

    def _begin(self, reason: str, above: int, *, now_ms: int) -> None:
        self._wanted, self._tried_ms = (reason, above), now_ms
        if self._epochs is None:
            return
        try:
            start = self._epochs.begin_again(self.journal, reason=reason, above=above)
        except JournalError as error:
            log.error("no new epoch could begin: %s", error)
            return
        self._wanted = None
        self._outbox.link_down()
        self.journal = start.journal
        self._outbox = Outbox(self.journal, self._link, fresh_id=self._fresh_id)
        self._check = IdleCheck(self.journal)
        self._alarms.over("journal_damaged")
        self._alarms.ring("epoch_begun", about=str(self.journal.epoch), detail={"reason": start.began})
        self._begun(self.journal)
        if self._up:
            self._outbox.link_up(now_ms=now_ms)
            self._take_old(now_ms)

    def _take_old(self, now_ms: int) -> None:
        """Send the journals that were set aside, too."""
        if self._epochs is None or not self._up:
            return
        for old, _ in self._old:
            old.close()
        self._old.clear()
        for old in self._epochs.old(self.journal.generation):
            if old.open() and old.is_done:
                self._done(old)
            elif old.epoch >= 0:
                outbox = Outbox(old, self._link, fresh_id=self._fresh_id)
                self._old.append((old, outbox))
                outbox.link_up(now_ms=now_ms)
            self._tell_damage(old)

    def _tell_damage(self, old: OldJournal) -> None:
        if old.damage is not None:
            detail = {"seq": old.damage.seq, "behind": old.damage.behind}
            self._alarms.ring("old_journal_damaged", about=old.name, detail=detail)

    def _done(self, old: OldJournal) -> None:
        try:
            old.note_done()
        except OSError as error:
            log.warning("that %s is acknowledged could not be noted: %s", old.name, error)
        self._drop(old)

    def _drop(self, gone: OldJournal) -> None:
        gone.close()
        self._old = [pair for pair in self._old if pair[0] is not gone]

    def _outboxes(self) -> list[Outbox]:
        return [self._outbox, *(outbox for _, outbox in self._old)]
