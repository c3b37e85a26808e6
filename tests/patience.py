"""How long tests wait, and how they tell slow work from a slow machine.

A machine that runs much else lets a process wait, for seconds at times. So what must come is waited for far longer
than it ever takes, which costs nothing when it comes; and what must be quick is measured without that waiting.
"""

from __future__ import annotations

import threading
import time
from types import TracebackType

#: For what must come. Where it does not, the test fails for that reason, before pytest's own limit (`timeout`).
PATIENCE_S = 90.0
#: For a program that is run to its end: setting up a central system takes many seconds of work by itself.
PROGRAM_S = 400.0
_LOOK_EVERY_S = 0.01


class Stopwatch:
    """`with Stopwatch() as watch: …`, then `watch.seconds`: how long it took, less the time for which this process was
    not let run. A thread that wants to look at the clock a hundred times a second notices how long it had to wait."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._waited = 0.0
        self._ended = threading.Event()
        self._looking = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Stopwatch:
        self._began = time.monotonic()
        self._looking.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        took = time.monotonic() - self._began
        self._ended.set()
        self._looking.join()
        self.seconds = took - self._waited

    def _look(self) -> None:
        looked, ended = self._began, False
        while not ended:
            ended = self._ended.wait(_LOOK_EVERY_S)
            now = time.monotonic()
            self._waited += max(0.0, now - looked - 2 * _LOOK_EVERY_S)
            looked = now
