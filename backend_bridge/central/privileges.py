"""What the serving role of a PostgreSQL database may do, table by table.

The tables belong to the role that `init` runs as. `tapbon_app` (made by `deploy/postgresql.sql`) serves: it
reads and adds everywhere, changes and deletes where rows may change, and owns nothing, so it can neither switch
triggers off nor make or drop tables. Where there is no such role, nothing is granted, and triggers alone protect.
"""

from __future__ import annotations

from django.apps import apps
from django.db import connection, transaction

from backend_bridge.central.append_only import AppendOnlyModel

APP_ROLE = "tapbon_app"
_READ, _ADD, _CHANGE = "SELECT", "SELECT, INSERT", "SELECT, INSERT, UPDATE, DELETE"
_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() AND tableowner = user"
_SEQUENCES = "SELECT sequencename FROM pg_sequences WHERE schemaname = current_schema() AND sequenceowner = user"


def append_only_tables() -> frozenset[str]:
    """The tables whose rows are only ever added."""
    return frozenset(model._meta.db_table for model in apps.get_models() if issubclass(model, AppendOnlyModel))


def grant_to_app() -> None:
    """Give `tapbon_app` its rights on every table of this role, and no others. Does nothing on SQLite."""
    if connection.vendor != "postgresql":
        return
    quote = connection.ops.quote_name
    kept = append_only_tables()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s AND rolname <> current_user", [APP_ROLE])
        if cursor.fetchone() is None:
            return
        cursor.execute(_TABLES)
        for (table,) in cursor.fetchall():
            rights = _READ if table == "django_migrations" else _ADD if table in kept else _CHANGE
            cursor.execute(f"REVOKE ALL ON {quote(table)} FROM PUBLIC, {APP_ROLE}")
            cursor.execute(f"GRANT {rights} ON {quote(table)} TO {APP_ROLE}")
        cursor.execute(_SEQUENCES)
        for (sequence,) in cursor.fetchall():
            # It takes numbers and never sets the counter back.
            cursor.execute(f"GRANT USAGE ON SEQUENCE {quote(sequence)} TO {APP_ROLE}")
