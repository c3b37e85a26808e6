"""The demo's programs as child processes: started, listened to, ended, and never left behind.

Decides how a process starts and dies. What it is and when it counts as ready is decided elsewhere.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, TypeVar

from backend_bridge.central.database import POSTGRES_VARIABLE
from hw_sim.demo.errors import ProgramFailed
from hw_sim.demo.log_file import LogFile

T = TypeVar("T")

STOP_TIMEOUT_S = 8.0
_LINE_LIMIT = 16 * 1024
# Passed on from our own environment; everything else, such as tokens, stays here.
_PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "SSL_CERT_FILE", POSTGRES_VARIABLE)

# Runs first in each child: asks Linux to kill it when its parent dies, and becomes the program. A wrapper
# and not `preexec_fn`, because Python code between fork and exec may deadlock where there are threads.
_DIE_WITH_PARENT = """
import ctypes, os, sys
ctypes.CDLL(None).prctl(1, 9, 0, 0, 0)
if os.getppid() != int(sys.argv[1]):
    os._exit(1)
os.execv(sys.argv[2], sys.argv[2:])
"""


class Children:
    """Starts every process from one thread that stays.

    Linux ties "dies with its parent" to the thread that started the child, and a web server's worker
    threads come and go: a terminal started by one of them would lose its power a few seconds later.
    """

    def __init__(self, *, directory: Path) -> None:
        self._directory = directory
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="starts-children")

    def in_thread(self, work: Callable[[], T]) -> T:
        """Do something else from the thread that stays, such as starting a process by other means."""
        return self._thread.submit(work).result()

    def start(self, module: str, *arguments: str, log: LogFile, extra: Mapping[str, str] | None = None) -> Child:
        """Start `python -m module` with `arguments`."""
        command = [sys.executable, "-m", module, *arguments]
        return self.in_thread(lambda: Child(command, cwd=self._directory, extra=extra or {}, log=log))

    def run(
        self,
        module: str,
        *arguments: str,
        log: LogFile,
        extra: Mapping[str, str] | None = None,
        timeout_s: float = 300.0,
    ) -> str:
        """Run `python -m module` to its end; its last line. Raises `ProgramFailed`."""
        child = self.start(module, *arguments, log=log, extra=extra)
        try:
            code = child.wait(timeout_s)
        except subprocess.TimeoutExpired:
            child.kill()
            raise ProgramFailed(_failure(module, arguments, f"did not end within {timeout_s:.0f} s", log)) from None
        except BaseException:
            child.kill()
            raise
        if code:
            raise ProgramFailed(_failure(module, arguments, f"ended with code {code}", log))
        return child.last_line

    def close(self) -> None:
        """End the thread; processes that were not ended go with it."""
        self._thread.shutdown()


class Child:
    """One running program. What it says goes into its log; its lines on stdout can be waited for."""

    def __init__(self, command: Sequence[str], *, cwd: Path, extra: Mapping[str, str], log: LogFile) -> None:
        self._log = log
        self._heard = threading.Condition()
        self._lines: list[str] = []
        self._silent = False
        wrapped = [sys.executable, "-I", "-S", "-c", _DIE_WITH_PARENT, str(os.getpid()), *command]
        # A session of its own: Ctrl-C reaches the demo alone, which then ends everything in order, and
        # a power cut takes whatever the program itself has started.
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and modules
            wrapped,
            cwd=cwd,
            env=_environment(extra),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        self._readers = [
            threading.Thread(target=self._listen, args=(self._process.stdout, True), daemon=True),
            threading.Thread(target=self._listen, args=(self._process.stderr, False), daemon=True),
        ]
        for reader in self._readers:
            reader.start()

    @property
    def pid(self) -> int:
        """The program's process id."""
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs; negative for the signal that ended it."""
        return self._process.poll()

    @property
    def last_line(self) -> str:
        """The last line on stdout so far."""
        with self._heard:
            return self._lines[-1] if self._lines else ""

    def first_line(self, timeout_s: float) -> str:
        """The first line on stdout; empty if it ended, or said nothing in time."""
        with self._heard:
            self._heard.wait_for(lambda: bool(self._lines) or self._silent, timeout_s)
            return self._lines[0] if self._lines else ""

    def wait(self, timeout_s: float) -> int:
        """Wait for its end and for its last words; raises `subprocess.TimeoutExpired`."""
        code = self._process.wait(timeout_s)
        for reader in self._readers:
            reader.join(1)
        return code

    def stop(self) -> None:
        """Ask it to end, and insist after a while. May be called twice."""
        self._process.terminate()
        try:
            self.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """SIGKILL, for it and for whatever it has started. May be called twice."""
        # The process is not reaped before `wait`, so its group cannot belong to anybody else meanwhile.
        if self._process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
        self.wait(STOP_TIMEOUT_S)

    def _listen(self, stream: IO[bytes], is_stdout: bool) -> None:
        with stream:
            while line := stream.readline(_LINE_LIMIT):
                self._log.write(line)
                if is_stdout:
                    with self._heard:
                        # Only the first and the last are ever asked for.
                        self._lines[1:] = [line.decode("utf-8", "replace").strip()]
                        self._heard.notify_all()
        if is_stdout:
            with self._heard:
                self._silent = True
                self._heard.notify_all()


def last_words(log: LogFile, lines: int = 6) -> str:
    """The end of a log, for a message to a person."""
    said = [line for line in log.last(lines) if line.strip()]
    return "\n  ".join(["Its last words:", *said]) if said else f"It said nothing; its log is {log.path}."


def _failure(module: str, arguments: Sequence[str], what: str, log: LogFile) -> str:
    return f"`python -m {module} {arguments[0] if arguments else ''}` {what}. {last_words(log)}"


def _environment(extra: Mapping[str, str]) -> dict[str, str]:
    kept = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    checkout = str(Path(__file__).resolve().parents[2])
    return kept | {
        "PYTHONPATH": checkout,
        "PYTHONSAFEPATH": "1",
        "PYTHONUNBUFFERED": "1",
        "PYTHONUTF8": "1",
        **extra,
    }
