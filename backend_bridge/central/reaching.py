"""Reaching the database: whether it answers and is set up, and a sentence where it is not.

Django's errors come with a stack of the driver's; whoever types a command needs one line of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import DatabaseError, OperationalError, connection

from backend_bridge.central.data_dir import DataDir
from backend_bridge.central.errors import CentralError, DatabaseUnusable

_INSUFFICIENT_PRIVILEGE = "42501"


@contextmanager
def told_plainly() -> Iterator[None]:
    """What the database cannot do becomes `DatabaseUnusable`: it is away, locked for too long, or forbids it."""
    try:
        yield
    except OperationalError as error:
        raise DatabaseUnusable(f"the database cannot be used: {_first_line(error)}") from error
    except DatabaseError as error:
        if not _is_forbidden(error):
            raise
        raise DatabaseUnusable(
            f"{_first_line(error)}: this role of the database may not do that. "
            "init and seed-demo run as the owner of the tables, see deploy/postgresql.sql"
        ) from error


def reach(*, without_time_limit: bool) -> None:
    """Connect; raises `DatabaseUnusable`. Without a time limit, a statement may read all of the books."""
    with told_plainly():
        connection.ensure_connection()
        if without_time_limit and connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0")


def require_installed(directory: DataDir) -> None:
    """Raise `CentralError` unless there is an installation in `directory` and its database answers."""
    there = directory.is_prepared and (connection.vendor != "sqlite" or directory.database.exists())
    if there:
        reach(without_time_limit=False)
        with told_plainly():
            there = "django_migrations" in connection.introspection.table_names()
    if not there:
        raise CentralError(f"there is no installation in {directory.path}: run init first, or look at --data")


def _is_forbidden(error: BaseException | None) -> bool:
    """Whether the driver's error below Django's says that a privilege is missing."""
    while error is not None:
        if getattr(error, "sqlstate", None) == _INSUFFICIENT_PRIVILEGE:
            return True
        error = error.__cause__ or error.__context__
    return False


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]
