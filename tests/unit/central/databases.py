"""The databases that the central system's tests run on, and how each test gets a fresh one.

Everything that a test asks for runs on SQLite and on PostgreSQL, there as the role that serves: what it must
not do (`privileges`) fails in the test as it would in a shop. The fixture `owner` is for tests that change tables.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any, Protocol

import psycopg
from django.conf import settings
from django.db import connection, connections
from psycopg.errors import ObjectInUse
from psycopg.pq import TransactionStatus

from backend_bridge.central.data_dir import DataDir
from backend_bridge.central.database import database_settings
from tests.postgres_server import APP, DATABASE, OWNER, PostgresServer

_KEPT_DATABASE = "tapbon_kept"


class CentralDatabase(Protocol):
    """One database of the central system. `conninfo` is how processes that a test starts find it."""

    @property
    def conninfo(self) -> str | None:
        """What `TAPBON_POSTGRES` says of it; none for SQLite."""

    def use(self, *, owner: bool = False) -> None:
        """From now on this process works on it: as the role that serves, or as the owner of the tables."""

    def keep(self) -> Path:
        """Keep what is in it now; returns the file that `restore` wants. Needs `use` as the owner, and leaves it."""

    def restore(self, kept: Path) -> None:
        """Put back what `keep` kept."""


class Sqlite:
    """The file of the data directory."""

    conninfo = None

    def use(self, *, owner: bool = False) -> None:
        _switch(self, None)  # it has no roles

    def keep(self) -> Path:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
        return Path(shutil.copyfile(_file(), _file().with_name("template")))

    def restore(self, kept: Path) -> None:
        connection.close()
        for old in settings.DATA.glob("central.sqlite3*"):
            old.unlink()
        shutil.copyfile(kept, _file())


class Postgresql:
    """A database of the tests' own server. The rows that are kept are in it too, in a schema of their own.

    Deleting and copying a few hundred rows takes 7 ms, a copy of the whole database 60 ms. The copy is made
    where a test changed a table itself, which an event trigger notices.
    """

    def __init__(self, server: PostgresServer) -> None:
        self._server = server
        self._superuser = server.connect()

    @property
    def conninfo(self) -> str:
        return self._server.conninfo(user=APP)

    def use(self, *, owner: bool = False) -> None:
        _switch(self, self._server.conninfo(user=OWNER if owner else APP))

    def keep(self) -> Path:
        connection.close()
        run = self._superuser.execute
        run("CREATE SCHEMA kept")
        for (statement,) in run(_KEEP_ROWS).fetchall():
            run(statement)
        # Without triggers and foreign keys meanwhile; ids count on from where they were.
        statements = ["SET session_replication_role = replica"]
        for question in (_PUT_ROWS_BACK, _PUT_COUNTERS_BACK):
            statements += [statement for (statement,) in run(question).fetchall()]
        for statement in _NOTICE_CHANGED_TABLES:
            run(statement)
        self._copy(DATABASE, to=_KEPT_DATABASE)
        file = _file().with_name("template.sql")
        file.write_text(";\n".join([*statements, "RESET session_replication_role"]))
        return file

    def restore(self, kept: Path) -> None:
        self._superuser.execute(_END_OTHERS, [_own_backend()])
        if self._superuser.execute("SELECT 1 FROM kept.changed").fetchone():
            self._copy(_KEPT_DATABASE, to=DATABASE)
        else:
            self._superuser.execute(kept.read_text().encode())

    def _copy(self, source: str, *, to: str) -> None:
        self._superuser.close()
        connection.close()
        with self._server.connect(database="postgres") as server:
            server.execute(f"DROP DATABASE IF EXISTS {to} WITH (FORCE)")
            _when_nobody_is_in_it(server, f"CREATE DATABASE {to} OWNER {OWNER} TEMPLATE {source} STRATEGY file_copy")
            server.execute(f"REVOKE ALL ON DATABASE {to} FROM PUBLIC")
            server.execute(f"GRANT CONNECT ON DATABASE {to} TO {APP}")
        self._superuser = self._server.connect()


def _when_nobody_is_in_it(server: psycopg.Connection, statement: str) -> None:
    """Who was sent away may still be on the way out; the server itself waits for five seconds each time."""
    for _attempt in range(12):
        try:
            server.execute(statement.encode())
        except ObjectInUse:
            continue
        return
    server.execute(statement.encode())


_KEEP_ROWS = """SELECT format('CREATE TABLE kept.%1$I AS TABLE public.%1$I', tablename)
    FROM pg_tables WHERE schemaname = 'public'"""
_PUT_ROWS_BACK = """SELECT format('DELETE FROM public.%1$I; INSERT INTO public.%1$I SELECT * FROM kept.%1$I', tablename)
    FROM pg_tables WHERE schemaname = 'public'"""
_PUT_COUNTERS_BACK = """SELECT format('SELECT setval(''%I.%I'', %s, %L)', schemaname, sequencename,
    coalesce(last_value, 1), last_value IS NOT NULL) FROM pg_sequences"""
_NOTICE_CHANGED_TABLES = (
    "CREATE TABLE kept.changed ()",
    """CREATE FUNCTION kept.notice() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER AS
       $$ BEGIN INSERT INTO kept.changed DEFAULT VALUES; END $$""",
    "CREATE EVENT TRIGGER notice_changed ON ddl_command_end EXECUTE FUNCTION kept.notice()",
)
#: A thread that a test forgot must not hold locks in the next one.
_END_OTHERS = """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid NOT IN (pg_backend_pid(), %s) AND backend_type = 'client backend'"""


def _own_backend() -> int:
    """The server's process for this thread, 0 for none: the next test goes on with it, as its caches are warm.

    A connection that a test left in a transaction, or without its settings, is closed.
    """
    driver = connection.connection
    if driver is None or connection.in_atomic_block or driver.info.transaction_status != TransactionStatus.IDLE:
        connection.close()
        return 0
    return int(driver.info.backend_pid)


def in_use() -> CentralDatabase:
    """The database that this process works on."""
    return _IN_USE[-1]


_IN_USE: list[CentralDatabase] = []


def keep_keys() -> None:
    """Keep the data directory's private keys as they are the first time; both databases have the same."""
    if not _kept_keys().exists():
        shutil.copytree(_keys(), _kept_keys())


def restore_keys() -> None:
    """Put back the keys that `keep_keys` kept, and remove those that a test made."""
    shutil.rmtree(_keys())
    shutil.copytree(_kept_keys(), _keys())


def _switch(database: CentralDatabase, conninfo: str | None) -> None:
    """Work on `database`, in this thread and in new ones."""
    connection.close()
    _IN_USE[:] = [database]
    made: dict[str, Any] = database_settings(DataDir(settings.DATA), conninfo)
    connections.databases.update(connections.configure_settings({"default": made}))
    del connections["default"]


def _file() -> Path:
    return DataDir(settings.DATA).database


def _keys() -> Path:
    return DataDir(settings.DATA).keys


def _kept_keys() -> Path:
    return _keys().with_name("template-keys")
