"""The simulated disk: files and their names, and everything bad that can happen to them.

Names are kept like a journaling file system keeps them: made, renamed and removed in order, and after a
power cut some first part of what was not synced has happened. What a file holds is `SimFile`'s.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from pathlib import Path
from random import Random

from hw_sim.disk.connection import SimConnection
from hw_sim.disk.errors import DiskFailed, DiskFull, PowerLost
from hw_sim.disk.file import SimFile
from hw_sim.disk.vfs import DiskVfs

#: SQLite knows a VFS by its name, for the whole process. No choice depends on it.
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Image:
    """All files of a disk at one moment."""

    files: tuple[tuple[str, bytes], ...]


class SimDisk:
    """One disk. It satisfies `firmware.journal.storage.Storage`; `connect` is a journal's connection factory.

    `full`: nothing can be written. `failing_syncs`: how many of the next syncs fail.
    """

    def __init__(self, chance: Random) -> None:
        self.chance = chance
        self.full = False
        self.failing_syncs = 0
        self.boot = 0
        self.files: dict[str, SimFile] = {}
        self._synced_names: dict[str, SimFile] = {}
        #: (name, file) for a name that now means `file`, (name, None) for one that is gone.
        self._renaming: list[tuple[tuple[str, SimFile | None], ...]] = []
        self._left: int | None = None
        self._off = False
        self._vfs = DiskVfs(f"tapbon-disk-{next(_numbers)}", self)
        self._connections: list[SimConnection] = []

    # --- what a terminal does with it (`Storage`) ---------------------------------------------

    def connect(self, path: Path) -> SimConnection:
        """The database at `path`, made if it is not there; raises `sqlite3.Error`."""
        self._connections = [connection for connection in self._connections if not connection.is_closed]
        connection = SimConnection(str(path), vfs=self._vfs.name, is_off=lambda: self._off)
        self._connections.append(connection)
        connection.execute("PRAGMA temp_store=MEMORY")
        return connection

    def exists(self, path: Path) -> bool:
        """Whether there is a file of this name."""
        return str(path) in self.files

    def read(self, path: Path) -> bytes:
        """The whole file; raises `FileNotFoundError`."""
        if str(path) not in self.files:
            raise FileNotFoundError(str(path))
        return bytes(self.files[str(path)].content)

    def write(self, path: Path, data: bytes) -> None:
        """Write a file whole or not at all: a new one, synced, renamed over the old one."""
        temporary = f"{path}.new"
        try:
            file = self.link(temporary)
            self.write_into(file, 0, data)
            self.sync(file)
            self.rename(Path(temporary), path)
        except DiskFailed as error:
            raise self._or_power_lost(error) from error

    def rename(self, old: Path, new: Path) -> None:
        """Rename a file durably, replacing what has the new name."""
        file = self.files.get(str(old))
        if file is None:
            raise FileNotFoundError(str(old))
        try:
            self._rename(((str(old), None), (str(new), file)))
            self.sync_names()
        except DiskFailed as error:
            raise self._or_power_lost(error) from error

    def remove(self, path: Path) -> None:
        """Remove a file durably; it may not be there."""
        try:
            if str(path) in self.files:
                self.unlink(str(path))
            self.sync_names()
        except DiskFailed as error:
            raise self._or_power_lost(error) from error

    def names(self, directory: Path) -> list[str]:
        """The names of the files in `directory`, sorted."""
        return sorted(Path(name).name for name in self.files if Path(name).parent == directory)

    # --- what people and the world do to it ----------------------------------------------------

    def power_cut(self) -> None:
        """The power goes: every connection is dead, and of what was not synced some drawn part stays."""
        kept = self.chance.randint(0, len(self._renaming))
        for change in self._renaming[:kept]:
            _change(self._synced_names, change)
        for name in sorted(self._synced_names):
            self._synced_names[name].cut(self.chance)
        self._start_with(dict(self._synced_names))
        self._renaming.clear()

    def kill(self) -> None:
        """The process ends without a word; what it wrote is still on its way to the medium."""
        self._start_with(self.files)

    def power_goes_after(self, operations: int) -> None:
        """The power goes in the middle of the operation after the next `operations` that change the disk.

        Whoever uses the disk then gets `PowerLost`; `power_cut` decides what is left, and ends it.
        """
        self._left = operations

    def image(self) -> Image:
        """A copy of all files as a running machine sees them."""
        return Image(tuple((name, bytes(self.files[name].content)) for name in sorted(self.files)))

    def restore(self, image: Image) -> None:
        """Somebody writes an image onto the disk of a machine that is off."""
        self._start_with({name: SimFile(data) for name, data in image.files})
        self._synced_names = dict(self.files)
        self._renaming.clear()

    def clone(self, chance: Random) -> SimDisk:
        """A second disk with the same files."""
        copy = SimDisk(chance)
        copy.restore(self.image())
        return copy

    def corrupt(self, bits: int, path: Path | None = None) -> None:
        """Flip `bits` bits of the file at `path`, or of drawn files."""
        names = [str(path)] if path is not None else sorted(name for name in self.files if self.files[name].content)
        for _ in range(bits):
            file = self.files[self.chance.choice(names)]
            file.flip(self.chance.randrange(len(file.content)), self.chance.randrange(8))

    def close(self) -> None:
        """The disk is not needed any more."""
        self._start_with({})
        self._vfs.unregister()

    # --- what the VFS does ------------------------------------------------------------------------

    def link(self, name: str) -> SimFile:
        """Make an empty file."""
        file = SimFile()
        self._rename(((name, file),))
        return file

    def unlink(self, name: str) -> None:
        """Remove a name."""
        self._rename(((name, None),))

    def sync_names(self) -> None:
        """All names are on the medium."""
        self._use_power()
        for change in self._renaming:
            _change(self._synced_names, change)
        self._renaming.clear()

    def write_into(self, file: SimFile, offset: int, data: bytes) -> None:
        """Write into a file; raises `DiskFull`."""
        if self.full:
            raise DiskFull("no space is left on the disk")
        # A write in whose middle the power goes may be on the medium, or some of it.
        file.write(offset, data)
        self._use_power()

    def truncate(self, file: SimFile, size: int) -> None:
        """Cut off the end of a file."""
        file.truncate(size)
        self._use_power()

    def sync(self, file: SimFile) -> None:
        """What a file holds is on the medium; raises `DiskFailed`."""
        self._use_power()
        if self.failing_syncs > 0:
            self.failing_syncs -= 1
            file.fail_sync(self.chance)
            raise DiskFailed("the disk did not write what it was given")
        file.sync()

    def _rename(self, change: tuple[tuple[str, SimFile | None], ...]) -> None:
        if self._off:
            raise DiskFailed("the power is gone")
        _change(self.files, change)
        self._renaming.append(change)
        self._use_power()

    def _use_power(self) -> None:
        if self._left is not None:
            self._off = self._off or self._left <= 0
            self._left -= 1
        if self._off:
            raise DiskFailed("the power is gone")

    def _or_power_lost(self, error: DiskFailed) -> BaseException:
        return PowerLost() if self._off else error

    def _start_with(self, files: dict[str, SimFile]) -> None:
        self.boot += 1
        # Closing a dead connection must not change what is found at the next start.
        self._off = True
        for connection in self._connections:
            connection.abandon()
        self._connections.clear()
        self._off, self._left = False, None
        self._vfs.forget_locks()
        self.files = files


def _change(names: dict[str, SimFile], change: tuple[tuple[str, SimFile | None], ...]) -> None:
    for name, file in change:
        if file is None:
            names.pop(name, None)
        else:
            names[name] = file
