"""The jobs in the serving process: soon after the start, and then each hour."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable

from django.db import connection
from django.utils import timezone

from backend_bridge.central.jobs.running import run_jobs

FIRST_AFTER_S = 30.0
EVERY_S = 3600.0


class JobService:
    """Runs the jobs until it is stopped."""

    def __init__(
        self,
        *,
        first_after_s: float = FIRST_AFTER_S,
        every_s: float = EVERY_S,
        clock: Callable[[], dt.datetime] = timezone.now,
    ) -> None:
        self._first_after_s = first_after_s
        self._every_s = every_s
        self._clock = clock
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="jobs", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after the job that is running, or in five seconds: what is half done is not committed."""
        self._stop.set()
        self._thread.join(5)

    def _run(self) -> None:
        pause = self._first_after_s
        while not self._stop.wait(pause):
            try:
                run_jobs(at=self._clock())
            finally:
                connection.close()
            pause = self._every_s
