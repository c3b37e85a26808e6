"""A log file that cannot fill the disk."""

from __future__ import annotations

import threading
from collections import deque
from pathlib import Path

_MAX_BYTES = 1_000_000
_KEPT_LINES = 1000


class LogFile:
    """One program's lines, on disk and the last of them in memory. Thread-safe.

    When the file is full it becomes `<name>.1`, in place of an older one: two files at most.
    """

    def __init__(self, path: Path, *, max_bytes: int = _MAX_BYTES) -> None:
        self._path = path
        self._max_bytes = max_bytes
        self._last: deque[str] = deque(maxlen=_KEPT_LINES)
        self._writing = threading.Lock()
        self._size = path.stat().st_size if path.exists() else 0

    @property
    def path(self) -> Path:
        """The newer file."""
        return self._path

    def write(self, line: bytes) -> None:
        """Add a line, or a part of one that is very long."""
        with self._writing:
            self._last.append(line.decode("utf-8", "replace").rstrip("\n"))
            if self._size + len(line) > self._max_bytes:
                self._path.replace(self._path.with_name(self._path.name + ".1"))
                self._size = 0
            with open(self._path, "ab") as file:
                file.write(line)
            self._size += len(line)

    def last(self, lines: int) -> list[str]:
        """The last lines since this object was made."""
        with self._writing:
            return list(self._last)[-lines:]
