"""What holds for all tests: the same run each time, and no judging of how fast a machine is.

And what tests of several folders share: a PostgreSQL server, started when the first one asks for it.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from tests.postgres_server import PostgresMissing, PostgresServer

#: What judges a test by the speed of the machine.
_UNHURRIED = (HealthCheck.too_slow,)
# `make test` tries the same examples each time: it is red for what was changed, and for nothing else.
settings.register_profile(
    "repeatable", deadline=None, derandomize=True, print_blob=True, suppress_health_check=_UNHURRIED
)
# `make explore` tries others each time, and says how a failure is had again.
settings.register_profile("exploring", deadline=None, print_blob=True, suppress_health_check=_UNHURRIED)
settings.load_profile("repeatable")


#: What takes longest goes first, so that no worker is left alone with it at the end. Files are handed out whole, in
#: this order: what a module has set up is there once, and what would be in its own way does not run twice at a time.
LONGEST = (
    "sim/test_killed_terminal.py",
    "sim/test_racing_requests.py",
    "browser/test_the_flow.py",
    "integration/test_api_schemathesis.py",
)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Order the tests and unhurry them."""
    here = Path(__file__).parent
    rank = {here / name: number for number, name in enumerate(LONGEST)}
    items.sort(key=lambda item: rank.get(item.path, len(rank)))
    for item in items:
        _unhurry(item)


def _unhurry(item: pytest.Item) -> None:
    """Whatever a test suppresses of its own replaces what the profile suppresses, which holds all the same."""
    test: Any = getattr(item, "obj", None)
    test = getattr(test, "__func__", test)
    own = getattr(test, "_hypothesis_internal_use_settings", None)
    if own is not None:
        suppressed = {*own.suppress_health_check, *_UNHURRIED}
        test._hypothesis_internal_use_settings = settings(own, deadline=None, suppress_health_check=suppressed)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A PostgreSQL server of this test process: sharing one would save 1.3 s, and one's failing be everybody's."""
    try:
        server = PostgresServer()
    except PostgresMissing as error:
        if os.environ.get("CI") or shutil.which("dpkg"):
            pytest.fail(f"{error}; or run `make test`, which does it", pytrace=False)
        pytest.skip(str(error))
    server.start()
    yield server
    server.stop()
