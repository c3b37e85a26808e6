"""The same race on SQLite and on a PostgreSQL server of its own."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hw_sim.postgres import running_postgres
from hw_sim.racing.rounds import Report, run

#: What is raced for is who comes first, not whether it is on the disk; a deadlock is noticed sooner.
_SETTINGS = {"fsync": "off", "deadlock_timeout": "100ms", "max_connections": "100"}


def race_on_sqlite(*, requests: int, seed: int) -> Report:
    """The race on a file."""
    return run(requests=requests, seed=seed)


def race_on_postgresql(*, requests: int, seed: int) -> Report:
    """The race on a server; raises `PostgresMissing` where there is none to start."""
    with _server() as conninfo:
        return run(requests=requests, seed=seed, conninfo=conninfo)


@contextmanager
def _server() -> Iterator[str]:
    import psycopg

    with tempfile.TemporaryDirectory(prefix="tapbon-racing-") as folder:
        Path(folder).chmod(0o711)  # the server may run as another user
        with running_postgres(Path(folder) / "server", _SETTINGS) as conninfo:
            with psycopg.connect(f"{conninfo} dbname=postgres", autocommit=True) as connection:
                connection.execute("CREATE DATABASE racing")
            yield f"{conninfo} dbname=racing"
