"""An anchor in a file: a stand-in for one that is not on the disk.

It lies on a disk like any other file. Where that is the journal's own disk, whoever puts the disk back puts the
anchor back as well, and nothing is noticed. It is for the demonstration, for trying out, and for machines with
a second medium (a small flash chip that is mounted elsewhere). The mark is written in turn into two sectors, so
that a power cut never leaves none.
"""

from __future__ import annotations

import os
import struct
import zlib
from pathlib import Path

from firmware.hal.errors import DeviceUnavailable
from firmware.hal.ports import Mark

_SLOT = 4096
_RECORD = struct.Struct(">8sqqI")
_MAGIC = b"tapbon-a"


class FileAnchor:
    """`firmware.hal.ports.Anchor` in the file at `path`; see the module for what it does not do."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._mark: Mark | None = None
        self._is_read = False
        self._slot = 0

    def read(self) -> Mark | None:
        """The mark; None for a file that is not there yet. Raises `DeviceUnavailable`."""
        try:
            data = self._path.read_bytes()
        except FileNotFoundError:
            data = b""
        except OSError as error:
            raise DeviceUnavailable(f"the anchor {self._path} cannot be read: {error.strerror}") from error
        slots = [_decoded(data[start : start + _RECORD.size]) for start in (0, _SLOT)]
        marks = [mark for mark in slots if mark is not None]
        if data and not marks:
            raise DeviceUnavailable(f"the anchor {self._path} holds no mark that can be read")
        self._mark, self._is_read = max(marks, default=None), True
        self._slot = slots.index(self._mark) if self._mark is not None else 1
        return self._mark

    def advance(self, mark: Mark) -> None:
        """Set the mark, synced; one that is not newer changes nothing. Raises `DeviceUnavailable`."""
        if not self._is_read:
            self.read()
        if self._mark is not None and mark <= self._mark:
            return
        slot = 1 - self._slot
        body = _RECORD.pack(_MAGIC, mark.epoch, mark.seq, _sum(mark))
        try:
            descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT, 0o600)
            try:
                os.pwrite(descriptor, body, slot * _SLOT)
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise DeviceUnavailable(f"the anchor {self._path} cannot be written: {error.strerror}") from error
        self._mark, self._slot = mark, slot


def _sum(mark: Mark) -> int:
    return zlib.crc32(struct.pack(">qq", mark.epoch, mark.seq), zlib.crc32(_MAGIC))


def _decoded(data: bytes) -> Mark | None:
    if len(data) < _RECORD.size:
        return None
    magic, epoch, seq, checksum = _RECORD.unpack(data)
    mark = Mark(epoch, seq)
    return mark if magic == _MAGIC and checksum == _sum(mark) else None
