"""The two databases of a replay: the books as they are at one moment, and an empty one beside them.

The empty one is a SQLite file in a temporary folder, whatever the books are kept in: nobody has to be
allowed to make databases, and what posts acts is shown to need nothing that one database alone has.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import load_backend

#: The books under replay, and the database that they are replayed into, as `using` names them.
BOOKS, SCRATCH = "books", "scratch"
_DEFAULT = "default"
#: Nobody minds if a power cut takes it.
_QUICK = "PRAGMA journal_mode=MEMORY; PRAGMA synchronous=OFF; PRAGMA recursive_triggers=ON;"


@contextmanager
def the_books() -> Iterator[None]:
    """`BOOKS` is the database of this process as it is now, however it is written to meanwhile."""
    settings = dict(connections[_DEFAULT].settings_dict)
    settings["OPTIONS"] = dict(settings["OPTIONS"])
    if settings["ENGINE"].endswith("sqlite3"):
        settings["OPTIONS"]["transaction_mode"] = "DEFERRED"
    else:
        from psycopg import IsolationLevel

        settings["OPTIONS"]["isolation_level"] = IsolationLevel.REPEATABLE_READ
    with _connected(settings, BOOKS) as connection, transaction.atomic(using=BOOKS):
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0")
        yield


@contextmanager
def scratch(folder: Path, *, template: Path | None = None) -> Iterator[None]:
    """`SCRATCH` is a new database in `folder`, with all tables and nothing in them.

    `template` is one that `make_template` made; without it, all migrations run.
    """
    file = folder / "replay.sqlite3"
    if template is not None:
        shutil.copyfile(template, file)
    with _connected(_settings(file), SCRATCH):
        if template is None:
            _migrate()
        yield


def make_template(file: Path) -> Path:
    """Make an empty database in `file`, for many replays; returns it."""
    with _connected(_settings(file), SCRATCH):
        _migrate()
    return file


@contextmanager
def working_on_scratch() -> Iterator[None]:
    """In this thread, everything that names no database works on `SCRATCH`."""
    usual = connections[_DEFAULT]
    connections[_DEFAULT] = connections[SCRATCH]
    try:
        yield
    finally:
        connections[_DEFAULT] = usual
        ContentType.objects.clear_cache()


def _migrate() -> None:
    with working_on_scratch():
        call_command("migrate", interactive=False, verbosity=0, skip_checks=True)


def _settings(file: Path) -> dict[str, Any]:
    usual = dict(connections[_DEFAULT].settings_dict)
    options = {"transaction_mode": "IMMEDIATE", "init_command": _QUICK}
    return usual | {"ENGINE": "django.db.backends.sqlite3", "NAME": str(file), "OPTIONS": options}


@contextmanager
def _connected(settings: dict[str, Any], alias: str) -> Iterator[BaseDatabaseWrapper]:
    connection: BaseDatabaseWrapper = load_backend(settings["ENGINE"]).DatabaseWrapper(settings, alias)
    connections[alias] = connection
    try:
        yield connection
    finally:
        connection.close()
        del connections[alias]
