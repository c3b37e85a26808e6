"""The books of a run on a PostgreSQL server of its own, with the roles of `deploy/postgresql.sql`.

The checkers get a copy of every table in SQLite, in memory: they are the same on both databases.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from backend_bridge.central.database import POSTGRES_VARIABLE
from hw_sim.chaos.books import Books
from hw_sim.postgres import running_postgres

DATABASE, OWNER, APP = "tapbon", "tapbon_owner", "tapbon_app"
_ROLES = Path(__file__).resolve().parents[2] / "deploy" / "postgresql.sql"
_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"


class PostgresBooks(Books):
    """The books on the server that `server` reaches as its superuser."""

    def __init__(self, server: str) -> None:
        self._conninfo = make_conninfo(server, dbname=DATABASE)
        self.options = ("--owner", make_conninfo(self._conninfo, user=OWNER))

    @property
    def environment(self) -> dict[str, str]:
        """See `Books`: the programs serve as the role that cannot change what is append-only."""
        return {**os.environ, POSTGRES_VARIABLE: make_conninfo(self._conninfo, user=APP)}

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """See `Books`: a copy of one snapshot."""
        with closing(sqlite3.connect(":memory:")) as copy:
            with psycopg.connect(self._conninfo) as server:
                server.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
                for (table,) in server.execute(_TABLES).fetchall():
                    _copy_table(server, copy, table)
            yield copy

    def count(self, query: str, *parameters: str) -> int | None:
        """See `Books`."""
        with suppress(psycopg.Error), psycopg.connect(self._conninfo) as server:
            row = server.execute(query.replace("?", "%s").encode(), parameters).fetchone()
            return None if row is None else int(row[0])
        return None


@contextmanager
def postgres_books() -> Iterator[PostgresBooks]:
    """Books on a server that runs for so long; raises `PostgresMissing` where none can be started."""
    with tempfile.TemporaryDirectory(prefix="tapbon-chaos-") as folder:
        Path(folder).chmod(0o711)  # the server may run as another user
        with running_postgres(Path(folder) / "server") as conninfo:
            everything = make_conninfo(conninfo, dbname="postgres")
            command = ["psql", "-q", "-v", "ON_ERROR_STOP=1", "-f", str(_ROLES), everything]
            subprocess.run(command, check=True)  # noqa: S603 - the server's own client
            yield PostgresBooks(conninfo)


def _copy_table(server: psycopg.Connection[Any], copy: sqlite3.Connection, table: str) -> None:
    cursor = server.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier(table)))
    columns = [f'"{column.name}"' for column in cursor.description or ()]
    copy.execute(f'CREATE TABLE "{table}" ({", ".join(columns)})')
    places = ", ".join("?" * len(columns))
    rows = ([as_on_sqlite(value) for value in row] for row in cursor)
    copy.executemany(f'INSERT INTO "{table}" VALUES ({places})', rows)  # noqa: S608 - names of our own tables


def as_on_sqlite(value: Any) -> Any:
    """A value as Django writes it on SQLite."""
    if isinstance(value, dict | list):
        return json.dumps(value)
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).replace(tzinfo=None).isoformat(" ")
    if isinstance(value, dt.date):
        return value.isoformat()
    if value is None or isinstance(value, int | float | str | bytes):
        return value
    return bytes(value) if isinstance(value, memoryview) else str(value)
