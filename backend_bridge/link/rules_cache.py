"""Rules bundles on a terminal's disk: whole ones, and the part of one that is still being fetched.

A file's name is the hash of what it must hold, and it is checked at every reading: a damaged file is
deleted and counts as absent. Decides nothing about which bundle is in force.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO

from loyalty import rules
from loyalty.errors import WireError
from loyalty.rules import RulesBundle


class RulesCache:
    """The files of one directory, which is made when it is missing."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def load(self, sha256: str) -> tuple[RulesBundle, bytes] | None:
        """The bundle of this hash with its exact bytes, or None."""
        return self._load(self._whole(sha256), sha256)

    def newest(self) -> tuple[RulesBundle, bytes] | None:
        """The bundle that was fetched last: what a terminal judges by when it starts without a network."""
        whole = sorted(self._directory.glob("*.rules"), key=lambda path: path.stat().st_mtime_ns, reverse=True)
        for path in whole:
            if (found := self._load(path, path.stem)) is not None:
                return found
        return None

    def part_size(self, sha256: str) -> int:
        """How many bytes of this bundle are here already."""
        try:
            return self._part(sha256).stat().st_size
        except FileNotFoundError:
            return 0

    def open_part(self, sha256: str, *, anew: bool) -> BinaryIO:
        """The part, to be written on (or begun `anew`)."""
        self._directory.mkdir(parents=True, exist_ok=True)
        return open(self._part(sha256), "wb" if anew else "ab")

    def drop_part(self, sha256: str) -> None:
        """Forget what was fetched of this bundle."""
        self._part(sha256).unlink(missing_ok=True)

    def complete(self, sha256: str) -> tuple[RulesBundle, bytes]:
        """The part becomes the bundle, and the older ones go.

        Raises `WireError` where its bytes are not what was announced; the part is then dropped.
        """
        part = self._part(sha256)
        data = part.read_bytes()
        try:
            bundle = rules.decode(data, sha256=sha256)
        except WireError:
            self.drop_part(sha256)
            raise
        with open(part, "rb") as written:
            os.fsync(written.fileno())
        os.replace(part, self._whole(sha256))
        for path in [*self._directory.glob("*.rules"), *self._directory.glob("*.part")]:
            if path.stem != sha256:
                path.unlink(missing_ok=True)
        descriptor = os.open(self._directory, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        return bundle, data

    def _load(self, path: Path, sha256: str) -> tuple[RulesBundle, bytes] | None:
        try:
            data = path.read_bytes()
            return rules.decode(data, sha256=sha256), data
        except FileNotFoundError:
            return None
        except WireError:
            path.unlink(missing_ok=True)
            return None

    def _whole(self, sha256: str) -> Path:
        return self._directory / f"{sha256}.rules"

    def _part(self, sha256: str) -> Path:
        return self._directory / f"{sha256}.part"
