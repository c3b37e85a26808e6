"""Operators: two who write off together what lost disks held, and one who recovers from a disk that was found.

Needs Django set up.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from django.contrib.auth.models import User

from backend_bridge.central.instants import from_ms
from backend_bridge.central.recovery import recovering, write_off
from backend_bridge.central.recovery.errors import RecoveryRefused
from hw_sim.fleet.exchange import Exchange
from hw_sim.fleet.ground import Ground
from hw_sim.fleet.losses import Drawer, LostJournal
from hw_sim.fleet.programme import OPERATORS, TERMINALS
from loyalty.signing import Signed
from loyalty.wire import journal_file
from loyalty.wire.messages import JournalBatch

_KEY_IDS = {one.id: one.key.key_id for one in TERMINALS}
_NEWEST = "SELECT terminal_id, max(epoch) FROM fleet_epochhead GROUP BY terminal_id"


class Operators:
    """See the module."""

    def __init__(self, ground: Ground, exchange: Exchange, drawer: Drawer) -> None:
        self._ground = ground
        self._exchange = exchange
        self._drawer = drawer

    def attend(self) -> None:
        """Look after one of the lost journals."""
        if not self._exchange.central_up:
            return
        newest = dict(self._exchange.central.database.execute(_NEWEST).fetchall())
        # A journal that its terminal still writes is not recovered from elsewhere.
        lost = [one for one in self._drawer.lost() if one.epoch < newest.get(one.terminal, 0)]
        if not lost:
            return
        one = self._ground.chance.choice(lost)
        if self._ground.happens(0.5):
            self._exchange.attempt(lambda: self._write_off(one))
        else:
            self._exchange.attempt(lambda: self._recover(one))

    def _write_off(self, lost: LostJournal) -> None:
        """Ask and confirm; too early, where the disk is found after it."""
        self._ground.operation("write-off", f"{lost.terminal}/{lost.epoch}")
        first, second = (User.objects.get(username=name) for name in OPERATORS)
        at = from_ms(self._ground.now_ms)
        with self._exchange.central.running():
            try:
                asked = write_off.ask_rights(
                    terminal=lost.terminal, epoch=lost.epoch, reason="lost", by=first, at=at, although_in_use=False
                )
                write_off.confirm(asked.pk, by=second, at=at)
            except RecoveryRefused as refused:
                self._ground.note(f"write-off refused: {refused}")

    def _recover(self, lost: LostJournal) -> None:
        """The disk was found: its journal is carried to the central system as a file."""
        self._ground.operation("recovery", f"{lost.terminal}/{lost.epoch}")
        key_id = _KEY_IDS[lost.terminal]
        entries = tuple(Signed(one.payload, key_id, one.signature) for one in lost.stored)
        data = journal_file.pack([JournalBatch(epoch=lost.epoch, entries=entries)])
        with tempfile.TemporaryDirectory(prefix="tapbon-found-") as folder, self._exchange.central.running():
            file = Path(folder) / "journal.batches"
            file.write_bytes(data)
            recovering.recover(file, terminal=lost.terminal, at=from_ms(self._ground.now_ms))
        lost.found = True
