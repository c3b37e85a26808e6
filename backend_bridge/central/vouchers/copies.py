"""Thousands of rows that differ in one column, in one call of the database."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection, models


def insert_copies(row: models.Model, *, differing: str, values: Sequence[str]) -> None:
    """Insert one row like `row` for each of `values`, which the column of the field `differing` gets. What is
    alike is prepared once; ids that the database gives are left to it."""
    fields = [field for field in row._meta.concrete_fields if not isinstance(field, models.AutoField)]
    alike = [field.get_db_prep_save(field.pre_save(row, True), connection) for field in fields]
    place = [field.name for field in fields].index(differing)
    quote = connection.ops.quote_name
    columns = ", ".join(quote(str(field.column)) for field in fields)
    into = f"INSERT INTO {quote(row._meta.db_table)} ({columns})"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            types = [str(field.db_type(connection)) for field in fields]
            told = [f"%s::{kind}" for kind in types]
            told[place] = "v.one"
            source = f"SELECT {', '.join(told)} FROM unnest(%s::text[]) AS v(one)"  # noqa: S608  (types of models)
            cursor.execute(f"{into} {source}", [*alike[:place], *alike[place + 1 :], list(values)])
        else:
            statement = f"{into} VALUES ({', '.join('%s' for _field in fields)})"
            cursor.executemany(statement, [[*alike[:place], value, *alike[place + 1 :]] for value in values])
