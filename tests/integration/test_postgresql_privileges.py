"""Attacks with SQL: by whoever has the role that serves, and by the role that owns the tables."""

from __future__ import annotations

import os
import subprocess
import sys

import psycopg
import pytest
from psycopg import errors

from tests.patience import PROGRAM_S
from tests.postgres_server import APP, OWNER, PostgresServer

DATABASE = "tapbon_attacked"
CHANGES = [
    "UPDATE ledger_transfer SET id = id",
    "DELETE FROM ledger_transfer",
    "TRUNCATE ledger_transfer CASCADE",
]


@pytest.fixture(scope="module")
def attacked(postgres_server: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> PostgresServer:
    """A server with the demonstration in its database."""
    postgres_server.new_database(DATABASE)
    conninfo = postgres_server.conninfo(user=OWNER, database=DATABASE)
    command = [sys.executable, "-m", "backend_bridge", "seed-demo", "--data", str(tmp_path_factory.mktemp("data"))]
    subprocess.run(command, env={**os.environ, "TAPBON_POSTGRES": conninfo}, check=True, timeout=PROGRAM_S)
    return postgres_server


def attack(server: PostgresServer, role: str, statement: str) -> psycopg.Error:
    """The error that `statement` ends with."""
    with server.connect(user=role, database=DATABASE) as connection:
        try:
            connection.execute(statement.encode())
        except psycopg.Error as error:
            return error
    pytest.fail(f"{role} may: {statement}")


@pytest.mark.parametrize(
    "statement",
    [
        *CHANGES,
        "SELECT * FROM ledger_transfer FOR UPDATE",
        "INSERT INTO ledger_transfer SELECT * FROM ledger_transfer ON CONFLICT (id) DO UPDATE SET id = excluded.id",
        "ALTER TABLE ledger_transfer DISABLE TRIGGER ALL",
        "DROP TRIGGER ledger_transfer_no_update ON ledger_transfer",
        "DROP TABLE ledger_transfer CASCADE",
        "CREATE RULE kept AS ON INSERT TO ledger_transfer DO INSTEAD NOTHING",
        "GRANT ALL ON ledger_transfer TO tapbon_app; UPDATE ledger_transfer SET id = id",
        "CREATE OR REPLACE FUNCTION tapbon_append_only() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
        "SET session_replication_role = replica",
        "SET ROLE tapbon_owner",
        "ALTER ROLE tapbon_app SUPERUSER",
        "GRANT tapbon_owner TO tapbon_app",
        "CREATE TABLE mine (id int)",
        "CREATE TEMPORARY TABLE ledger_transfer (id int)",
        "DELETE FROM django_migrations",
        "COPY customers_customer TO PROGRAM 'cat'",
        "SELECT pg_read_file('postgresql.conf')",
    ],
)
def test_the_role_that_serves_cannot(attacked: PostgresServer, statement: str) -> None:
    assert isinstance(attack(attacked, APP, statement), errors.InsufficientPrivilege)


@pytest.mark.parametrize("statement", CHANGES)
def test_not_even_the_owner_of_the_tables_changes_the_books(attacked: PostgresServer, statement: str) -> None:
    error = attack(attacked, OWNER, statement)

    assert isinstance(error, errors.RaiseException)
    assert "is append-only" in str(error)


_GUARDED = "SELECT DISTINCT event_object_table FROM information_schema.triggers WHERE trigger_name LIKE '%_no_delete'"
_OPEN = """SELECT name FROM unnest(%s::text[]) AS name
    WHERE has_table_privilege(%s, name, 'UPDATE, DELETE, TRUNCATE, TRIGGER, REFERENCES')"""


def test_the_role_that_serves_changes_no_append_only_table_and_owns_nothing(attacked: PostgresServer) -> None:
    with attacked.connect(database=DATABASE) as connection:
        guarded = [name for (name,) in connection.execute(_GUARDED).fetchall()]
        changeable = connection.execute(_OPEN, [guarded, APP]).fetchall()
        owned = connection.execute("SELECT tablename FROM pg_tables WHERE tableowner = %s", [APP]).fetchall()

    assert {"ledger_transfer", "ledger_cause", "fleet_journalentry"} <= set(guarded)
    assert (changeable, owned) == ([], [])


def test_a_stranger_to_the_database_gets_in_nowhere(attacked: PostgresServer) -> None:
    with attacked.connect(database=DATABASE) as connection:
        connection.execute("DROP ROLE IF EXISTS stranger")
        connection.execute("CREATE ROLE stranger LOGIN")
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        attacked.connect(user="stranger", database=DATABASE)
