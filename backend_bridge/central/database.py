"""Which database an installation has: SQLite in its data directory, or a PostgreSQL server.

SQLite is there without any setting. `TAPBON_POSTGRES` names a server as libpq does it, such as
`host=db.example.org dbname=tapbon user=tapbon_app`, and holds no password: that is in a password file
(`pgpass` in the data directory, else `~/.pgpass`), so that neither settings nor logs can show it.

Decides the settings of a connection; what is in the tables is decided elsewhere. Importing it needs no Django.
"""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Any

from backend_bridge.central.data_dir import DataDir
from backend_bridge.central.errors import DatabaseUnusable

POSTGRES_VARIABLE = "TAPBON_POSTGRES"
#: How long a statement waits for a lock, on both databases; then it fails, and nothing of it is done.
LOCK_TIMEOUT_S = 20
#: Serving only: commands that read all of the books may take as long as they need (`without_time_limit`).
STATEMENT_TIMEOUT_S = 120
IDLE_IN_TRANSACTION_TIMEOUT_S = 60
CONNECT_TIMEOUT_S = 10
_SECRETS = ("password", "sslpassword", "scram_client_key")


def database_settings(directory: DataDir, conninfo: str | None) -> dict[str, Any]:
    """Django's settings of the default database; raises `DatabaseUnusable` for a `conninfo` that cannot be used."""
    if conninfo:
        return postgresql_settings(conninfo, password_file=directory.password_file)
    return sqlite_settings(directory.database)


def sqlite_settings(file: Path) -> dict[str, Any]:
    """One file; a commit is on the disk when it returns, and writers wait for each other."""
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": file,
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": LOCK_TIMEOUT_S,
            # Without recursive triggers, INSERT OR REPLACE would delete an append-only row unseen. A checkpoint every
            # 32 MB (SQLite's own: 4 MB) writes a tenth for batches in large books (docs/performance.md).
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA recursive_triggers=ON;"
            " PRAGMA cache_size=-32768; PRAGMA wal_autocheckpoint=8000;",
        },
    }


def postgresql_settings(conninfo: str, *, password_file: Path) -> dict[str, Any]:
    """A server; READ COMMITTED with row locks. Raises `DatabaseUnusable`, whose message never repeats a value.

    Over a network the server has to prove its name (`sslmode=verify-full`), unless `conninfo` says otherwise.
    """
    from psycopg import IsolationLevel

    parameters = _parsed(conninfo)
    if password_file.exists() and "passfile" not in parameters:
        parameters["passfile"] = str(_private(password_file))
    if not _is_local(str(parameters.get("host", ""))):
        parameters.setdefault("sslmode", "verify-full")
    parameters.setdefault("application_name", "tapbon")
    parameters.setdefault("connect_timeout", CONNECT_TIMEOUT_S)
    parameters["options"] = f"{_session_options()} {parameters.get('options', '')}".strip()
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parameters.pop("dbname", ""),
        "CONN_MAX_AGE": None,
        # A server that was restarted is noticed before the next request or message, not by its failing.
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {**parameters, "isolation_level": IsolationLevel.READ_COMMITTED},
    }


def _parsed(conninfo: str) -> dict[str, Any]:
    from psycopg import ProgrammingError
    from psycopg.conninfo import conninfo_to_dict

    try:
        parameters = dict(conninfo_to_dict(conninfo))
    except ProgrammingError:
        # libpq's message repeats a part of the text, and that might be a password.
        raise DatabaseUnusable(f"{POSTGRES_VARIABLE} is no conninfo of libpq: host=… dbname=… user=…") from None
    for name in _SECRETS:
        if parameters.get(name):
            raise DatabaseUnusable(
                f"{POSTGRES_VARIABLE} holds a {name}; it belongs into the file pgpass of the data directory"
            )
    if not parameters.get("dbname") and not parameters.get("service"):
        raise DatabaseUnusable(f"{POSTGRES_VARIABLE} names no dbname")
    return parameters


def _private(file: Path) -> Path:
    """`file` itself; libpq passes over one that others can read, and then fails without saying why."""
    if file.stat().st_mode & 0o077:
        raise DatabaseUnusable(f"{file} can be read by others: chmod 600 {file}")
    return file


def _is_local(hosts: str) -> bool:
    """Whether every one of the comma-separated `hosts` is this machine: a socket's folder, or loopback."""
    for host in hosts.split(","):
        if host in ("", "localhost") or host.startswith(("/", "@")):
            continue
        try:
            if not ipaddress.ip_address(host).is_loopback:
                return False
        except ValueError:
            return False
    return True


def _session_options() -> str:
    milliseconds = {
        "lock_timeout": LOCK_TIMEOUT_S * 1000,
        "statement_timeout": STATEMENT_TIMEOUT_S * 1000,
        "idle_in_transaction_session_timeout": IDLE_IN_TRANSACTION_TIMEOUT_S * 1000,
    }
    # What was acknowledged to a terminal is on the server's disk, whatever the server's own default is.
    values = {**milliseconds, "synchronous_commit": "on"}
    return " ".join(f"-c {name}={value}" for name, value in values.items())
