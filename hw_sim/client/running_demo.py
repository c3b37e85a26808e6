"""The whole demo as a process of its own, started by its one command."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

STOP_TIMEOUT_S = 90.0


class DemoDidNotStart(Exception):
    """The demo ended before it was ready; its own words are on stderr."""


@contextmanager
def running_demo(
    data: Path, *, options: Sequence[str] = (), environment: Mapping[str, str] | None = None
) -> Iterator[dict[str, str]]:
    """The demo in `data` on free ports; its addresses (`workbench`, `office`, `broker`). Raises `DemoDidNotStart`.

    `options` are more of its command line; `environment` is our own one where there is none.
    """
    command = [sys.executable, "-m", "hw_sim", "demo", "--port", "0", "--data", str(data), *options]
    process = subprocess.Popen(  # noqa: S603 - our own program
        command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, env=environment
    )
    try:
        line = process.stdout.readline() if process.stdout is not None else b""
        if not line:
            raise DemoDidNotStart(f"the demo ended with code {process.wait(STOP_TIMEOUT_S)}")
        addresses: dict[str, str] = json.loads(line)
        yield addresses
    finally:
        process.terminate()
        process.wait(STOP_TIMEOUT_S)
