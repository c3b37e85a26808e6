"""Small things that a terminal must know after a start, kept beside its journal: the time, and which list of
blocked cards the central system confirmed when. Neither is a consequence of the journal; losing one is safe,
the terminal then spends less until it was connected.
"""

from __future__ import annotations

from typing import TypeVar

import msgspec

from firmware.journal.errors import recording
from firmware.journal.storage import Connection
from loyalty.clocks import KeptTime

Note = TypeVar("Note", bound=msgspec.Struct)


class ConfirmedList(msgspec.Struct, frozen=True):
    """At `at_ms` by the central clock the central system said that the rules in force are of `version`."""

    version: str
    at_ms: int


class Notes:
    """The notes in a journal's database."""

    def __init__(self, database: Connection) -> None:
        self._database = database

    def time(self) -> KeptTime | None:
        """The last time that was known."""
        return self._read("known_time", KeptTime)

    def keep_time(self, time: KeptTime) -> None:
        """Keep the last known time; raises `CannotRecord`."""
        self._write("known_time", time)

    def confirmed_list(self) -> ConfirmedList | None:
        """When which list of blocked cards was confirmed last."""
        return self._read("confirmed_list", ConfirmedList)

    def keep_confirmed_list(self, confirmed: ConfirmedList) -> None:
        """Keep when a list was confirmed; raises `CannotRecord`."""
        self._write("confirmed_list", confirmed)

    def _read(self, name: str, kind: type[Note]) -> Note | None:
        with recording():
            row = self._database.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        try:
            return None if row is None else msgspec.json.decode(row[0], type=kind)
        except msgspec.MsgspecError:
            # A note that cannot be read is no note.
            return None

    def _write(self, name: str, note: msgspec.Struct) -> None:
        with recording():
            value = msgspec.json.encode(note).decode()
            self._database.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))
