"""What holds for all tests: hypothesis does not judge how fast a machine is, and CI repeats itself exactly.

And what tests of several folders share: a PostgreSQL server, started when the first one asks for it.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.postgres_server import PostgresMissing, PostgresServer

settings.register_profile("here", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", parent=settings.get_profile("here"), derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "here")


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
