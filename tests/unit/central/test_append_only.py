"""What is append-only is so in the database, for every such model and every way to change a row."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import DatabaseError, IntegrityError, connection, transaction

from backend_bridge.central.privileges import append_only_tables
from tests.unit.central.lab import Lab

_TRIGGERS = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'O'",
}
_EVENTS = {"sqlite": ("update", "delete"), "postgresql": ("update", "delete", "truncate")}


def test_every_append_only_model_has_its_triggers(lab: Lab) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_TRIGGERS[connection.vendor])
        there = {name for (name,) in cursor.fetchall()}

    assert append_only_tables() >= {"ledger_transfer", "ledger_cause", "fleet_journalentry", "fleet_forkedentry"}
    assert {f"{table}_no_{event}" for table in append_only_tables() for event in _EVENTS[connection.vendor]} <= there


def test_no_trigger_guards_a_table_whose_model_does_not_say_so(lab: Lab) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_TRIGGERS[connection.vendor])
        guarded = {name.rpartition("_no_")[0] for (name,) in cursor.fetchall() if "_no_" in name}

    assert guarded <= append_only_tables()
    assert guarded <= {model._meta.db_table for model in apps.get_models()}


@pytest.mark.usefixtures("owner")
def test_a_row_is_not_replaced_by_inserting_another(lab: Lab) -> None:
    ways = {
        "sqlite": "INSERT OR REPLACE INTO ledger_transfer SELECT * FROM ledger_transfer",
        "postgresql": "INSERT INTO ledger_transfer SELECT * FROM ledger_transfer "
        "ON CONFLICT (id) DO UPDATE SET amount = excluded.amount",
    }
    with pytest.raises(DatabaseError, match="is append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(ways[connection.vendor])


def test_the_same_row_twice_is_refused(lab: Lab) -> None:
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("INSERT INTO ledger_transfer SELECT * FROM ledger_transfer")
