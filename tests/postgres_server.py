"""A real PostgreSQL server of the tests' own: on a socket in a private folder, and gone with the tests.

It is started by a shell that waits for the end of its standard input, then stops the server and removes
the folder. So nothing is left behind, however the tests end: when they are killed, the pipe closes too.

PostgreSQL refuses to run as root. Where the tests are root (in a container), the system's user `postgres`
runs it, in a folder that belongs to that user.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import psycopg

SUPERUSER, OWNER, APP = "superuser", "tapbon_owner", "tapbon_app"
DATABASE = "tapbon"
ROLES = Path(__file__).resolve().parent.parent / "deploy" / "postgresql.sql"
START_TIMEOUT_S = 180.0
#: A Unix socket's path has 107 bytes on Linux; the socket's own name takes some 20 of them.
_LONGEST_FOLDER = 80
#: What makes commits durable is off: after a power cut nobody wants this data, and a commit costs a disk's
#: flush otherwise. What the tests see is the same. `deadlock_timeout` is how soon a deadlock is noticed.
_CONFIGURATION = """
listen_addresses = ''
unix_socket_permissions = 0700
fsync = off
full_page_writes = off
wal_level = minimal
max_wal_senders = 0
shared_buffers = 64MB
max_connections = 100
deadlock_timeout = 200ms
autovacuum_naptime = 5s
log_min_messages = fatal
timezone = 'UTC'
"""
#: A password is asked for where a test wants one; whoever may enter the folder is let in otherwise.
PASSWORD_DATABASE = "tapbon_password"
_ACCESS = f"local {PASSWORD_DATABASE} all scram-sha-256\nlocal all all trust\n"
_EMPTY = "tapbon_empty"
_NEW_DATABASE = (
    f"CREATE DATABASE {{name}} OWNER {OWNER} TEMPLATE {_EMPTY} STRATEGY file_copy",
    "REVOKE ALL ON DATABASE {name} FROM PUBLIC",
    f"GRANT CONNECT ON DATABASE {{name}} TO {APP}",
)
_KEEP = """
"$1" -D "$2/data" -k "$2" >"$2/log" 2>&1 &
server=$!
cat >/dev/null
kill -INT "$server" 2>/dev/null
wait "$server"
cd / && rm -rf "$2"
"""


class PostgresMissing(Exception):
    """The server's programs are not installed here."""


class PostgresServer:
    """One server; `start` it, use its `conninfo`, `stop` it."""

    def __init__(self) -> None:
        self._programs = programs()
        self._user = _other_user()
        self.folder = Path(tempfile.mkdtemp(prefix="tapbon-postgres-", dir=_base()))
        self._keeper: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Make the server's files, start it, and make the roles and the database as `deploy/postgresql.sql` does."""
        try:
            self._make()
            self._keeper = subprocess.Popen(
                ["sh", "-c", _KEEP, "keep-postgres", self._programs / "postgres", self.folder],
                stdin=subprocess.PIPE,
                start_new_session=True,  # Ctrl-C is for the tests; they stop the server themselves
                cwd="/",
                **self._as_user(),
            )
            self._wait()
            self._run(["psql", "-q", "-v", "ON_ERROR_STOP=1", "-f", "-", self.conninfo(database="postgres")], ROLES)
            self._copy_of_empty()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop it and remove its folder. May be called twice."""
        if self._keeper is not None:
            assert self._keeper.stdin is not None
            self._keeper.stdin.close()
            self._keeper.wait(300)
            self._keeper = None
        shutil.rmtree(self.folder, ignore_errors=True)

    def new_database(self, name: str) -> None:
        """Make an empty database, as `deploy/postgresql.sql` makes `tapbon`; one of that name goes."""
        with self.connect(database="postgres") as server:
            server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            for statement in _NEW_DATABASE:
                server.execute(statement.format(name=name))

    def conninfo(self, *, user: str = SUPERUSER, database: str = DATABASE) -> str:
        """How libpq reaches it."""
        return f"host={self.folder} dbname={database} user={user}"

    def connect(self, *, user: str = SUPERUSER, database: str = DATABASE) -> psycopg.Connection:
        """A connection that commits each statement."""
        return psycopg.connect(self.conninfo(user=user, database=database), autocommit=True)

    def _make(self) -> None:
        if self._user is not None:
            os.chown(self.folder, self._user.pw_uid, self._user.pw_gid)
        self._run(
            [
                *(self._programs / "initdb", "-D", self.folder / "data", "-U", SUPERUSER, "--auth=trust", "--no-sync"),
                *("--encoding=UTF8", "--no-locale", "--no-instructions"),
            ]
        )
        for name, text in (("postgresql.auto.conf", _CONFIGURATION), ("pg_hba.conf", _ACCESS)):
            (self.folder / "data" / name).write_text(text)

    def _copy_of_empty(self) -> None:
        with self.connect(database="postgres") as server:
            server.execute(f"CREATE DATABASE {_EMPTY} TEMPLATE {DATABASE} STRATEGY file_copy")

    def _wait(self) -> None:
        give_up = time.monotonic() + START_TIMEOUT_S
        while True:
            try:
                self.connect(database="postgres").close()
            except psycopg.OperationalError as error:
                if time.monotonic() > give_up:
                    log = (self.folder / "log").read_text(errors="replace")
                    raise TimeoutError(f"PostgreSQL did not start: {error}\n{log}") from error
                time.sleep(0.02)
            else:
                return

    def _run(self, command: list[str | Path], standard_input: Path | None = None) -> None:
        text = standard_input.read_bytes() if standard_input else b""
        done = subprocess.run(command, input=text, capture_output=True, check=False, cwd="/", **self._as_user())
        if done.returncode:
            raise RuntimeError(f"{command[0]} failed: {done.stderr.decode(errors='replace')}")

    def _as_user(self) -> dict[str, Any]:
        if self._user is None:
            return {}
        return {"user": self._user.pw_uid, "group": self._user.pw_gid, "extra_groups": []}


def programs() -> Path:
    """The folder of the newest server's programs; raises `PostgresMissing`."""
    # Debian keeps them out of PATH, in one folder for each version.
    newest_first = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_version, reverse=True)
    found = shutil.which("postgres")
    for folder in [*newest_first, *([Path(found).resolve().parent] if found else [])]:
        if (folder / "postgres").exists() and (folder / "initdb").exists():
            return folder
    raise PostgresMissing("the programs of the PostgreSQL server were not found; on Debian: apt install postgresql")


def _version(folder: Path) -> int:
    return int(folder.parent.name) if folder.parent.name.isdigit() else 0


def _other_user() -> pwd.struct_passwd | None:
    """Who runs the server, where it is not the tests' own user."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        raise PostgresMissing("there is no system user postgres, and PostgreSQL does not run as root") from None


def _base() -> Path:
    """Where the folder is made: another user must be able to enter it, and a socket's path is short."""
    wanted = Path(tempfile.gettempdir())
    reachable = all(part.stat().st_mode & 0o001 for part in (wanted, *wanted.parents))
    return wanted if reachable and len(str(wanted)) < _LONGEST_FOLDER - 30 else Path("/tmp")
