"""The same rows without the books: what the database alone can take, by its fastest way.

That is `COPY` on PostgreSQL, and prepared statements with many rows on SQLite, both straight through the
database's own driver. Tables, indexes and constraints are the same, and so is the number of rows in a transaction.
Rows are made before the time is taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from django.db import connection, transaction

from backend_bridge.central.ledger import accounts, rows
from hw_sim.benchmarks.ledger import world
from hw_sim.benchmarks.ledger.world import Award, Spend

Row = tuple[Any, ...]


class Rows(msgspec.Struct, frozen=True):
    """The rows of one transaction by their tables; `taken` are (account, lot, amount) to take from holdings."""

    inserted: tuple[tuple[rows.Table, list[Row]], ...]
    taken: list[Row]


def rows_of_awards(awards: Sequence[Award]) -> Rows:
    """What `post_awards` writes for these."""
    causes, lots, transfers, holdings = list[Row](), list[Row](), list[Row](), list[Row]()
    at = rows.instant(world.AT)
    for one, cause in zip(awards, rows.next_cause_ids(len(awards)), strict=True):
        company, pool, main = world.company(one.member), world.pool(one.member), world.main(one.member).id
        lot = f"lot-{one.key}-0"
        source = accounts.funding(company=company, pool=pool).id
        causes.append((cause, one.key, "award", company, f"terminal:{one.terminal}", at, at, "", ""))
        lots.append((lot, pool, world.member(one.member), company, "earned", None, at))
        transfers.append((cause, 0, "awarded", source, main, one.points, pool, lot))
        holdings.append((main, lot, one.points))
    tables = (rows.LOTS, lots), (rows.CAUSES, causes), (rows.TRANSFERS, transfers), (rows.HOLDINGS, holdings)
    return Rows(tables, [])


def rows_of_spends(spends: Sequence[Spend]) -> Rows:
    """What `post_spends` writes for these."""
    causes, transfers, taken = list[Row](), list[Row](), list[Row]()
    at = rows.instant(world.AT)
    for one, cause in zip(spends, rows.next_cause_ids(len(spends)), strict=True):
        company, pool, main = world.company(one.member), world.pool(one.member), world.main(one.member).id
        credit = accounts.redeemed(company=company, pool=pool).id
        causes.append((cause, one.key, "spend", company, f"terminal:{one.terminal}", at, at, "", ""))
        transfers.append((cause, 0, "spent", main, credit, one.points, pool, one.lot))
        taken.append((main, one.lot, one.points))
    return Rows(((rows.CAUSES, causes), (rows.TRANSFERS, transfers)), taken)


def insert(wanted: Rows) -> None:
    """Write `wanted` in one transaction."""
    with transaction.atomic():
        (_copy if connection.vendor == "postgresql" else _execute)(wanted)


def _copy(wanted: Rows) -> None:
    with connection.connection.cursor() as cursor:
        for table, some in wanted.inserted:
            names = ", ".join(f'"{name}"' for name, _type in table.columns)
            with cursor.copy(f"COPY {table.name} ({names}) FROM STDIN") as copy:
                for row in some:
                    copy.write_row(row)
        if wanted.taken:
            cursor.execute(
                "UPDATE ledger_holding t SET amount = t.amount - v.amount"
                " FROM unnest(%s::text[], %s::text[], %s::bigint[]) AS v(account, lot, amount)"
                " WHERE t.account_id = v.account AND t.lot_id = v.lot",
                [list(column) for column in zip(*wanted.taken, strict=True)],
            )


def _execute(wanted: Rows) -> None:
    driver = connection.connection
    for table, some in wanted.inserted:
        names = ", ".join(f'"{name}"' for name, _type in table.columns)
        places = ", ".join("?" for _ in table.columns)
        driver.executemany(f"INSERT INTO {table.name} ({names}) VALUES ({places})", some)  # noqa: S608
    if wanted.taken:
        statement = "UPDATE ledger_holding SET amount = amount - ? WHERE account_id = ? AND lot_id = ?"
        driver.executemany(statement, [(amount, account, lot) for account, lot, amount in wanted.taken])
