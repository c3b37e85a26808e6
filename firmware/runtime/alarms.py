"""What somebody must know about this terminal's disk and journals: `up/alarm`, as JSON.

An alarm stands until it is over, and is told anew on each connection, so that it does not matter whether it got
through. No personal data is in it.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping

from loyalty.wire.link import TerminalLink

log = logging.getLogger(__name__)

VERSION = 1
#: Every alarm of the journal, and what it says.
ALARMS = {
    "cannot_record": "the disk is full or fails: balances are shown, nothing is recorded",
    "anchor_failed": "the anchor does not answer: nothing is recorded until it does",
    "epoch_begun": "the disk was not this terminal's newest state: a new epoch began (`reason`)",
    "journal_damaged": "the journal in use is damaged",
    "old_journal_damaged": "a journal set aside cannot be read from entry `seq` on; `behind` places come after",
    "fork": "the central system has other entries than this terminal in the same places",
    "central_behind": "the central system knows less of this journal than it had acknowledged",
    "superseded": "another disk of this terminal has begun a newer epoch",
}
Detail = Mapping[str, str | int | None]


class Alarms:
    """The alarms that stand now."""

    def __init__(self, link: TerminalLink, *, wall_ms: Callable[[], int]) -> None:
        self._link = link
        self._wall_ms = wall_ms
        self._standing: dict[str, bytes] = {}
        self._said: dict[str, Detail] = {}

    @property
    def standing(self) -> tuple[str, ...]:
        """The names of the alarms that stand, in their order."""
        return tuple(name.partition(" ")[0] for name in self._standing)

    def ring(self, alarm: str, *, about: str = "", detail: Detail | None = None) -> None:
        """`alarm` (one of `ALARMS`) stands from now on; the same once more is no news. `about` tells alarms apart."""
        name, said = f"{alarm} {about}", dict(detail or {})
        if self._said.get(name) == said and name in self._standing:
            return
        log.error("alarm: %s (%s)", ALARMS[alarm], said)
        message = {"v": VERSION, "alarm": alarm, "over": False, "at_ms": self._wall_ms(), "about": about, **said}
        self._said[name], self._standing[name] = said, json.dumps(message).encode()
        self._link.send("up/alarm", self._standing[name])

    def over(self, alarm: str, *, about: str = "") -> None:
        """`alarm` is over, if it stood."""
        if self._standing.pop(f"{alarm} {about}", None) is None:
            return
        log.warning("alarm over: %s", ALARMS[alarm])
        message = {"v": VERSION, "alarm": alarm, "over": True, "at_ms": self._wall_ms(), "about": about}
        self._link.send("up/alarm", json.dumps(message).encode())

    def link_up(self) -> None:
        """Connected: tell what stands."""
        for message in self._standing.values():
            self._link.send("up/alarm", message)
