"""An installation on a PostgreSQL server, by its commands, each run as a program of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.patience import PROGRAM_S
from tests.postgres_server import APP, OWNER, PASSWORD_DATABASE, PostgresServer

DATABASE = "tapbon_commands"
PASSWORD = "three-quiet-mills"


def run(command: str, data: Path, conninfo: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run one command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "backend_bridge", command, "--data", str(data), *arguments],
        env={**os.environ, "TAPBON_POSTGRES": conninfo},
        capture_output=True,
        text=True,
        timeout=PROGRAM_S,
        check=False,
    )


@pytest.fixture(scope="module")
def data(postgres_server: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with the demonstration, its database made by the owner."""
    postgres_server.new_database(DATABASE)
    path = tmp_path_factory.mktemp("data")
    for command in ("init", "seed-demo"):
        done = run(command, path, postgres_server.conninfo(user=OWNER, database=DATABASE))
        assert done.returncode == 0, done.stderr
    return path


def test_commands_run_as_the_role_that_serves_and_no_file_holds_a_row(
    postgres_server: PostgresServer, data: Path
) -> None:
    app = postgres_server.conninfo(user=APP, database=DATABASE)

    enrolled = run("enrol-customer", data, app, "--username", "dora", "--display-name", "Dora")
    verified = run("verify-books", data, app)

    assert (enrolled.returncode, enrolled.stderr) == (0, "")
    assert (verified.returncode, verified.stderr) == (0, "")
    assert "books balance" in verified.stdout
    assert not list(data.glob("central.sqlite3*"))
    with postgres_server.connect(database=DATABASE) as connection:
        assert connection.execute("SELECT count(*) FROM customers_customer WHERE username = 'dora'").fetchone() == (1,)


def test_setting_up_again_changes_nothing(postgres_server: PostgresServer, data: Path) -> None:
    owner = postgres_server.conninfo(user=OWNER, database=DATABASE)
    before = run("verify-books", data, owner).stdout

    for command in ("init", "seed-demo"):
        assert run(command, data, owner).returncode == 0

    assert run("verify-books", data, owner).stdout == before


def test_a_role_that_owns_nothing_does_not_set_up(postgres_server: PostgresServer, tmp_path: Path) -> None:
    postgres_server.new_database("tapbon_foreign")

    done = run("init", tmp_path, postgres_server.conninfo(user=APP, database="tapbon_foreign"))

    assert done.returncode == 1
    assert done.stderr.startswith("backend_bridge: ")
    assert "run as the owner" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", ["verify-books", "init"])
def test_a_server_that_is_away_is_told_in_a_sentence(data: Path, tmp_path: Path, command: str) -> None:
    done = run(command, data, f"host={tmp_path} dbname=tapbon user=tapbon_app")

    assert done.returncode == 1
    assert done.stderr.startswith("backend_bridge: the database cannot be used: ")
    assert "Traceback" not in done.stderr


def test_a_database_that_was_never_set_up_is_told_in_a_sentence(postgres_server: PostgresServer, data: Path) -> None:
    postgres_server.new_database("tapbon_bare")

    done = run("verify-books", data, postgres_server.conninfo(user=APP, database="tapbon_bare"))

    assert done.returncode == 1
    assert "run init first" in done.stderr


def test_the_password_is_read_from_a_file_that_only_the_owner_reads_and_is_never_said(
    postgres_server: PostgresServer, tmp_path: Path
) -> None:
    postgres_server.new_database(PASSWORD_DATABASE)
    with postgres_server.connect(database="postgres") as connection:
        connection.execute(f"ALTER ROLE {OWNER} PASSWORD '{PASSWORD}'")
    owner = postgres_server.conninfo(user=OWNER, database=PASSWORD_DATABASE)
    file = tmp_path / "pgpass"

    without = run("init", tmp_path, owner)
    file.write_text(f"*:*:*:{OWNER}:{PASSWORD}\n")
    file.chmod(0o644)
    open_to_all = run("init", tmp_path, owner)
    file.chmod(0o600)
    private = run("init", tmp_path, owner)
    inside = run("init", tmp_path, f"{owner} password={PASSWORD}")

    assert [done.returncode for done in (without, open_to_all, private, inside)] == [1, 1, 0, 1]
    assert "no password supplied" in without.stderr
    assert "chmod 600" in open_to_all.stderr
    assert "holds a password" in inside.stderr
    assert PASSWORD not in "".join(done.stdout + done.stderr for done in (without, open_to_all, private, inside))
