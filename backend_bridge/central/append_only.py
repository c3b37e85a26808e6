"""Rows that are only ever added. The database has triggers for the same (`append_only_triggers`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.apps.registry import Apps
from django.db import models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from backend_bridge.central.errors import AppendOnly


class AppendOnlyQuerySet(models.QuerySet[Any]):
    """A query set that reads and adds, and does not change."""

    def update(self, **kwargs: Any) -> int:
        """Always raises `AppendOnly`."""
        raise AppendOnly(f"{self.model.__name__} is append-only")

    def delete(self) -> tuple[int, dict[str, int]]:
        """Always raises `AppendOnly`."""
        raise AppendOnly(f"{self.model.__name__} is append-only")


class AppendOnlyModel(models.Model):
    """A model whose rows are saved once."""

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Add this row; raises `AppendOnly` for a row that is already there."""
        if not self._state.adding:
            raise AppendOnly(f"{type(self).__name__} {self.pk} is append-only")
        kwargs["force_insert"] = True
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Always raises `AppendOnly`."""
        raise AppendOnly(f"{type(self).__name__} {self.pk} is append-only")


_FUNCTION = """
CREATE OR REPLACE FUNCTION tapbon_append_only() RETURNS trigger AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$ LANGUAGE plpgsql
"""
_EXECUTE = "EXECUTE FUNCTION tapbon_append_only()"


def append_only_triggers(*tables: str) -> Callable[[Apps, BaseDatabaseSchemaEditor], None]:
    """For `RunPython`: triggers by which the database itself refuses UPDATE, DELETE and TRUNCATE on `tables`.

    SQLite knows no TRUNCATE, and drops the triggers of a table that a later migration rebuilds; such a migration
    has to make them again. A test looks for them after all migrations.
    """

    def forwards(_apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(_FUNCTION, params=None)
            actions = dict.fromkeys(("UPDATE", "DELETE"), f"FOR EACH ROW {_EXECUTE}")
            actions["TRUNCATE"] = f"FOR EACH STATEMENT {_EXECUTE}"
        else:
            actions = dict.fromkeys(("UPDATE", "DELETE"), "BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END")
        for table in tables:
            for event, action in actions.items():
                name = f"{table}_no_{event.lower()}"
                statement = f"CREATE TRIGGER {name} BEFORE {event} ON {table} {action.format(table=table)}"
                schema_editor.execute(statement, params=None)

    return forwards
