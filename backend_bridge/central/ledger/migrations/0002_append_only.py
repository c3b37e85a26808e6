from __future__ import annotations

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from backend_bridge.central.append_only import append_only_triggers

_PATTERN_INDEXES = "SELECT indexname FROM pg_indexes WHERE tablename LIKE 'ledger\\_%' AND indexname LIKE '%\\_like'"


def drop_pattern_indexes(_apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Drop what Django adds on PostgreSQL to every unique text, for LIKE in databases that compare by a language's
    rules. Ours compares bytes (`deploy/postgresql.sql`), where the index itself serves LIKE, and every award would
    pay for the second one."""
    if schema_editor.connection.vendor != "postgresql":
        return
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(_PATTERN_INDEXES)
        names = [name for (name,) in cursor.fetchall()]
    for name in names:
        schema_editor.execute(f"DROP INDEX {schema_editor.quote_name(name)}", params=None)


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]

    operations = [
        migrations.RunPython(append_only_triggers("ledger_transfer", "ledger_cause"), migrations.RunPython.noop),
        migrations.RunPython(drop_pattern_indexes, migrations.RunPython.noop),
    ]
