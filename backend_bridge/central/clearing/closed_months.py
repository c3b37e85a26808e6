"""The trigger by which the database itself refuses lines that would go into a closed month."""

from __future__ import annotations

from django.apps.registry import Apps
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

_CLOSED = (
    "EXISTS (SELECT 1 FROM clearing_clearingmonth c WHERE c.programme_id = NEW.programme_id AND c.month >= NEW.month)"
)
_SQLITE = f"""
CREATE TRIGGER clearing_line_in_open_month BEFORE INSERT ON clearing_clearingline WHEN {_CLOSED}
BEGIN SELECT RAISE(ABORT, 'this month is closed'); END
"""
_FUNCTION = f"""
CREATE OR REPLACE FUNCTION tapbon_open_month() RETURNS trigger AS $$
BEGIN
    IF {_CLOSED} THEN RAISE EXCEPTION 'this month is closed' USING ERRCODE = 'check_violation'; END IF;
    RETURN NEW;
END $$ LANGUAGE plpgsql
"""
_POSTGRESQL = """
CREATE TRIGGER clearing_line_in_open_month BEFORE INSERT ON clearing_clearingline
FOR EACH ROW EXECUTE FUNCTION tapbon_open_month()
"""


def refuse_lines_of_closed_months(_apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """For `RunPython`: make the trigger."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(_FUNCTION, params=None)
        schema_editor.execute(_POSTGRESQL, params=None)
    else:
        schema_editor.execute(_SQLITE, params=None)
