"""The central system of the simulated world: the production desk on a database in memory, and its crashes.

Needs Django set up (`ready`). A crash comes at a drawn statement, or after the commit, before the answer has left.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import sqlite3
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any

from django.db import connection
from django.utils import timezone

from backend_bridge.central.customers.services.giving import Giving, register_points
from backend_bridge.central.desk.desk import Desk
from backend_bridge.central.instants import from_ms
from backend_bridge.central.recovery.restoring import begin_generation
from backend_bridge.link.outgoing import Incoming, Outgoing
from hw_sim.fleet.errors import CentralCrashed
from hw_sim.fleet.ground import Ground
from hw_sim.fleet.programme import CENTRAL_KEY, TERMINALS


class Central:
    """One central system. Restored from `template` in the beginning."""

    def __init__(self, ground: Ground, template: sqlite3.Connection) -> None:
        self._ground = ground
        #: The statement at which it crashes, counted down; None: it does not.
        self._left: int | None = None
        self._lost_answer = False
        self.restore(template)
        self.restart()

    @property
    def database(self) -> sqlite3.Connection:
        """The database itself, for looking at it."""
        raw: sqlite3.Connection = connection.connection
        return raw

    def keep_terminals(self, kept: Collection[str]) -> None:
        """The fleet has these terminals, and no others."""
        others = [(one.id,) for one in TERMINALS if one.id not in kept]
        for statement in (
            "DELETE FROM fleet_terminalvisit WHERE terminal_id = ?",
            "DELETE FROM fleet_terminal WHERE id = ?",
        ):
            self.database.executemany(statement, others)

    def restart(self) -> None:
        """A new process: nothing is left of what the old one knew, but the database."""
        self._left, self._lost_answer = None, False
        self._desk = Desk(CENTRAL_KEY, new_id=self._ground.fresh_id)

    def restore(self, image: sqlite3.Connection) -> None:
        """Put `image` in the place of the database."""
        connection.ensure_connection()
        image.backup(self.database)

    def image(self) -> sqlite3.Connection:
        """What the database holds now, as a backup keeps it."""
        kept = sqlite3.connect(":memory:")
        self.database.backup(kept)
        return kept

    def restore_backup(self, image: sqlite3.Connection) -> None:
        """Put a backup back, as the command does it: with a new generation."""
        self.restore(image)
        begin_generation(reason="simulated", at=from_ms(self._ground.now_ms))

    def crash_soon(self, *, statement: int | None) -> None:
        """Crash at the `statement`th statement from now, or (None) when the next message is committed."""
        self._left, self._lost_answer = statement, statement is None

    def calm(self) -> None:
        """It does not crash any more."""
        self._left, self._lost_answer = None, False

    def handle_together(self, messages: Sequence[Incoming]) -> list[Outgoing]:
        """See the desk. Raises `CentralCrashed`."""
        with self.running():
            return self._desk.handle_together(messages, now_ms=self._ground.now_ms)

    def due(self) -> list[Outgoing]:
        """See the desk. Raises `CentralCrashed`."""
        with self.running():
            return self._desk.due(now_ms=self._ground.now_ms)

    def rules_bytes(self, terminal: str, sha256: str) -> bytes | None:
        """See the desk."""
        return self._desk.rules_bytes(terminal, sha256)

    def give(self, *, company: str, member: str, pool: str, points: int, expires_at: dt.datetime | None) -> None:
        """Staff, or a till, gives points. Raises `CentralCrashed`."""
        giving = Giving(company=company, member=member, pool=pool, points=points, expires_at=expires_at)
        with self.running():
            key = f"api/{self._ground.fresh_id()}"
            register_points(giving, key=key, by="fleet", at=from_ms(self._ground.now_ms))

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        if self._left is None:
            yield
        else:
            with connection.execute_wrapper(self._execute):
                yield
        if self._lost_answer:
            raise CentralCrashed

    def _execute(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if self._left is not None:
            self._left -= 1
            if self._left <= 0:
                # What rolls back now is the database's own doing.
                self._left = None
                raise CentralCrashed
        return execute(sql, params, many, context)


@contextlib.contextmanager
def central_clock(ground: Ground) -> Iterator[None]:
    """What asks Django for the time is told the simulated one."""
    real = timezone.now
    timezone.now = lambda: from_ms(ground.now_ms)
    try:
        yield
    finally:
        timezone.now = real
