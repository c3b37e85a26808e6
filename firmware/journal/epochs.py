"""Which epoch a new journal begins: one more than the last that this machine remembers.

The number is kept in a file beside the database, and moved on before the epoch begins, so that a
database that was lost or set aside is never continued under the same epoch. (A restored disk brings
the file back too: noticing that needs an anchor outside the disk, which is not built yet.)
"""

from __future__ import annotations

import os
from pathlib import Path

from firmware.journal.errors import CannotRecord
from loyalty.entries import MAX_INTEGER


def next_epoch(anchor: Path) -> int:
    """Take the next epoch number from the file `anchor`; raises `CannotRecord`."""
    try:
        last = int(anchor.read_text(encoding="ascii")) if anchor.exists() else 0
        if not 0 <= last < MAX_INTEGER:
            raise ValueError(f"{last} is no epoch")
        write_durably(anchor, f"{last + 1}\n".encode("ascii"))
    except (OSError, ValueError) as error:
        raise CannotRecord(f"the epoch file {anchor} cannot be moved on: {error}") from error
    return last + 1


def write_durably(path: Path, data: bytes, *, mode: int = 0o644) -> None:
    """Write `path` whole or not at all: a new file, synced, renamed over the old one."""
    temporary = path.with_name(path.name + ".new")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)
    sync_directory(path.parent)


def sync_directory(directory: Path) -> None:
    """Let what was made, renamed and removed in `directory` be on the disk when this returns."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
