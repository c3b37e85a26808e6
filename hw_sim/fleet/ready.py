"""Sets a process up for simulating: Django on a database in memory, and the template that each run begins from."""

from __future__ import annotations

import gc
import os
import sqlite3
from functools import cache
from pathlib import Path

from backend_bridge.central.data_dir import DATA_VARIABLE
from backend_bridge.central.database import POSTGRES_VARIABLE, sqlite_settings

TEMPLATE = "template.sqlite3"


def make_template(directory: Path) -> None:
    """Write the template for `template` into `directory`. Takes some seconds, once for all processes."""
    _configure(directory)
    from backend_bridge.central import migrate
    from hw_sim.fleet.seeding import seed

    migrate()
    seed()
    from django.db import connection

    kept = sqlite3.connect(directory / TEMPLATE)
    connection.connection.backup(kept)
    kept.close()


@cache
def template(directory: Path) -> sqlite3.Connection:
    """The template in `directory`, in memory; this process works in memory from now on."""
    _configure(directory)
    kept = sqlite3.connect(":memory:")
    source = sqlite3.connect(directory / TEMPLATE)
    source.backup(kept)
    source.close()
    # Django's classes live as long as the process: looking through them for garbage finds none.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    return kept


def _configure(directory: Path) -> None:
    from django.apps import apps

    from backend_bridge.central import configure

    if not apps.ready:
        os.environ.pop(POSTGRES_VARIABLE, None)
        os.environ.pop(DATA_VARIABLE, None)
    configure(directory / "data")
    from django.db import connection, connections

    if connection.settings_dict["NAME"] == ":memory:":
        return
    settings = {**sqlite_settings(directory), "NAME": ":memory:"}
    connections.databases.update(connections.configure_settings({"default": settings}))
    del connections["default"]
