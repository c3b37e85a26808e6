"""The terminal's process: given power, waited for, and cut off without warning.

Decides when the terminal counts as ready: its mirror shows that it waits for customers. It runs exactly as it would
with hardware, only without a window; nothing tells it that it is a demo.
"""

from __future__ import annotations

import contextlib
import resource
import threading
import time
from pathlib import Path

from hw_sim.demo.children import Child, Children, last_words
from hw_sim.demo.log_file import LogFile
from hw_sim.workbench.devices import Screen, TerminalFailed

START_TIMEOUT_S = 110.0
_LOOK_EVERY_S = 0.05
_AT_REST = frozenset({"idle", "offline"})
# With a card on the reader, or without a reader, it never comes to rest: then what it shows counts.
_SETTLED_AFTER_S = 1.5
# No window and no sound card: SDL draws into memory.
_WITHOUT_WINDOW = {"SDL_VIDEODRIVER": "dummy", "SDL_AUDIODRIVER": "dummy", "PYGAME_HIDE_SUPPORT_PROMPT": "1"}


class TerminalProcess:
    """A terminal that can be given power and lose it, again and again. Thread-safe."""

    def __init__(self, *, children: Children, configuration: Path, screen: Screen, log: LogFile) -> None:
        self._children = children
        self._configuration = configuration
        self._screen = screen
        self._log = log
        self._changing = threading.Lock()
        self._child: Child | None = None
        self._disk_full = False

    @property
    def running(self) -> bool:
        """Whether its process is there."""
        child = self._child
        return child is not None and child.exit_code is None

    def start(self) -> None:
        """Give it power; does nothing where it is running."""
        with self._changing:
            if not self.running:
                self._child = self._children.start(
                    "kiosk_ui", "run", "--config", str(self._configuration), log=self._log, extra=_WITHOUT_WINDOW
                )
                self._apply_disk()

    def fill_disk(self, full: bool) -> None:
        """Let every write to a file fail from now on, or no more."""
        with self._changing:
            self._disk_full = full
            self._apply_disk()

    def await_ready(self) -> None:
        """Wait for the first screen; raises `TerminalFailed` when it ends or is cut off meanwhile."""
        child = self._child
        give_up = time.monotonic() + START_TIMEOUT_S
        shows_since: float | None = None
        while (screen := self._screen_shown()) not in _AT_REST:
            now = time.monotonic()
            shows_since = None if screen is None else shows_since or now
            if shows_since is not None and now - shows_since > _SETTLED_AFTER_S:
                return
            if child is None or self._child is not child:
                raise TerminalFailed("Its power was cut while it was starting.")
            if child.exit_code is not None:
                raise TerminalFailed(f"It ended with code {child.exit_code} while it started. {last_words(self._log)}")
            if now > give_up:
                raise TerminalFailed(
                    f"It shows no first screen after {START_TIMEOUT_S:.0f} seconds. {last_words(self._log)}"
                )
            time.sleep(_LOOK_EVERY_S)

    def kill(self) -> None:
        """Cut its power (SIGKILL). May be called twice."""
        with self._changing:
            child, self._child = self._child, None
        if child is not None:
            child.kill()

    def stop(self) -> None:
        """Let it end in order. May be called twice."""
        with self._changing:
            child, self._child = self._child, None
        if child is not None:
            child.stop()

    def last_words(self, lines: int) -> list[str]:
        """What it said last."""
        return self._log.last(lines)

    def _apply_disk(self) -> None:
        """No file may reach beyond its first byte: the kernel refuses each write, as it does on a full disk.

        Pipes and sockets go on, and what was written before can be read.
        """
        child = self._child
        if child is None or child.exit_code is not None:
            return
        own, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        with contextlib.suppress(ProcessLookupError):
            resource.prlimit(child.pid, resource.RLIMIT_FSIZE, (0 if self._disk_full else own, hard))

    def _screen_shown(self) -> str | None:
        try:
            return str(self._screen.state()["screen"])
        except OSError:
            return None
