"""The central database of a run, whichever it is, as the checkers read it: rows in SQLite.

On SQLite the file itself is read, by a connection that cannot write. Looking changes nothing.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from hw_sim.checkers.evidence import StoredEntry, journal_entries

_OPEN = (
    "SELECT (SELECT count(*) FROM fleet_grant WHERE status = 'open')"
    " + (SELECT count(*) FROM fleet_rightsask WHERE status = 'waiting')"
)
#: How many entries of all journals have arrived.
ENTRIES = "SELECT count(*) FROM fleet_journalentry"
_ARRIVED = "SELECT count(*) FROM fleet_journalentry WHERE terminal_id = ?"


class Books:
    """The books of the demo in `data`, on SQLite."""

    #: What the demo's command line says besides.
    options: tuple[str, ...] = ()

    def __init__(self, data: Path) -> None:
        self._database = data / "central" / "central.sqlite3"

    @property
    def environment(self) -> dict[str, str]:
        """What the central system's programs are to find in theirs."""
        return dict(os.environ)

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """All of it, as it is at one moment. Raises `sqlite3.Error` where it cannot be read just now."""
        with closing(sqlite3.connect(f"{self._database.as_uri()}?mode=ro", uri=True)) as connection:
            connection.execute("BEGIN")
            yield connection

    def count(self, query: str, *parameters: str) -> int | None:
        """The answer to a question for a number; None where nobody can say just now."""
        with suppress(sqlite3.Error), self.read() as central:
            return int(central.execute(query, parameters).fetchone()[0])
        return None

    def open_questions(self) -> int | None:
        """Grants that are not journaled and questions that are not answered; None where nobody can say just now."""
        return self.count(_OPEN)

    def has_all_of(self, terminal: str, *, disk: Path) -> bool:
        """Whether every entry in the journals on `disk` has arrived; False where nobody can say just now."""
        with suppress(sqlite3.Error):
            return sum(len(entries) for entries in journals(disk)) == self.count(_ARRIVED, terminal)
        return False


def journals(disk: Path) -> list[tuple[StoredEntry, ...]]:
    """The journal in use on a terminal's disk, and those that were set aside.

    Raises `sqlite3.Error` where one was copied while it was written.
    """
    return [journal_entries(path) for path in sorted([*disk.glob("journal.sqlite3"), *disk.glob("aside-*.sqlite3")])]
