"""Many rows in one statement, on SQLite and on PostgreSQL.

SQLite takes them one after the other inside one call. PostgreSQL takes new rows by COPY, and what is added to
or taken from rows that are there as arrays. Values go in as the database keeps them (`instant`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from django.db import connection


class Table(msgspec.Struct, frozen=True):
    """A table by its name, and the columns that are written with their PostgreSQL types."""

    name: str
    columns: tuple[tuple[str, str], ...]

    @property
    def quoted(self) -> str:
        """The columns as SQL lists them."""
        return ", ".join(f'"{name}"' for name, _type in self.columns)

    @property
    def places(self) -> str:
        """One placeholder per column, as a VALUES list for SQLite."""
        return ", ".join("%s" for _ in self.columns)

    @property
    def arrays(self) -> str:
        """One array per column, as a table for PostgreSQL."""
        return f"unnest({', '.join(f'%s::{kind}[]' for _name, kind in self.columns)})"


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


class Instants(dict[dt.datetime | None, Any]):
    """`instant` of each moment, made once: causes of one batch share theirs."""

    def __missing__(self, at: dt.datetime | None) -> Any:
        value = self[at] = instant(at)
        return value


def array(column: Iterable[Any]) -> str:
    """`column` (all texts, or all integers; nothing missing) as PostgreSQL writes an array."""
    values = list(column)
    if values and isinstance(values[0], int):
        return "{" + ",".join(map(str, values)) + "}"
    joined = '","'.join(values)
    if "\\" in joined or joined.count('"') != 2 * max(len(values) - 1, 0):
        joined = '","'.join(value.replace("\\", "\\\\").replace('"', '\\"') for value in values)
    return '{"' + joined + '"}' if values else "{}"


def insert(table: Table, rows: Rows) -> None:
    """Insert new `rows`. Raises `IntegrityError` where one of them is there already."""
    if not rows:
        return
    if connection.vendor == "postgresql":
        statement = f"COPY {table.name} ({table.quoted}) FROM STDIN"
        with (
            connection.wrap_database_errors,
            connection.connection.cursor() as cursor,
            cursor.copy(statement) as copy,
        ):
            for row in rows:
                copy.write_row(row)
        return
    execute_many(f"INSERT INTO {table.name} ({table.quoted}) VALUES ({table.places})", rows)  # noqa: S608


def insert_missing(table: Table, rows: Rows) -> None:
    """Insert those `rows` that are not there yet."""
    execute_many(
        f"INSERT INTO {table.name} ({table.quoted}) VALUES ({table.places}) ON CONFLICT DO NOTHING",  # noqa: S608
        rows,
    )


def add(table: Table, rows: Rows, *, keys: Sequence[str]) -> None:
    """Add `amount`, the last column, to the rows of these keys; makes those that are not there."""
    if not rows:
        return
    conflict = f"ON CONFLICT ({', '.join(keys)}) DO UPDATE SET amount = {table.name}.amount + excluded.amount"
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            statement = f"INSERT INTO {table.name} ({table.quoted}) SELECT * FROM {table.arrays} {conflict}"  # noqa: S608
            cursor.execute(statement, _arrays(rows))
        return
    statement = f"INSERT INTO {table.name} ({table.quoted}) VALUES ({table.places}) {conflict}"  # noqa: S608
    execute_many(statement, rows)


def subtract(table: Table, rows: Rows, *, keys: Sequence[str]) -> None:
    """Take `amount`, the last column, from the rows of these keys, which are there and locked.

    Raises `IntegrityError` where one would go below zero.
    """
    if not rows:
        return
    if connection.vendor == "postgresql":
        matched = " AND ".join(f"t.{key} = v.{key}" for key in keys)
        with connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE {table.name} t SET amount = t.amount - v.amount "  # noqa: S608
                f"FROM {table.arrays} AS v({table.quoted}) WHERE {matched}",
                _arrays(rows),
            )
        return
    matched = " AND ".join(f"{key} = %s" for key in keys)
    statement = f"UPDATE {table.name} SET amount = amount - %s WHERE {matched}"  # noqa: S608
    execute_many(statement, [(row[-1], *row[:-1]) for row in rows])


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


def execute_many(statement: str, rows: Rows) -> None:
    """Run `statement` once with each of `rows`."""
    if rows:
        with connection.cursor() as cursor:
            cursor.executemany(statement, rows)


def _arrays(rows: Rows) -> list[str]:
    return [array(column) for column in zip(*rows, strict=True)]
