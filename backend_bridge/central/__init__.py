"""The central system: ledger, customers, coupons, fleet and office, as one Django project.

`configure` sets Django up for one data directory; nothing happens on import.
"""

from __future__ import annotations

import os
from pathlib import Path


def configure(data_dir: Path) -> None:
    """Set Django up on `data_dir`, once per process; makes the directory and its keys where missing.

    Raises `DataDirError` when the process is already set up on another directory, and `DatabaseUnusable`
    when the environment names a database that cannot be.
    """
    from backend_bridge.central.data_dir import DATA_VARIABLE, DataDir
    from backend_bridge.central.errors import DataDirError

    directory = DataDir(data_dir.resolve())
    before = os.environ.get(DATA_VARIABLE)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backend_bridge.central.settings")

    import django
    from django.apps import apps

    if apps.ready:
        if before != str(directory.path):
            raise DataDirError(f"this process already serves {before}, it cannot serve {directory.path} too")
        return
    directory.prepare()
    os.environ[DATA_VARIABLE] = str(directory.path)
    django.setup()


def migrate() -> None:
    """Bring the database of this process up to date, and what is derived in it. `configure` comes first.

    Raises `DataDirError` for a database that was made by a version whose tables are not known here, and
    `DatabaseUnusable` for one that cannot be reached, or whose tables belong to another role.
    """
    from django.core.management import call_command

    from backend_bridge.central.ledger.redemptions import fill_in
    from backend_bridge.central.office.staff import refresh_company_group
    from backend_bridge.central.privileges import grant_to_app
    from backend_bridge.central.reaching import reach, told_plainly

    reach(without_time_limit=True)
    with told_plainly():
        _refuse_unknown_tables()
        call_command("migrate", interactive=False, verbosity=0)
        grant_to_app()
        refresh_company_group()
        fill_in()


def _refuse_unknown_tables() -> None:
    """Migrating a database that has been on another path would leave it half made."""
    from django.db import connection
    from django.db.migrations.loader import MigrationLoader

    from backend_bridge.central.errors import DataDirError

    loader = MigrationLoader(connection)
    unknown = sorted(
        f"{app}.{name}" for app, name in loader.applied_migrations if (app, name) not in loader.disk_migrations
    )
    if unknown:
        raise DataDirError(
            f"this database was made by another version of Tapbon (it has {', '.join(unknown[:3])}), which cannot be "
            "brought up to date: move it away and start with an empty folder (for the demo: make clean)"
        )
