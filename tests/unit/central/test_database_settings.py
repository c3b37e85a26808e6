"""Which database an installation has is named by its environment, without a secret, or refused by a sentence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend_bridge.central.data_dir import DataDir
from backend_bridge.central.database import database_settings
from backend_bridge.central.errors import DatabaseUnusable


def options(conninfo: str, data: Path = Path("/nonexistent")) -> dict[str, Any]:
    """The driver's parameters for `conninfo`."""
    found: dict[str, Any] = database_settings(DataDir(data), conninfo)["OPTIONS"]
    return found


@pytest.mark.parametrize("conninfo", [None, ""])
def test_without_a_server_the_database_is_a_file_of_the_data_directory(conninfo: str | None, tmp_path: Path) -> None:
    made = database_settings(DataDir(tmp_path), conninfo)

    assert (made["ENGINE"], made["NAME"]) == ("django.db.backends.sqlite3", tmp_path / "central.sqlite3")


def test_what_was_acknowledged_is_on_the_servers_disk_and_nobody_waits_for_ever() -> None:
    said = options("dbname=tapbon options='-c work_mem=64MB'")["options"]

    assert "-c synchronous_commit=on" in said
    for limit in ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout"):
        assert f"-c {limit}=" in said
    assert said.endswith("-c work_mem=64MB")


@pytest.mark.parametrize(
    ("conninfo", "mode"),
    [
        ("host=db.example.org dbname=tapbon", "verify-full"),
        ("host=192.0.2.1 dbname=tapbon", "verify-full"),
        ("host=/run/postgresql,db.example.org dbname=tapbon", "verify-full"),
        ("host=db.example.org dbname=tapbon sslmode=verify-ca", "verify-ca"),
        ("host=/run/postgresql dbname=tapbon", None),
        ("host=127.0.0.1,::1,localhost dbname=tapbon", None),
        ("dbname=tapbon", None),
        ("postgresql://db.example.org/tapbon", "verify-full"),
    ],
)
def test_a_server_over_a_network_has_to_prove_its_name(conninfo: str, mode: str | None) -> None:
    assert options(conninfo).get("sslmode") == mode


@pytest.mark.parametrize(
    ("conninfo", "says"),
    [
        ("dbname=tapbon password=three-quiet-mills", "holds a password"),
        ("postgresql://tapbon:three-quiet-mills@db.example.org/tapbon", "holds a password"),
        ("dbname=tapbon sslpassword=three-quiet-mills", "holds a sslpassword"),
        ("dbname=tapbon sslkey three-quiet-mills", "no conninfo"),
        ("host=db.example.org", "names no dbname"),
    ],
)
def test_what_cannot_be_is_refused_without_repeating_it(conninfo: str, says: str) -> None:
    with pytest.raises(DatabaseUnusable, match=says) as refused:
        options(conninfo)

    assert "three-quiet-mills" not in str(refused.value)
    assert refused.value.__cause__ is None


@given(conninfo=st.text(min_size=1, max_size=60))
def test_any_text_is_settings_or_a_refusal(conninfo: str) -> None:
    try:
        made = database_settings(DataDir(Path("/nonexistent")), conninfo)
    except DatabaseUnusable:
        return
    assert made["ENGINE"] == "django.db.backends.postgresql"


def test_the_data_directorys_password_file_is_used_unless_another_is_named(tmp_path: Path) -> None:
    file = tmp_path / "pgpass"
    assert "passfile" not in options("dbname=tapbon", tmp_path)
    file.touch(0o600)

    assert options("dbname=tapbon", tmp_path)["passfile"] == str(file)
    assert options("dbname=tapbon passfile=/other", tmp_path)["passfile"] == "/other"


def test_a_password_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "pgpass").touch()
    (tmp_path / "pgpass").chmod(0o640)

    with pytest.raises(DatabaseUnusable, match="chmod 600"):
        options("dbname=tapbon", tmp_path)
