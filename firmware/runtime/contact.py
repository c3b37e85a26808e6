"""What the terminal knows from its contact with the central system: the time, and whether its rules are in force.

A question is sent on connecting, after new rules came, and now and then. Only an answer to a question of this
run tells the time, since only there it is known how long it was on its way. The list of blocked cards (in the
rules) counts as confirmed at the time at which the central system said that these rules are in force; that
something came over the network says nothing of it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from firmware.journal.errors import JournalError
from firmware.journal.notes import ConfirmedList, Notes
from firmware.runtime.clocks import KnownTime
from loyalty.clocks import BLOCKED_LIST_MS, is_fine
from loyalty.rules import RulesBundle
from loyalty.wire.messages import Answer, TimeIs

log = logging.getLogger(__name__)

#: How often the time is asked for while connected.
ASK_EVERY_MS = 600_000
#: The first answer may take this long, then twice as long, …, before it is asked for again.
ASK_AGAIN_MS = 5_000
#: How far the time that is kept on the disk may be behind: well inside the tolerance.
KEEP_EVERY_MS = 60_000
#: Questions whose answers may still come.
_REMEMBERED = 16


class Contact:
    """The questions that are open, and what their answers showed."""

    def __init__(self, time: KnownTime, notes: Notes, *, ask: Callable[[], str | None]) -> None:
        """`ask` sends a `TimeWanted` and gives its request id, None where that is not possible."""
        self._time = time
        self._notes = notes
        self._ask = ask
        self._asked: dict[str, int] = {}
        self._due_ms: int | None = None
        self._pause_ms = ASK_AGAIN_MS
        kept = notes.time()
        time.carry_on(kept)
        self._kept_ms = 0 if kept is None else kept.central_ms
        self._confirmed = notes.confirmed_list()
        self._noted = self._confirmed

    def link_up(self) -> None:
        """Connected: ask at once."""
        self._pause_ms = ASK_AGAIN_MS
        self._ask_now()

    def link_down(self) -> None:
        """Nobody can be asked."""
        self._due_ms = None
        self._asked.clear()

    def rules_came(self) -> None:
        """Other rules are here: are they in force?"""
        if self._due_ms is not None:
            self._ask_now()

    def asked(self, request: str) -> None:
        """A question was sent just now; its answer will tell the time."""
        self._asked[request] = self._time.monotonic_ms()
        while len(self._asked) > _REMEMBERED:
            del self._asked[next(iter(self._asked))]

    def answered(self, answer: Answer, rules: RulesBundle | None) -> None:
        """An answer came: perhaps to one of these questions."""
        asked_ms = self._asked.pop(answer.request, None)
        if asked_ms is None:
            self._time.at_least(answer.central_ms)
            return
        self._time.compare(answer.central_ms, asked_ms=asked_ms)
        if not isinstance(answer.result, TimeIs):
            return
        self._pause_ms = ASK_AGAIN_MS
        self._due_ms = self._time.monotonic_ms() + ASK_EVERY_MS
        if rules is not None and answer.result.rules == rules.version:
            self._confirmed = ConfirmedList(rules.version, answer.central_ms)

    def due(self) -> None:
        """Ask (again), where it is time to."""
        if self._due_ms is not None and self._time.monotonic_ms() >= self._due_ms:
            self._ask_now()

    def keep(self) -> None:
        """Note on the disk what has to be known after a start."""
        known = self._time.to_keep()
        try:
            if known is not None and abs(known.central_ms - self._kept_ms) >= KEEP_EVERY_MS:
                self._notes.keep_time(known)
                self._kept_ms = known.central_ms
            if self._confirmed is not None and self._confirmed != self._noted:
                self._notes.keep_confirmed_list(self._confirmed)
                self._noted = self._confirmed
        except JournalError as error:
            log.warning("what was heard could not be kept: %s", error)

    def hindrance(self, rules: RulesBundle) -> str | None:
        """Why nothing may be spent without a connection now, as a `Reason`'s name; None: it may."""
        known = self._time.now()
        if known is None:
            return "clock_unknown"
        confirmed = self._confirmed
        if confirmed is None or confirmed.version != rules.version:
            return "list_too_old"
        return "list_too_old" if known.latest_ms - confirmed.at_ms > BLOCKED_LIST_MS else None

    def why_not(self) -> str:
        """Why points that are held may not be spent: they are too near to an expiry that cannot be told from
        now, or too few."""
        return "not_enough_points" if is_fine(self._time.now()) else "clock_unknown"

    def _ask_now(self) -> None:
        request = self._ask()
        if request is not None:
            self.asked(request)
        self._due_ms = self._time.monotonic_ms() + self._pause_ms
        self._pause_ms = min(self._pause_ms * 2, ASK_EVERY_MS)
