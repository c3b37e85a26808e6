"""What a simulated terminal's program finds when it starts: its disk and its anchor, each use a moment for a crash."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from firmware.hal.ports import Mark
from firmware.journal.storage import Connection
from hw_sim.disk.disk import SimDisk
from hw_sim.fleet.fuse import Fuse, FusedConnection


class FusedDisk:
    """`firmware.journal.storage.Storage`; `opened` is given each connection, without its fuse."""

    def __init__(self, disk: SimDisk, fuse: Fuse, opened: Callable[[Path, Connection], None]) -> None:
        self._disk = disk
        self._fuse = fuse
        self._opened = opened

    def connect(self, path: Path) -> Connection:
        """See the port."""
        self._fuse.burn()
        connection = self._disk.connect(path)
        self._opened(path, connection)
        return FusedConnection(connection, self._fuse)

    def exists(self, path: Path) -> bool:
        """See the port."""
        return self._disk.exists(path)

    def read(self, path: Path) -> bytes:
        """See the port."""
        return self._disk.read(path)

    def write(self, path: Path, data: bytes) -> None:
        """See the port."""
        self._fuse.burn()
        self._disk.write(path, data)
        self._fuse.burn()

    def rename(self, old: Path, new: Path) -> None:
        """See the port."""
        self._fuse.burn()
        self._disk.rename(old, new)
        self._fuse.burn()

    def remove(self, path: Path) -> None:
        """See the port."""
        self._fuse.burn()
        self._disk.remove(path)
        self._fuse.burn()

    def names(self, directory: Path) -> list[str]:
        """See the port."""
        return self._disk.names(directory)


class PanelAnchor:
    """`firmware.hal.ports.Anchor`: the flash of the front panel, which no image of a disk brings back."""

    def __init__(self, fuse: Fuse) -> None:
        self._fuse = fuse
        self.mark: Mark | None = None

    def read(self) -> Mark | None:
        """See the port."""
        self._fuse.burn()
        return self.mark

    def advance(self, mark: Mark) -> None:
        """See the port; the power may go before it and after it."""
        self._fuse.burn()
        self.mark = mark if self.mark is None else max(mark, self.mark)
        self._fuse.burn()
