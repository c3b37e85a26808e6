"""A PostgreSQL server of its own, for as long as it is needed: for measurements and for tests.

It writes to disk as a real one does (`fsync` stays on), listens on a socket in a private folder and nowhere
else, and takes nothing from a server that may be running already. As root it runs as `postgres` or `nobody`,
since PostgreSQL refuses root.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

START_TIMEOUT_S = 180
_USERS = ("postgres", "nobody")
_INSTALLED = Path("/usr/lib/postgresql")
SUPERUSER = "postgres"


class PostgresMissing(Exception):
    """There is no PostgreSQL on this machine, or it cannot be started."""


@contextmanager
def running_postgres(directory: Path, options: Mapping[str, str] | None = None) -> Iterator[str]:
    """A server whose data is in `directory` (made here, on that disk; removed afterwards).

    Gives the conninfo of its superuser without a `dbname`. `options` are settings such as `shared_buffers`.
    Raises `PostgresMissing`.
    """
    programs = _programs()
    directory.mkdir(parents=True)
    # A socket's path is at most some 100 characters long, which `directory` may be by itself.
    socket = Path(tempfile.mkdtemp(prefix="tapbon-pg-"))
    owner = _owner()
    try:
        if owner is not None:
            os.chown(directory, owner.pw_uid, owner.pw_gid)
            os.chown(socket, owner.pw_uid, owner.pw_gid)
        _run(
            programs / "initdb",
            *("-D", str(directory), "-U", SUPERUSER, "-A", "trust", "-E", "UTF8"),
            *("--lc-collate=C", "--lc-ctype=C.UTF-8", "--no-sync", "--no-instructions"),
            owner=owner,
        )
        settings = {"listen_addresses": "", "unix_socket_directories": str(socket), **(options or {})}
        told = " ".join(f"-c {name}='{value}'" for name, value in settings.items())
        control = (programs / "pg_ctl", "-D", str(directory), "-w", "-t", str(START_TIMEOUT_S))
        _run(*control, "-l", str(directory / "server.log"), "-o", told, "start", owner=owner)
        try:
            yield f"host={socket} user={SUPERUSER}"
        finally:
            _run(*control, "-m", "fast", "stop", owner=owner)
    finally:
        shutil.rmtree(socket, ignore_errors=True)
        shutil.rmtree(directory, ignore_errors=True)


def _programs() -> Path:
    """Where `initdb` and `pg_ctl` are: on the path, or the newest that Debian has installed."""
    found = shutil.which("pg_ctl")
    if found is not None and (Path(found).parent / "initdb").exists():
        return Path(found).parent
    installed = sorted(_INSTALLED.glob("*/bin/initdb"), key=lambda program: int(program.parts[-3]))
    if not installed:
        raise PostgresMissing("no PostgreSQL server is installed (Debian: apt install postgresql)")
    return installed[-1].parent


def _owner() -> pwd.struct_passwd | None:
    """Whose the server is, where this process is root's; None: this process's own user."""
    if os.geteuid() != 0:
        return None
    for name in _USERS:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise PostgresMissing("PostgreSQL does not run as root, and there is no other user for it")


def _run(program: Path, *arguments: str, owner: pwd.struct_passwd | None) -> None:
    done = subprocess.run(  # noqa: S603 - programs of the installed server
        [str(program), *arguments],
        stdin=subprocess.DEVNULL,
        # The server keeps its standard output: a pipe would never come to its end.
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
        check=False,
        user=None if owner is None else owner.pw_uid,
        group=None if owner is None else owner.pw_gid,
        extra_groups=None if owner is None else (),
        # Text in the operator's own language, or a server of theirs, is nothing to this one.
        env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8"},
    )
    if done.returncode != 0:
        raise PostgresMissing(f"{program.name} ended with code {done.returncode}")
