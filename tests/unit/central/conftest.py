"""One data directory for each test process, filled once; every test gets a fresh copy of its database.

Django is set up while this file is imported, because test modules import models.
"""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from backend_bridge.central import configure

DATA = Path(tempfile.mkdtemp(prefix="tapbon-central-"))
atexit.register(shutil.rmtree, DATA, ignore_errors=True)
configure(DATA)

from django.db import connection  # noqa: E402  (once Django is set up)

from backend_bridge.central.commands import register_terminal  # noqa: E402
from backend_bridge.central.demo_data import seed_demo  # noqa: E402
from backend_bridge.central.ledger.verify import verify_books  # noqa: E402
from tests.unit.central.lab import CARD_KEY, NOW_MS, TERMINALS, Lab, fresh_database, terminal_key  # noqa: E402


@pytest.fixture(scope="session")
def template() -> Path:
    """The demonstration's database with four terminals registered."""
    seed_demo(DATA, card_key=CARD_KEY, now_ms=NOW_MS)
    for terminal, branch in TERMINALS.items():
        register_terminal(terminal=terminal, branch=branch, public=terminal_key(terminal).public.hex())
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    copy = DATA / "template"
    shutil.copyfile(DATA / "central.sqlite3", copy)
    return copy


@pytest.fixture
def lab(template: Path) -> Iterator[Lab]:
    """A desk on a fresh database. Afterwards the books have to balance."""
    fresh_database(template)
    yield Lab()
    wrong = verify_books()
    connection.close()
    assert wrong == []
