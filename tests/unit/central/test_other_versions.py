"""A database that another version made is left as it is."""

from __future__ import annotations

import pytest
from django.db import connection

from backend_bridge.central import migrate
from backend_bridge.central.errors import DataDirError
from tests.unit.central.lab import Lab


@pytest.mark.usefixtures("owner")
def test_a_database_of_an_unknown_version_is_refused_and_told(lab: Lab) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('ledger', '0009_other', '2026-01-01')"
        )

    with pytest.raises(DataDirError, match=r"ledger\.0009_other.*move it away"):
        migrate()
