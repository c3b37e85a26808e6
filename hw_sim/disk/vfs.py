"""SQLite's view of a simulated disk: a VFS and its files, which hand everything on.

Locks are between connections of one process. A file that was opened before a power cut is dead.
The methods' names and what they must do are SQLite's (https://sqlite.org/c3ref/vfs.html).
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import apsw

from hw_sim.disk.errors import DiskFailed, DiskFull
from hw_sim.disk.file import SimFile

if TYPE_CHECKING:
    from hw_sim.disk.disk import SimDisk

#: A file of these kinds that was just made has its directory synced with its first sync, as on Unix.
_JOURNALS = apsw.SQLITE_OPEN_MAIN_JOURNAL | apsw.SQLITE_OPEN_SUPER_JOURNAL | apsw.SQLITE_OPEN_WAL
_SHARED, _RESERVED, _PENDING, _EXCLUSIVE = 1, 2, 3, 4


class DiskVfs(apsw.VFS):
    """Registered with SQLite under `name`; time and randomness are those of the default VFS."""

    def __init__(self, name: str, disk: SimDisk) -> None:
        super().__init__(name, base="")
        self.name = name
        self._disk = disk
        self._locks: dict[SimFile, dict[DiskFile, int]] = {}

    def xFullPathname(self, name: str) -> str:  # noqa: N802 - SQLite's name
        """Names are full already."""
        return name

    def xAccess(self, pathname: str, flags: int) -> bool:  # noqa: N802 - SQLite's name
        """Whether the file is there; who may see it may write it."""
        return pathname in self._disk.files

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: N802 - SQLite's name
        """Delete a file."""
        if filename not in self._disk.files:
            raise apsw.IOError(f"{filename} is not there")
        try:
            self._disk.unlink(filename)
            if syncdir:
                self._disk.sync_names()
        except OSError as error:
            raise apsw.IOError(str(error)) from error

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> DiskFile:  # noqa: N802 - SQLite's name
        """Open a file, or make it."""
        flags[1] = flags[0]
        if name is None:
            return DiskFile(self._disk, SimFile(), {}, is_new_journal=False)
        path = name if isinstance(name, str) else name.filename()
        made = path not in self._disk.files
        if made and not flags[0] & apsw.SQLITE_OPEN_CREATE:
            raise apsw.CantOpenError(f"{path} is not there")
        try:
            file = self._disk.link(path) if made else self._disk.files[path]
        except OSError as error:
            raise apsw.CantOpenError(str(error)) from error
        locks = self._locks.setdefault(file, {})
        return DiskFile(self._disk, file, locks, is_new_journal=made and bool(flags[0] & _JOURNALS))

    def forget_locks(self) -> None:
        """Whoever held a lock is no more."""
        self._locks.clear()


class DiskFile(apsw.VFSFile):
    """One open file."""

    def __init__(self, disk: SimDisk, file: SimFile, locks: dict[DiskFile, int], *, is_new_journal: bool) -> None:
        # Not initialised as apsw's own: it would open a real file.
        self._disk = disk
        self._file = file
        self._locks = locks
        self._boot = disk.boot
        self._is_new_journal = is_new_journal

    def xRead(self, amount: int, offset: int) -> bytes:  # noqa: N802 - SQLite's name
        """Read; what is beyond the end is missing."""
        self._check_alive()
        return bytes(self._file.content[offset : offset + amount])

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802 - SQLite's name
        """Write; it is not on the medium yet."""
        self._check_alive()
        try:
            self._disk.write_into(self._file, offset, bytes(data))
        except DiskFull as error:
            raise apsw.FullError(str(error)) from error
        except DiskFailed as error:
            raise apsw.IOError(str(error)) from error

    def xTruncate(self, newsize: int) -> None:  # noqa: N802 - SQLite's name
        """Cut off the end. SQLite does not always look at what comes of it: its next operation fails instead."""
        if self._boot == self._disk.boot:
            with suppress(DiskFailed):
                self._disk.truncate(self._file, newsize)

    def xSync(self, flags: int) -> None:  # noqa: N802 - SQLite's name
        """All that was written to this file is on the medium when this returns."""
        self._check_alive()
        try:
            self._disk.sync(self._file)
            if self._is_new_journal:
                self._disk.sync_names()
                self._is_new_journal = False
        except DiskFailed as error:
            raise apsw.IOError(str(error)) from error

    def xFileSize(self) -> int:  # noqa: N802 - SQLite's name
        """How long the file is."""
        self._check_alive()
        return len(self._file.content)

    def xLock(self, level: int) -> None:  # noqa: N802 - SQLite's name
        """Take a lock, or a stronger one; raises `BusyError`."""
        others = max((held for file, held in self._locks.items() if file is not self), default=0)
        # Readers get along with whoever only means to write; a writer in earnest is alone.
        allowed = {_SHARED: _RESERVED, _RESERVED: _SHARED, _PENDING: _SHARED, _EXCLUSIVE: 0}[level]
        if others > allowed:
            raise apsw.BusyError("another connection has the file")
        self._locks[self] = max(level, self._locks.get(self, 0))

    def xUnlock(self, level: int) -> None:  # noqa: N802 - SQLite's name
        """Keep a weaker lock, or none."""
        if level:
            self._locks[self] = level
        else:
            self._locks.pop(self, None)

    def xCheckReservedLock(self) -> bool:  # noqa: N802 - SQLite's name
        """Whether anybody means to write."""
        return any(held >= _RESERVED for held in self._locks.values())

    def xClose(self) -> None:  # noqa: N802 - SQLite's name
        """The file is closed; what was not synced is still not synced."""
        self._locks.pop(self, None)

    def xSectorSize(self) -> int:  # noqa: N802 - SQLite's name
        """As SQLite assumes on Unix."""
        return 4096

    def xDeviceCharacteristics(self) -> int:  # noqa: N802 - SQLite's name
        """As SQLite assumes on Unix: a torn write harms nothing beside it."""
        return apsw.SQLITE_IOCAP_POWERSAFE_OVERWRITE

    def xFileControl(self, op: int, ptr: int) -> bool:  # noqa: N802 - SQLite's name
        """Nothing special is known here."""
        return False

    def _check_alive(self) -> None:
        if self._boot != self._disk.boot:
            raise apsw.IOError("the power has gone since this file was opened")
