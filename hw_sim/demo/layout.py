"""The demo's data directory: what lies where, whose it is, and whether its setting up was finished.

    DATA/tapbon-demo.json   what makes it ours; nothing is ever deleted in a directory without it
    DATA/.in-use            locked while a demo runs here
    DATA/set-up             written last: without it the setting up was interrupted, and begins anew
    DATA/pki, broker, central, terminal
    DATA/devices            where the emulated reader and the screen's mirror are found
    DATA/log/               one file for each program, each of a limited size

Decides no content: each part writes its own.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import IO

from hw_sim.demo.errors import DemoError, DirectoryInUse, NotADemoDirectory

# Linux takes 107 bytes for the path of a Unix socket; the longest name in `devices` is shorter than 20.
_LONGEST_DEVICES_PATH = 85
_STATE = ("pki", "broker", "central", "terminal")


class Layout:
    """One data directory, held by one demo at a time. Raises `DemoError` where it cannot be used."""

    def __init__(self, data: Path) -> None:
        self.data = data.absolute()
        self._lock: IO[bytes] | None = None
        self._devices: Path | None = None

    @property
    def pki(self) -> Path:
        """The demo's certificate authority."""
        return self.data / "pki"

    @property
    def broker(self) -> Path:
        """The broker's configuration, queue and log."""
        return self.data / "broker"

    @property
    def central(self) -> Path:
        """The central system's data."""
        return self.data / "central"

    @property
    def terminal(self) -> Path:
        """The terminal's own disk."""
        return self.data / "terminal"

    @property
    def log(self) -> Path:
        """What the programs said."""
        return self.data / "log"

    @property
    def devices(self) -> Path:
        """Where device paths and sockets are; elsewhere if DATA's own path is too long for a socket."""
        if self._devices is None:
            inside = self.data / "devices"
            short_enough = len(os.fsencode(inside)) <= _LONGEST_DEVICES_PATH
            self._devices = inside if short_enough else Path(tempfile.mkdtemp(prefix="tapbon-"))
            self._devices.mkdir(mode=0o700, exist_ok=True)
        return self._devices

    @property
    def is_set_up(self) -> bool:
        """Whether the last setting up came to its end."""
        return (self.data / "set-up").exists()

    def acquire(self) -> None:
        """Make it ours, or raise `DirectoryInUse` or `NotADemoDirectory`."""
        try:
            self.data.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._claim()
            lock = open(self.data / ".in-use", "wb")  # noqa: SIM115 - held until `release`
        except OSError as error:
            if isinstance(error, DemoError):
                raise
            raise DemoError(
                f"{self.data} cannot be used: {error.strerror or error}. Name another directory with --data."
            ) from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.close()
            raise DirectoryInUse(
                f"Another demo is running in {self.data}. Stop it, or name another directory with --data."
            ) from error
        self._lock = lock
        self.log.mkdir(mode=0o700, exist_ok=True)

    def release(self) -> None:
        """Let the next demo in. May be called twice."""
        if self._devices is not None:
            shutil.rmtree(self._devices, ignore_errors=True)
            self._devices = None
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def wipe(self) -> None:
        """Delete everything that was set up and booked; the logs stay."""
        (self.data / "set-up").unlink(missing_ok=True)
        for name in _STATE:
            shutil.rmtree(self.data / name, ignore_errors=True)
            if (self.data / name).exists():
                raise DemoError(f"{self.data / name} cannot be deleted. Delete it yourself, or name another --data.")

    def mark_set_up(self) -> None:
        """Setting up has come to its end, and survives a power cut."""
        with open(self.data / "set-up", "wb") as mark:
            mark.flush()
            os.fsync(mark.fileno())

    def _claim(self) -> None:
        claim = self.data / "tapbon-demo.json"
        if claim.exists():
            return
        if any(self.data.iterdir()):
            raise NotADemoDirectory(
                f"{self.data} is not empty and was not made by a demo. Name an empty or new directory with --data."
            )
        claim.write_text(json.dumps({"made_by": "python -m hw_sim demo"}) + "\n", encoding="utf-8")
