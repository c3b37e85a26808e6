"""Many rows in one statement, on SQLite and on PostgreSQL.

SQLite takes them one after the other inside one call; PostgreSQL takes columns as arrays. Values go in
as the database keeps them (`instant`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import msgspec
from django.db import connection


class Table(msgspec.Struct, frozen=True):
    """A table by its name, and the columns that are written with their PostgreSQL types."""

    name: str
    columns: tuple[tuple[str, str], ...]

    @property
    def names(self) -> str:
        """The columns as SQL lists them."""
        return ", ".join(name for name, _type in self.columns)

    @property
    def places(self) -> str:
        """One placeholder per column, as a VALUES list for SQLite."""
        return ", ".join("%s" for _ in self.columns)

    @property
    def arrays(self) -> str:
        """One array per column, as the arguments of `unnest`."""
        return ", ".join(f"%s::{kind}[]" for _name, kind in self.columns)


CAUSES = Table(
    "ledger_cause",
    (
        ("id", "bigint"),
        ("key", "text"),
        ("kind", "text"),
        ("company_id", "text"),
        ("by", "text"),
        ("at", "timestamptz"),
        ("happened_at", "timestamptz"),
        ("payload", "text"),
        ("result", "text"),
    ),
)
ACCOUNTS = Table(
    "ledger_account",
    (
        ("id", "text"),
        ("kind", "text"),
        ("unit", "text"),
        ("member_id", "text"),
        ("company_id", "text"),
        ("terminal_id", "text"),
        ("epoch", "bigint"),
    ),
)
LOTS = Table(
    "ledger_lot",
    (
        ("id", "text"),
        ("unit", "text"),
        ("member_id", "text"),
        ("issuer_id", "text"),
        ("origin", "text"),
        ("expires_at", "timestamptz"),
        ("created_at", "timestamptz"),
    ),
)
TRANSFERS = Table(
    "ledger_transfer",
    (
        ("cause_id", "bigint"),
        ("line", "smallint"),
        ("kind", "text"),
        ("debit_id", "text"),
        ("credit_id", "text"),
        ("amount", "bigint"),
        ("unit", "text"),
        ("lot_id", "text"),
    ),
)
HOLDINGS = Table("ledger_holding", (("account_id", "text"), ("lot_id", "text"), ("amount", "bigint")))
DEBTS = Table("ledger_debt", (("member_id", "text"), ("unit", "text"), ("company_id", "text"), ("amount", "bigint")))
Rows = Sequence[tuple[Any, ...]]


def instant(at: dt.datetime | None) -> Any:
    """An aware datetime as the database keeps it."""
    return None if at is None else connection.ops.adapt_datetimefield_value(at)


def insert(table: Table, rows: Rows, *, conflict: str = "") -> None:
    """Insert `rows`; `conflict` is an ON CONFLICT clause. Raises `IntegrityError` as the database does."""
    if not rows:
        return
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            source = f"SELECT * FROM unnest({table.arrays})"  # noqa: S608  (names of this module only)
            cursor.execute(f"INSERT INTO {table.name} ({_quoted(table)}) {source} {conflict}", _columns(rows))
        else:
            statement = f"INSERT INTO {table.name} ({_quoted(table)}) VALUES ({table.places}) {conflict}"  # noqa: S608
            cursor.executemany(statement, list(rows))


def add(table: Table, rows: Rows, *, keys: Sequence[str]) -> None:
    """Add `amount`, the last column, to the rows of these keys; makes those that are not there."""
    conflict = f"ON CONFLICT ({', '.join(keys)}) DO UPDATE SET amount = {table.name}.amount + excluded.amount"
    insert(table, rows, conflict=conflict)


def subtract(table: Table, rows: Rows, *, keys: Sequence[str]) -> None:
    """Take `amount`, the last column, from the rows of these keys, which are there and locked.

    Raises `IntegrityError` where one would go below zero.
    """
    if not rows:
        return
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            matched = " AND ".join(f"t.{key} = v.{key}" for key in keys)
            cursor.execute(
                f"UPDATE {table.name} t SET amount = t.amount - v.amount "  # noqa: S608
                f"FROM unnest({table.arrays}) AS v({table.names}) WHERE {matched}",
                _columns(rows),
            )
        else:
            matched = " AND ".join(f"{key} = %s" for key in keys)
            statement = f"UPDATE {table.name} SET amount = amount - %s WHERE {matched}"  # noqa: S608
            cursor.executemany(statement, [(row[-1], *row[:-1]) for row in rows])


def next_cause_ids(count: int) -> list[int]:
    """`count` new ids for causes, in rising order; gaps are no harm."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence('ledger_cause', 'id')) FROM generate_series(1, %s)", [count]
            )
            return [row[0] for row in cursor.fetchall()]
        # Whoever writes in SQLite is alone (BEGIN IMMEDIATE).
        cursor.execute("SELECT coalesce(max(id), 0) FROM ledger_cause")
        last = int(cursor.fetchone()[0])
        return list(range(last + 1, last + 1 + count))


def _quoted(table: Table) -> str:
    return ", ".join(f'"{name}"' for name, _type in table.columns)


def _columns(rows: Rows) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]
