"""One data directory for each test process; every test runs on SQLite and on PostgreSQL, each time on fresh rows.

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


from backend_bridge.central.commands import register_terminal  # noqa: E402
from backend_bridge.central.database import POSTGRES_VARIABLE  # noqa: E402
from backend_bridge.central.demo_data import seed_demo  # noqa: E402
from backend_bridge.central.ledger.verify import verify_books  # noqa: E402
from tests.unit.central.databases import CentralDatabase, Postgresql, Sqlite, keep_keys  # noqa: E402
from tests.unit.central.lab import CARD_KEY, NOW_MS, TERMINALS, Lab, fresh_database, terminal_key  # noqa: E402

#: What was made in this process, each once, however often tests change from one database to the other.
_MADE: dict[str, tuple[CentralDatabase, Path]] = {}


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> CentralDatabase:
    """Each database in turn, with the demonstration in it: every test that wants one runs on both.

    A test that is about one of them says so: `@pytest.mark.parametrize("database", ["postgresql"], indirect=True)`.
    """
    if request.param not in _MADE:
        server = request.getfixturevalue("postgres_server") if request.param == "postgresql" else None
        made = Sqlite() if server is None else Postgresql(server)
        _MADE[request.param] = (made, _with_demonstration(made))
    return _MADE[request.param][0]


def _with_demonstration(database: CentralDatabase) -> Path:
    """The demonstration with four terminals registered, kept."""
    database.use(owner=True)
    seed_demo(DATA, card_key=CARD_KEY, now_ms=NOW_MS)
    for terminal, branch in TERMINALS.items():
        register_terminal(terminal=terminal, branch=branch, public=terminal_key(terminal).public.hex())
    keep_keys()
    return database.keep()


@pytest.fixture(scope="session")
def template(database: CentralDatabase) -> Path:
    """What `fresh_database` wants; from now on the process works on that database."""
    database.use()
    return next(kept for made, kept in _MADE.values() if made is database)


@pytest.fixture(autouse=True)
def environment(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes that a test starts find the database that the test works on."""
    if "database" in request.fixturenames:
        conninfo = request.getfixturevalue("database").conninfo
        if conninfo is not None:
            monkeypatch.setenv(POSTGRES_VARIABLE, conninfo)


@pytest.fixture
def owner(database: CentralDatabase, lab: Lab) -> Iterator[None]:
    """The test works as the role that owns the tables, which may change them."""
    database.use(owner=True)
    yield
    database.use()


@pytest.fixture
def lab(template: Path) -> Iterator[Lab]:
    """A desk on a fresh database. Afterwards the books have to balance."""
    fresh_database(template)
    yield Lab()
    wrong = verify_books()
    assert wrong == []
