"""Backing the database up while it is in use, and putting a backup back (D4).

SQLite: the file is copied by the database itself, as it is at one moment. PostgreSQL: `pg_dump` and `pg_restore` of the
server's own version do it. A backup holds no private key: the folder `keys` of the data directory is kept apart, once
it has been made and whenever a company has got a new key for coupons. Without these keys a backup is of no use.
"""

from __future__ import annotations

import datetime as dt
import os
import secrets
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from django.db import connection, connections

from backend_bridge.central.data_dir import DataDir
from backend_bridge.central.database import LOCK_TIMEOUT_S
from backend_bridge.central.recovery.errors import BackupFailed

_PROGRAM_TIMEOUT_S = 6 * 3600
#: Tables with their sequences and triggers, then functions: all that migrations make.
_DROPS = """
DO $$ DECLARE one record; BEGIN
    FOR one IN SELECT tablename FROM pg_tables WHERE schemaname = current_schema() AND tableowner = current_user LOOP
        EXECUTE format('DROP TABLE IF EXISTS %I.%I CASCADE', current_schema(), one.tablename);
    END LOOP;
    FOR one IN SELECT p.oid::regprocedure AS name FROM pg_proc p JOIN pg_roles r ON r.oid = p.proowner
        WHERE p.pronamespace = current_schema()::regnamespace AND r.rolname = current_user LOOP
        EXECUTE format('DROP ROUTINE IF EXISTS %s CASCADE', one.name);
    END LOOP;
END $$;
"""


def backup(file: Path) -> None:
    """Write the database as it is now to `file`, which appears whole or not at all, for its owner's eyes only.

    Raises `BackupFailed`, also where `file` is there already.
    """
    if file.exists():
        raise BackupFailed(f"{file} is there already: a backup is never written over")
    draft = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    try:
        os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        if connection.vendor == "sqlite":
            _copy_sqlite(Path(str(connection.settings_dict["NAME"])), draft)
        else:
            told = ("--format=custom", "--no-owner", "--no-privileges", f"--schema={_schema()}")
            _run("pg_dump", *told, f"--file={draft}", _conninfo())
        _sync(draft)
        os.link(draft, file)
        _sync(file.parent)
    except OSError as error:
        raise BackupFailed(f"the backup cannot be written to {file}: {error.strerror or error}") from error
    finally:
        draft.unlink(missing_ok=True)


def put_back(file: Path, *, directory: DataDir, at: dt.datetime) -> int:
    """Put the backup `file` in the place of what is in the database; the newest generation that this had.

    The SQLite file that was there is kept beside it. Raises `BackupFailed` where `file` is no backup, or while
    somebody works on the database: nothing was changed then.
    """
    if not file.is_file():
        raise BackupFailed(f"there is no file {file}")
    if connection.vendor == "sqlite":
        return _put_sqlite_back(file, directory.database, at=at)
    return _put_postgresql_back(file)


def _copy_sqlite(source: Path, to: Path) -> None:
    """A consistent copy, checked; writers go on meanwhile."""
    try:
        with (
            closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True, timeout=LOCK_TIMEOUT_S)) as books,
            closing(sqlite3.connect(to)) as copy,
        ):
            books.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")
            told = copy.execute("PRAGMA quick_check").fetchone()[0]
    except sqlite3.Error as error:
        raise BackupFailed(f"{source.name} cannot be copied: {error}") from error
    if told != "ok":
        raise BackupFailed(f"{source.name} is damaged: {told}")


def _put_sqlite_back(file: Path, database: Path, *, at: dt.datetime) -> int:
    draft = database.with_name(f".{database.name}.{secrets.token_hex(4)}")
    try:
        _copy_sqlite(file, draft)
        _check_books(draft, file)
        connections.close_all()
        newest = _close_for_others(database)
        # All of what was there, also of a file that nobody can read any more.
        for suffix in ("", "-wal", "-shm"):
            old = database.with_name(database.name + suffix)
            if old.exists():
                old.rename(database.with_name(f"{database.name}.before-{at:%Y%m%dT%H%M%S}{suffix}"))
        _sync(draft)
        draft.rename(database)
        _sync(database.parent)
    except OSError as error:
        raise BackupFailed(f"{file} cannot be put back: {error.strerror or error}") from error
    finally:
        draft.unlink(missing_ok=True)
    return newest


def _check_books(copy: Path, file: Path) -> None:
    with closing(sqlite3.connect(copy)) as books:
        tables = {name for (name,) in books.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if not {"django_migrations", "ledger_cause", "fleet_terminal"} <= tables:
        raise BackupFailed(f"{file} is no backup of a central system")


def _close_for_others(database: Path) -> int:
    """Make sure that nobody else has the database open; the newest generation in it, 0 where it cannot be read."""
    if not database.exists():
        return 0
    try:
        with closing(sqlite3.connect(database, timeout=1)) as books:
            # Leaving WAL mode wants the file for itself.
            books.execute("PRAGMA journal_mode=DELETE")
            newest = books.execute("SELECT max(number) FROM fleet_generation").fetchone()[0]
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            raise BackupFailed("the database is in use: stop the central system first") from error
        return 0
    except sqlite3.DatabaseError:
        return 0
    return int(newest or 0)


def _put_postgresql_back(file: Path) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() AND application_name = 'tapbon'"
        )
        others = cursor.fetchone()[0]
        cursor.execute("SELECT to_regclass('fleet_generation') IS NOT NULL")
        if known := cursor.fetchone()[0]:
            cursor.execute("SELECT max(number) FROM fleet_generation")
            known = cursor.fetchone()[0]
    if others:
        raise BackupFailed("the database is in use: stop the central system first")
    _replace_tables(file, schema=_schema())
    return int(known or 0)


def _replace_tables(file: Path, *, schema: str) -> None:
    """In one transaction: drop what is there, which may be of a newer version, and make what is in `file`."""
    connections.close_all()
    with tempfile.TemporaryDirectory(prefix="tapbon-restore-") as folder:
        drops, script = Path(folder) / "drops.sql", Path(folder) / "restore.sql"
        drops.write_text(_DROPS)
        _run("pg_restore", "--no-owner", "--no-privileges", f"--schema={schema}", f"--file={script}", str(file))
        told = ("--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1", "--output=/dev/null")
        _run("psql", *told, f"--file={drops}", f"--file={script}", _conninfo())


def _schema() -> str:
    """Where the tables are. A database may hold other things besides, which are nobody's business here."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_schema()")
        return str(cursor.fetchone()[0])


def _conninfo() -> str:
    """The database as libpq's programs take it; a password is in the password file."""
    from psycopg.conninfo import make_conninfo

    settings: dict[str, Any] = connections["default"].settings_dict
    options = {name: value for name, value in settings["OPTIONS"].items() if name not in ("isolation_level", "options")}
    return make_conninfo(dbname=settings["NAME"], **options)


def _run(program: str, *arguments: str) -> None:
    path = shutil.which(program)
    if path is None:
        raise BackupFailed(
            f"{program} is not installed here: run it where the server's programs are (docs/operator.md)"
        )
    try:
        done = subprocess.run(  # noqa: S603 - the server's own program
            [path, *arguments], capture_output=True, text=True, timeout=_PROGRAM_TIMEOUT_S, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise BackupFailed(f"{program} took longer than six hours") from error
    if done.returncode:
        raise BackupFailed(f"{program} failed: {done.stderr.strip().partition(chr(10))[0][:300]}")


def _sync(path: Path) -> None:
    with _opened(path) as descriptor:
        os.fsync(descriptor)


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
